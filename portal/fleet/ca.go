package fleet

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"bendo/internal/durable"
	"bendo/syncproto"
)

// Lifetimes. The authority outlives the machines that pin it; the server's own
// certificate is renewed at every start that finds less than renewBefore left.
const (
	caYears       = 20
	serverDays    = 397
	renewBefore   = 90 * 24 * time.Hour
	clockTolerant = 10 * 365 * 24 * time.Hour // a commune's clock may be years behind before it has asked for the time
)

// Authority is the province's own certificate authority.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	dir         string
}

// OpenAuthority reads the authority from dir (0700) and makes it when there is
// none.
func OpenAuthority(dir string, now time.Time) (*Authority, error) {
	key, err := keyFile(filepath.Join(dir, "ca.key"))
	if err != nil {
		return nil, fmt.Errorf("opening the authority's key: %w", err)
	}
	a := &Authority{key: key, dir: dir}
	path := filepath.Join(dir, "ca.crt")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if text, err = a.selfSign(now); err != nil {
			return nil, fmt.Errorf("signing the authority's certificate: %w", err)
		}
		// A crash before this line leaves the key alone: the next start signs
		// again with the same key, and the pin stays what it was.
		err = durable.WriteNew(path, text, 0o600)
		if errors.Is(err, fs.ErrExist) {
			text, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("keeping the authority's certificate: %w", err)
	}
	if a.Certificate, err = parseCertificate(text); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if !key.PublicKey.Equal(a.Certificate.PublicKey) {
		return nil, fmt.Errorf("%s does not belong to ca.key: restore both from the same backup", path)
	}
	return a, nil
}

func (a *Authority) selfSign(now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{Organization: []string{"Ben Do"}, CommonName: "Ben Do province authority"},
		NotBefore:             now.Add(-clockTolerant),
		NotAfter:              now.AddDate(caYears, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// PEM is the authority's certificate as machines keep it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})
}

// Pin is the first 80 bits of the SHA-256 of the authority's public key.
func (a *Authority) Pin() syncproto.Pin {
	return syncproto.PinOf(a.Certificate.RawSubjectPublicKeyInfo)
}

// Server returns the portal's certificate for names and addresses, with the
// authority's own in the chain (a machine that enrols knows only its pin). It
// is made anew at every start: nothing has to be renewed by hand.
func (a *Authority) Server(now time.Time, names []string, addresses []net.IP) (tls.Certificate, error) {
	key, err := keyFile(filepath.Join(a.dir, "server.key"))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("opening the server's key: %w", err)
	}
	path := filepath.Join(a.dir, "server.crt")
	if leaf := a.stillGood(path, key, now, names, addresses); leaf != nil {
		return a.chain(leaf, key), nil
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{Organization: []string{"Ben Do"}, CommonName: "Ben Do portal"},
		NotBefore:    now.Add(-clockTolerant),
		NotAfter:     now.AddDate(0, 0, serverDays),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     names,
		IPAddresses:  addresses,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.Certificate, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("signing the server's certificate: %w", err)
	}
	if err := durable.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		return tls.Certificate{}, fmt.Errorf("keeping the server's certificate: %w", err)
	}
	return a.chain(der, key), nil
}

func (a *Authority) chain(leaf []byte, key crypto.PrivateKey) tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{leaf, a.Certificate.Raw}, PrivateKey: key}
}

// stillGood returns the kept certificate if it serves for long enough and for
// every name and address that is asked for.
func (a *Authority) stillGood(path string, key *ecdsa.PrivateKey, now time.Time, names []string, addresses []net.IP) []byte {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	leaf, err := parseCertificate(text)
	if err != nil || leaf.CheckSignatureFrom(a.Certificate) != nil || !key.PublicKey.Equal(leaf.PublicKey) {
		return nil
	}
	if now.Add(renewBefore).After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return nil
	}
	for _, name := range names {
		if leaf.VerifyHostname(name) != nil {
			return nil
		}
	}
	for _, address := range addresses {
		if leaf.VerifyHostname(address.String()) != nil {
			return nil
		}
	}
	return leaf.Raw
}

func parseCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("no certificate in it")
	}
	return x509.ParseCertificate(block.Bytes)
}

// keyFile reads an ECDSA P-256 key (PKCS 8, PEM, 0600) or makes one. When two
// processes start at once the first file stays and both use it.
func keyFile(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(fresh)
		if err != nil {
			return nil, err
		}
		text = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		if err = durable.WriteNew(path, text, 0o600); err == nil {
			return fresh, nil
		} else if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if text, err = os.ReadFile(path); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no key: restore it from the backup", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds another kind of key", path)
	}
	return key, nil
}

// serial is 127 random bits: no counter to keep, none to repeat.
func serial() *big.Int {
	var raw [16]byte
	rand.Read(raw[:])
	raw[0] &= 0x7f
	raw[15] |= 1
	return new(big.Int).SetBytes(raw[:])
}
