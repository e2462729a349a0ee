package intake_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/portal/fleet"
	"bendo/portal/intake"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
	"bendo/syncproto/synchttp"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const commune = "28807"

// rig is a portal behind a real TLS door whose process can end and begin again.
type rig struct {
	t        *testing.T
	options  store.Options
	keysDir  string
	address  string
	shift    atomic.Int64 // of the clock, ms
	db       *store.DB
	register *fleet.Register
	portal   *intake.Portal
	server   *http.Server
	done     chan struct{}
}

func newRig(t *testing.T, o store.Options) *rig {
	r := &rig{t: t, options: o, keysDir: t.TempDir(), address: "127.0.0.1:0"}
	r.options.Now = func() time.Time { return time.Now().Add(time.Duration(r.shift.Load()) * time.Millisecond) }
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func (r *rig) start() {
	r.t.Helper()
	authority, err := fleet.OpenAuthority(r.keysDir, time.Now())
	check(r.t, err)
	keys, err := fleet.OpenKeys(r.keysDir, quiet())
	check(r.t, err)
	r.db, err = store.Open(context.Background(), r.options)
	check(r.t, err)
	r.register = &fleet.Register{DB: r.db, Authority: authority, Keys: keys}
	r.portal = intake.New(r.db, r.register, keys.Receipt, quiet())
	certificate, err := authority.Server(time.Now(), []string{syncproto.ServerName}, nil)
	check(r.t, err)
	listener, err := net.Listen("tcp", r.address)
	check(r.t, err)
	r.address = listener.Addr().String()
	r.server = &http.Server{Handler: synchttp.Handler(r.portal, synchttp.Options{Log: quiet()}),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}, ErrorLog: slog.NewLogLogger(quiet().Handler(), slog.LevelError)}
	r.done = make(chan struct{})
	go func() {
		defer close(r.done)
		r.server.ServeTLS(listener, "", "")
	}()
}

func (r *rig) stop() {
	r.server.Close()
	<-r.done
	r.db.Close()
}

func (r *rig) code(t *testing.T, of string) syncproto.Code {
	t.Helper()
	code, err := r.register.NewCode(context.Background(), of, "xã Giao Long")
	check(t, err)
	return code
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// filing is a payload that this portal's forms can read.
func filing(blobs []syncproto.BlobRef) []byte {
	var raw [8]byte
	rand.Read(raw[:])
	slip, err := dossier.NewSlip("12345", binary.BigEndian.Uint64(raw[:]))
	if err != nil {
		panic(err)
	}
	p := dossier.SubmittedPayload{Procedure: "1.001193", Pack: "2026-11-22", Slip: slip, Channel: dossier.ChannelKiosk,
		Handover: dossier.HandoverAtSubmit, Answers: []byte(`{"child_name":"Nguyễn Thị Chim Hoàng Yến"}`), Language: "vi",
		Applicant: dossier.Person{FullName: "Trần Văn Hoàng Yến", CitizenID: "086199000777", Phone: "0912345678", Evidence: "typed"},
		Source:    &dossier.Source{Reference: "HS-" + string(slip)}}
	paper := dossier.Component{ID: "tk", State: dossier.Provided, Originals: 1}
	if len(blobs) == 0 {
		paper.State = dossier.Missing
	}
	for _, b := range blobs {
		paper.Blobs = append(paper.Blobs, dossier.Blob{Name: "giấy.jpg", SHA256: b.SHA256, Length: b.Length, MIME: b.MIME})
	}
	p.Components = []dossier.Component{paper}
	payload, err := dossier.Encode(&p)
	if err != nil {
		panic(err)
	}
	return payload
}

func TestFilingIsReadable(t *testing.T) {
	if _, err := dossier.ParseSubmitted(dossier.Schema, filing(nil)); err != nil {
		t.Fatal(err)
	}
}

// TestRoad runs the protocol's own suite against the real handler on both
// engines.
func TestRoad(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		prototest.Run(t, prototest.Target{
			Base:    "https://" + r.address,
			Code:    func(t *testing.T) (syncproto.Code, bool) { return r.code(t, commune), true },
			Payload: filing,
			ExpiredCode: func(t *testing.T) syncproto.Code {
				r.shift.Add(-(8 * 24 * time.Hour).Milliseconds())
				defer r.shift.Store(0)
				return r.code(t, commune)
			},
			Restart: func(t *testing.T) { r.stop(); r.start() },
			Revoke: func(t *testing.T, id syncproto.DeviceID) {
				check(t, r.db.Write(context.Background(), func(tx *store.Tx) error { return tx.SetDeviceStatus(id, store.Revoked) }))
			},
		})
	})
}
