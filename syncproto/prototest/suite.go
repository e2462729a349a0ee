package prototest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"testing"

	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// Target is a portal under test. Only Base and Codes are needed; what is missing
// is skipped, and the skip says so.
type Target struct {
	Base string // https://host:port of the devices' door
	// Code gives a fresh enrolment code, or false when there are no more. The
	// suite needs one; with more it also looks at neighbours.
	Code func(t *testing.T) (syncproto.Code, bool)
	// ExpiredCode gives a code whose time is over.
	ExpiredCode func(t *testing.T) syncproto.Code
	// Restart ends the portal's process (as a power cut would) and starts it again
	// at the same address with the same data.
	Restart func(t *testing.T)
	// Revoke makes the portal refuse a device.
	Revoke func(t *testing.T, id syncproto.DeviceID)
	// Payload gives a submission this portal can read, with these attachments;
	// nil: a small JSON object.
	Payload func(blobs []syncproto.BlobRef) []byte
	// Object is something published that any device may fetch; nil: skipped.
	Object *syncproto.ObjectRef
	// HTTP1 speaks HTTP/1.1, as behind a firewall that knows nothing newer.
	HTTP1 bool
}

// suite is one run: a device that lives through all tests, as a device does.
type suite struct {
	Target
	p    *Peer
	code syncproto.Code // the one p enrolled with
	n    int
}

// Run checks a portal. The tests share one device and run in order; each leaves
// its log in a state the next can continue.
func Run(t *testing.T, target Target) {
	code, ok := target.Code(t)
	if !ok {
		t.Fatal("the suite needs at least one enrolment code")
	}
	if target.Payload == nil {
		target.Payload = samplePayload
	}
	s := &suite{Target: target, code: code, p: NewPeer(t, t.Name()+code.String())}
	s.p.HTTP1 = target.HTTP1
	s.p.Enrol(t, target.Base, code)
	for _, group := range [][]test{enrolTests, helloTests, pushTests, blobTests, feedTests, hostileTests, lostTests, concurrentTests, lastTests} {
		for _, tc := range group {
			if !t.Run(tc.name, func(t *testing.T) { tc.run(t, s) }) {
				s.repair(t)
			}
		}
	}
}

type test struct {
	name string
	run  func(t *testing.T, s *suite)
}

// repair gives later tests a fair start after a failed one: a new session and
// the portal's own idea of what it has.
func (s *suite) repair(t *testing.T) {
	s.p.Session = nil
	if resp, err := s.p.Client.Sync(s.p.ctx(t), s.p.Request()); err == nil && resp.Ack != nil {
		s.p.Ack = *resp.Ack
		if resp.Welcome != nil {
			s.p.Session, s.p.Welcome = resp.Welcome.Session, *resp.Welcome
		}
	}
}

// samplePayload is a small submission nobody's form needs.
func samplePayload(blobs []syncproto.BlobRef) []byte {
	b, err := json.Marshal(map[string]any{"procedure": "0.000000", "blobs": blobs, "language": "vi"})
	if err != nil {
		panic(err)
	}
	return b
}

// submit adds a submission to the peer's log.
func (s *suite) submit(blobs ...syncproto.BlobRef) syncproto.Event {
	s.n++
	return s.p.Add("submitted", s.Payload(blobs), blobs...)
}

// neighbour enrols another device, or skips.
func (s *suite) neighbour(t *testing.T) *Peer {
	t.Helper()
	code, ok := s.Code(t)
	if !ok {
		t.Skip("MISSING: no second enrolment code, so neighbours were not looked at")
	}
	p := NewPeer(t, t.Name()+code.String())
	p.HTTP1 = s.HTTP1
	p.Enrol(t, s.Base, code)
	return p
}

// wants demands a problem of a kind, and of a code unless it is "".
func wants(t *testing.T, err error, kind syncproto.Kind, code string) *syncproto.Problem {
	t.Helper()
	if err == nil {
		t.Fatalf("no problem, want %s/%s", kind, code)
	}
	if !errors.Is(err, &syncproto.Problem{Kind: kind, Code: code}) {
		t.Fatalf("%v, want %s/%s", err, kind, code)
	}
	return syncproto.ProblemOf(err)
}

// inside demands a problem in the sections of an answer.
func inside(t *testing.T, resp syncproto.SyncResponse, kind syncproto.Kind, code string) *syncproto.Problem {
	t.Helper()
	p := resp.Problem(kind)
	if p == nil || code != "" && p.Code != code {
		t.Fatalf("problems %v, want %s/%s", resp.Problems, kind, code)
	}
	return p
}

