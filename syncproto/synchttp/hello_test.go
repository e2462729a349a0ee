package synchttp

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"bendo/syncproto"
)

// onePacket is what TCP carries in a packet of 1,500 bytes, with timestamps.
const onePacket = 1448

// TestFirstMessageIsOnePacket: of two packets one is lost twice as often, and each loss there
// costs more than a second before anything else can happen.
func TestFirstMessageIsOnePacket(t *testing.T) {
	cfg, err := ClientTLS(Trust{Pin: &syncproto.Pin{1}}, time.Now, false)
	if err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	defer far.Close()
	done := make(chan struct{})
	go func() { // ends when far is closed
		defer close(done)
		_ = tls.Client(near, cfg).Handshake()
	}()
	message := make([]byte, 4096)
	n, err := far.Read(message)
	if err != nil {
		t.Fatal(err)
	}
	if n > onePacket {
		t.Errorf("the client's first message has %d bytes, a packet carries %d", n, onePacket)
	}
	_ = far.Close()
	<-done
}

// TestKeysResistTheFuture: both ends of ours agree by the hybrid, and a server without it is
// still spoken to.
func TestKeysResistTheFuture(t *testing.T) {
	a, err := NewAuthority("test", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.Issue(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		server []tls.CurveID
		want   tls.CurveID
	}{
		{"ours", nil, tls.X25519MLKEM768},
		{"an old one", []tls.CurveID{tls.X25519, tls.CurveP256}, tls.CurveP256},
	} {
		t.Run(c.name, func(t *testing.T) {
			theirs := ServerTLS(func() (*tls.Certificate, error) { return cert, nil })
			theirs.CurvePreferences = c.server
			ours, err := ClientTLS(Trust{CA: a.CertPEM()}, time.Now, false)
			if err != nil {
				t.Fatal(err)
			}
			door, err := tls.Listen("tcp", "127.0.0.1:0", theirs)
			if err != nil {
				t.Fatal(err)
			}
			defer door.Close()
			done := make(chan error, 1)
			go func() { // ends with the door, or when the client has gone
				c, err := door.Accept()
				if err == nil {
					err = c.(*tls.Conn).Handshake()
					defer c.Close()
				}
				done <- err
			}()
			client, err := tls.Dial("tcp", door.Addr().String(), ours)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if got := client.ConnectionState().CurveID; got != c.want {
				t.Errorf("agreed by %v, want %v", got, c.want)
			}
		})
	}
}
