package synchttp

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"bendo/syncproto"
)

// Trust says whom a client takes for the portal: before enrolment the pin of the
// code, afterwards the CA that the enrolment brought.
type Trust struct {
	CA  []byte         // PEM of the province's CA
	Pin *syncproto.Pin // used when CA is empty
}

// indication is the name in the client's first message. Nobody judges by it (the certificate's
// name is syncproto.ServerName); a balancer may route by it.
const indication = "bd.invalid"

// agreement is how the two ends agree on keys. What travels are people's papers, which must stay
// secret for longer than one may hope that elliptic curves resist: somebody who records the line
// today must not read it in thirty years. So X25519 with ML-KEM-768 stays, for 1.2 kB upwards in
// each connection (0.15 s of 64 kbit/s). Only its share is sent; a server that does not know it
// asks for the curve, in one more round trip. With that and a short indication the client's first
// message has 1,446 bytes: one packet where the way takes packets of 1,500 bytes.
var agreement = []tls.CurveID{tls.X25519MLKEM768, tls.CurveP256}

// ClientTLS builds the only TLS configuration of the road: TLS 1.3, the
// province's own CA and no other, the constant server name, no tickets (they cost
// bytes and save no round trip), and now (the trusted clock) for validity.
//
// With anyTime the chain, the name and the pin are checked but validity is not:
// for signed time alone, whose answer carries the portal's own signature. It is
// how a machine whose clock is years off finds out.
func ClientTLS(t Trust, now func() time.Time, anyTime bool) (*tls.Config, error) {
	var roots []*x509.Certificate
	if len(t.CA) > 0 {
		var err error
		if roots, err = parseCerts(t.CA); err != nil {
			return nil, fmt.Errorf("reading the province's CA: %w", err)
		}
	} else if t.Pin == nil {
		return nil, errors.New("neither a CA nor a pin to trust")
	}
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		ServerName:             indication,
		CurvePreferences:       agreement,
		Time:                   now,
		SessionTicketsDisabled: true,
		NextProtos:             []string{"h2", "http/1.1"},
		// The library's own verification cannot pin by key, and reports a wrong
		// clock like a wrong certificate. VerifyConnection does all of it.
		InsecureSkipVerify: true,
		VerifyConnection: func(cs tls.ConnectionState) error {
			return verifyChain(cs.PeerCertificates, roots, t.Pin, now(), anyTime)
		},
	}, nil
}

func parseCerts(p []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for {
		var block *pem.Block
		if block, p = pem.Decode(p); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, errors.New("no certificate in it")
	}
	return out, nil
}

// verifyChain checks a server's chain. A chain that would be right at another
// time is a clock problem, everything else is somebody else's certificate.
func verifyChain(chain, roots []*x509.Certificate, pin *syncproto.Pin, now time.Time, anyTime bool) error {
	if len(chain) == 0 {
		return syncproto.NewProblem(syncproto.Intercepted, syncproto.CodeWrongCA, "no certificate")
	}
	if len(roots) == 0 {
		for _, c := range chain[1:] {
			if syncproto.PinOf(c.RawSubjectPublicKeyInfo) == *pin {
				roots = append(roots, c)
			}
		}
	}
	opts := x509.VerifyOptions{
		DNSName: syncproto.ServerName, Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, c := range roots {
		opts.Roots.AddCert(c)
	}
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	leaf := chain[0]
	opts.CurrentTime = within(now, leaf, roots)
	if _, err := leaf.Verify(opts); err != nil {
		return &syncproto.Problem{Kind: syncproto.Intercepted, Code: syncproto.CodeWrongCA, Err: err}
	}
	switch {
	case anyTime || opts.CurrentTime.Equal(now):
		return nil
	case now.Before(opts.CurrentTime):
		return syncproto.NewProblem(syncproto.Clock, syncproto.CodeNotYetValid,
			"the portal's certificate begins %s, this machine's clock says %s", leaf.NotBefore.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return syncproto.NewProblem(syncproto.Clock, syncproto.CodeExpired,
		"the portal's certificate ended %s, this machine's clock says %s", leaf.NotAfter.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
}

// within gives now, moved into the time at which leaf and roots are all valid.
func within(now time.Time, leaf *x509.Certificate, roots []*x509.Certificate) time.Time {
	from, to := leaf.NotBefore, leaf.NotAfter
	for _, r := range roots {
		if r.NotBefore.After(from) {
			from = r.NotBefore
		}
		if r.NotAfter.Before(to) {
			to = r.NotAfter
		}
	}
	if now.Before(from) {
		return from
	}
	if now.After(to) {
		return to
	}
	return now
}

// ServerTLS is the portal's side. cert must hold the leaf and the CA, in this
// order: the CA travels in the chain so that a pin can find it.
func ServerTLS(cert func() (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		SessionTicketsDisabled: true,
		NextProtos:             []string{"h2", "http/1.1"},
		GetCertificate:         func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return cert() },
	}
}

// CheckPin tells whether a CA (PEM) has the pinned key: what an enrolment answer
// brings must be what the code promised.
func CheckPin(ca []byte, pin syncproto.Pin) error {
	certs, err := parseCerts(ca)
	if err != nil {
		return fmt.Errorf("reading the province's CA: %w", err)
	}
	for _, c := range certs {
		if syncproto.PinOf(c.RawSubjectPublicKeyInfo) != pin {
			return syncproto.NewProblem(syncproto.Intercepted, syncproto.CodeWrongCA, "the CA of the answer is not the pinned one")
		}
	}
	return nil
}