var enrolTests = []test{
	{"Enrol/same key and code get the same answer", func(t *testing.T, s *suite) {
		again, err := s.pinned(t, s.code).Enrol(s.p.ctx(t), s.p.EnrolRequest(s.code))
		must(t, err)
		if !bytes.Equal(again.Sig, s.p.Answer.Sig) {
			t.Fatal("the repeated answer differs from the first")
		}
	}},
	{"Enrol/another key with a used code is refused", func(t *testing.T, s *suite) {
		thief := NewPeer(t, "thief")
		_, err := s.pinned(t, s.code).Enrol(s.p.ctx(t), thief.EnrolRequest(s.code))
		wants(t, err, syncproto.Auth, syncproto.CodeEnrolUsed)
	}},
	{"Enrol/an unknown secret is refused", func(t *testing.T, s *suite) {
		wrong := s.code
		wrong.Secret ^= 1 << 17
		_, err := s.pinned(t, s.code).Enrol(s.p.ctx(t), NewPeer(t, "guesser").EnrolRequest(wrong))
		wants(t, err, syncproto.Auth, syncproto.CodeEnrolCode)
	}},
	{"Enrol/an expired code is refused", func(t *testing.T, s *suite) {
		if s.ExpiredCode == nil {
			t.Skip("MISSING: Target.ExpiredCode, so expiry was not looked at")
		}
		c := s.ExpiredCode(t)
		_, err := s.pinned(t, c).Enrol(s.p.ctx(t), NewPeer(t, "late").EnrolRequest(c))
		wants(t, err, syncproto.Auth, syncproto.CodeEnrolExpired)
	}},
	{"Enrol/a request without possession of its key is refused", func(t *testing.T, s *suite) {
		req := NewPeer(t, "forger").EnrolRequest(s.code)
		req.Key = s.p.Key.Public().(ed25519.PublicKey)
		_, err := s.pinned(t, s.code).Enrol(s.p.ctx(t), req)
		wants(t, err, syncproto.Auth, "")
	}},
	{"I14/Enrol/another CA is not the portal", func(t *testing.T, s *suite) {
		other := s.code
		other.Pin[3] ^= 0x40
		_, err := s.pinned(t, other).Enrol(s.p.ctx(t), s.p.EnrolRequest(other))
		wants(t, err, syncproto.Intercepted, syncproto.CodeWrongCA)
	}},
}

// pinned is a client that trusts by the pin of a code.
func (s *suite) pinned(t *testing.T, c syncproto.Code) *synchttp.Client {
	t.Helper()
	cl, err := synchttp.New(synchttp.Config{Base: s.Base, Trust: synchttp.Trust{Pin: &c.Pin}, HTTP1: s.HTTP1})
	must(t, err)
	t.Cleanup(cl.CloseConnections)
	return cl
}

