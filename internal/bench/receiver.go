package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"bendo/internal/line/packet"
)

// serveReceiver is the plain HTTPS server somebody would write for curl: GET tells how much of a file
// is there, POST stores a whole one, PUT goes on at the offset of Content-Range and keeps what came.
func serveReceiver(ctx context.Context, l *lab, dir string) (func() error, error) {
	cert, key, err := writeCertificate(l.dir)
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	ln, err := l.line.Far().Listen(ctx, "tcp", farAddress())
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: receiver{dir}, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}}}
	ended := make(chan error, 1)
	go func() { ended <- server.ServeTLS(ln, "", "") }() // ends with Close in stop
	return func() error {
		err := server.Close()
		if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
		return err
	}, nil
}

type receiver struct{ dir string }

func (r receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	name := filepath.Join(r.dir, filepath.FromSlash(filepath.Clean("/"+q.URL.Path)))
	var err error
	switch q.Method {
	case http.MethodGet:
		var size int64
		info, statErr := os.Stat(name)
		if statErr == nil {
			size = info.Size()
		}
		_, err = fmt.Fprintln(w, size)
	case http.MethodPost:
		err = receiveWhole(name, q.Body)
	case http.MethodPut:
		err = receivePart(name, q)
	default:
		err = errors.New("GET, POST or PUT")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// receiveWhole is durable before it is answered, as whoever answers 200 should be.
func receiveWhole(name string, body io.Reader) error {
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(name+".part", data, 0o600); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}

// receivePart appends what comes, as it comes.
func receivePart(name string, q *http.Request) error {
	at, err := rangeStart(q.Header.Get("Content-Range"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && at > info.Size() {
		err = fs.ErrInvalid
	}
	if err == nil {
		_, err = f.Seek(at, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(f, q.Body)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// rangeStart reads "bytes 100-199/200"; nothing means from the beginning.
func rangeStart(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "bytes "), "-")
	at, err := strconv.ParseInt(s, 10, 64)
	if err != nil || at < 0 {
		return 0, fmt.Errorf("no offset in %q", s)
	}
	return at, nil
}

// writeCertificate makes a self-signed certificate of the province's address.
func writeCertificate(dir string) (certFile, keyFile string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	plan := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(240 * time.Hour),
		IPAddresses: []net.IP{packet.FarAddr.AsSlice()}}
	cert, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		return "", "", err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", err
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	return certFile, keyFile, errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}
