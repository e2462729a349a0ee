package synchttp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"bendo/syncproto"
)

// Authority is the province's own certificate authority: one P-256 key that signs
// nothing but the portal's server certificates for the constant name. No public
// authority, no client certificates: nothing can expire on a machine that is away
// for months.
type Authority struct {
	Cert *x509.Certificate
	Key  *ecdsa.PrivateKey
}

const (
	authorityYears = 30
	// LeafLife is how long a server certificate is valid; renew at a third of it.
	LeafLife = 2 * 365 * 24 * time.Hour
)

// NewAuthority makes a CA whose name appears in diagnostics only. It is valid
// from a day before now, because devices' clocks lag.
func NewAuthority(name string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the CA's key: %w", err)
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(authorityYears, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:                    x509.KeyUsageCertSign,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{syncproto.ServerName},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("signing the CA: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("signing the CA: %w", err)
	}
	return &Authority{Cert: cert, Key: key}, nil
}

// Pin is what enrolment codes carry.
func (a *Authority) Pin() syncproto.Pin { return syncproto.PinOf(a.Cert.RawSubjectPublicKeyInfo) }

// CertPEM is what devices keep after enrolment.
func (a *Authority) CertPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Cert.Raw})
}

// Issue makes a server certificate with a fresh key, valid from a day before now
// for LeafLife, with the CA in its chain.
func (a *Authority) Issue(now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the server's key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("drawing a serial: %w", err)
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: syncproto.ServerName},
		DNSNames:  []string{syncproto.ServerName},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(LeafLife),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.Cert, key.Public(), a.Key)
	if err != nil {
		return nil, fmt.Errorf("signing the server's certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.Cert.Raw}, PrivateKey: key}, nil
}

// KeyPEM is the CA's private key (PKCS #8). Whoever writes it to disk seals it or
// keeps it 0600 outside the data directory.
func (a *Authority) KeyPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(a.Key)
	if err != nil {
		return nil, fmt.Errorf("encoding the CA's key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// LoadAuthority reads what CertPEM and KeyPEM wrote.
func LoadAuthority(certPEM, keyPEM []byte) (*Authority, error) {
	certs, err := parseCerts(certPEM)
	if err != nil {
		return nil, fmt.Errorf("reading the CA: %w", err)
	}
	block, _ := pem.Decode(keyPEM)
	if block == nil {
		return nil, errors.New("reading the CA's key: not PEM")
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading the CA's key: %w", err)
	}
	key, ok := k.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(certs[0].PublicKey) {
		return nil, errors.New("the CA's key and certificate do not belong together")
	}
	return &Authority{Cert: certs[0], Key: key}, nil
}