var helloTests = []test{
	{"Hello/a cold hello brings a session, signed time and limits", func(t *testing.T, s *suite) {
		s.p.Session = nil
		resp := s.p.Ok(t, s.p.Request())
		w := resp.Welcome
		if w == nil || len(w.Session) == 0 || len(w.Session) > syncproto.MaxSession || w.BlobSession == 0 || w.Generation == 0 {
			t.Fatalf("welcome %+v", w)
		}
		if w.Limits.OrDefault() != w.Limits {
			t.Fatalf("limits %+v are empty or above the protocol's", w.Limits)
		}
		s.p.AckCovers(t)
	}},
	{"Hello/a warm hello with nothing new brings nothing", func(t *testing.T, s *suite) {
		resp := s.p.Ok(t, s.p.Request())
		if resp.Welcome != nil || resp.Ack != nil || resp.Feed != nil {
			t.Fatalf("unchanged sections were not left out: %+v", resp)
		}
	}},
	{"Hello/blob sessions rise", func(t *testing.T, s *suite) {
		a := s.p.Fresh(t)
		if b := s.p.Fresh(t); b <= a {
			t.Fatalf("blob session %d after %d", b, a)
		}
	}},
	{"Hello/another key is refused", func(t *testing.T, s *suite) {
		req := s.p.Request()
		s.p.Sign(&req)
		req.Hello.Sig[5] ^= 1
		_, err := s.p.Client.Sync(s.p.ctx(t), req)
		wants(t, err, syncproto.Auth, syncproto.CodeHelloSig)
	}},
	{"Hello/a signature does not fit another request", func(t *testing.T, s *suite) {
		req := s.p.Request()
		s.p.Sign(&req)
		req.ID = s.p.NextID()
		_, err := s.p.Client.Sync(s.p.ctx(t), req)
		wants(t, err, syncproto.Auth, syncproto.CodeHelloSig)
	}},
	{"Hello/a repeated hello is corrected, not served", func(t *testing.T, s *suite) {
		req := s.p.Request()
		s.p.Sign(&req)
		_, err := s.p.Sync(t, req)
		must(t, err)
		_, err = s.p.Client.Sync(s.p.ctx(t), req)
		if p := wants(t, err, syncproto.Correction, syncproto.CodeHelloCount); p.Value != req.Hello.Count {
			t.Fatalf("count %d, want %d", p.Value, req.Hello.Count)
		}
	}},
	{"Hello/an unknown session is corrected to a signed hello", func(t *testing.T, s *suite) {
		req := s.p.Request()
		req.Hello.Session = bytes.Repeat([]byte{7}, syncproto.MaxSession)
		_, err := s.p.Client.Sync(s.p.ctx(t), req)
		wants(t, err, syncproto.Correction, syncproto.CodeSession)
	}},
	{"Hello/an unknown device is refused", func(t *testing.T, s *suite) {
		stranger := NewPeer(t, "stranger")
		stranger.accept(s.p.Answer)
		stranger.Client = s.p.Client
		_, err := stranger.Client.Sync(s.p.ctx(t), stranger.Request())
		wants(t, err, syncproto.Auth, syncproto.CodeUnknownDevice)
	}},
	{"I21/Hello/no common version is a version problem", func(t *testing.T, s *suite) {
		req := s.p.Request()
		s.p.Sign(&req)
		req.Hello.ProtoMin, req.Hello.ProtoMax = 900, 901
		req.Hello = syncproto.SignHello(req.Hello, req.ID, s.p.Key)
		_, err := s.p.Client.Sync(s.p.ctx(t), req)
		wants(t, err, syncproto.Version, syncproto.CodeProto)
	}},
	{"I8/Hello/a log ahead of the device is a fork, and its push is frozen", func(t *testing.T, s *suite) {
		s.submit()
		s.p.PushAll(t)
		old := *s.p // the same disk, restored from before the last event
		old.Events, old.Heads, old.Session = old.Events[:len(old.Events)-1], old.Heads[:len(old.Heads)-1], nil
		resp, err := old.Client.Sync(old.ctx(t), old.Request())
		must(t, err)
		inside(t, resp, syncproto.Fork, syncproto.CodeAhead)
		s.p.count = old.count
		s.p.Fresh(t) // its greeting ended our blob session
	}},
	{"I8/Hello/a warm request that was overtaken by a later one is no fork", func(t *testing.T, s *suite) {
		s.submit()
		early := s.p.Request() // made, and then held up on the way
		s.submit()
		s.p.PushAll(t)
		resp, err := s.p.Client.Sync(s.p.ctx(t), early)
		must(t, err)
		if resp.Problem(syncproto.Fork) != nil || resp.Ack == nil || resp.Ack.Applied != uint64(len(s.p.Events)) {
			t.Errorf("answered %+v, ack %+v", resp.Problems, resp.Ack)
		}
		if resp = s.p.Ok(t, s.p.Request()); resp.Problem(syncproto.Fork) != nil {
			t.Errorf("and afterwards %v", resp.Problems)
		}
	}},
	{"I8/Hello/a question about the feed says nothing of the log and hears nothing of it", func(t *testing.T, s *suite) {
		s.submit()
		s.p.PushAll(t)
		req := s.p.Request()
		req.Hello.Log, req.Hello.Acked = nil, req.Hello.Acked-1
		resp, err := s.p.Client.Sync(s.p.ctx(t), req)
		must(t, err)
		if resp.Ack != nil || len(resp.Problems) > 0 {
			t.Errorf("answered %+v", resp)
		}
	}},
	{"I8/Hello/another head at the same seq is a fork", func(t *testing.T, s *suite) {
		req := s.p.Request()
		st := *req.Hello.Log
		st.Head[0] ^= 1
		req.Hello.Log = &st
		resp, err := s.p.Client.Sync(s.p.ctx(t), req)
		must(t, err)
		inside(t, resp, syncproto.Fork, syncproto.CodeHead)
	}},
}
