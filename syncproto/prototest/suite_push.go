package prototest

import (
	"crypto/ed25519"
	"testing"

	"bendo/syncproto"
)

var pushTests = []test{
	{"I1/Push/once", func(t *testing.T, s *suite) {
		s.submit()
		s.submit()
		s.p.PushAll(t)
	}},
	{"I1/Push/the same batch again changes nothing and is acknowledged again", func(t *testing.T, s *suite) {
		n := uint64(len(s.p.Events))
		b := s.p.Batch(t, n-1, n)
		for range 3 {
			s.p.Ok(t, s.p.Request(b))
			s.p.AckCovers(t)
		}
	}},
	{"I1/Push/an overlapping batch brings only what is new", func(t *testing.T, s *suite) {
		s.submit()
		n := uint64(len(s.p.Events))
		s.p.Ok(t, s.p.Request(s.p.Batch(t, n-2, n)))
		s.p.AckCovers(t)
	}},
	{"I1/Push/several batches in one exchange", func(t *testing.T, s *suite) {
		from := uint64(len(s.p.Events)) + 1
		for range 4 {
			s.submit()
		}
		s.p.Ok(t, s.p.Request(s.p.Batch(t, from, from+1), s.p.Batch(t, from+2, from+3)))
		s.p.AckCovers(t)
	}},
	{"I3/Push/a gap is corrected to what is stored", func(t *testing.T, s *suite) {
		applied := uint64(len(s.p.Events))
		s.submit()
		s.submit()
		resp, err := s.p.Sync(t, s.p.Request(s.p.Batch(t, applied+2, applied+2)))
		must(t, err)
		if p := inside(t, resp, syncproto.Correction, syncproto.CodeSeq); p.Value != applied {
			t.Fatalf("corrected to %d, stored are %d", p.Value, applied)
		}
		s.p.PushAll(t)
	}},
	{"I4/Push/other bytes at a stored seq are a fork and overwrite nothing", func(t *testing.T, s *suite) {
		s.submit()
		s.p.PushAll(t)
		clone := *s.p
		n := len(s.p.Events)
		clone.Events, clone.Heads = clone.Events[:n-1:n-1], clone.Heads[:n:n]
		clone.Add("submitted", []byte(`{"other":true}`))
		req := s.p.Request(clone.Batch(t, uint64(n), uint64(n)))
		req.Hello.Log = nil // the portal must see it from the batch alone
		resp, err := s.p.Sync(t, req)
		must(t, err)
		inside(t, resp, syncproto.Fork, "")
		s.submit() // the true log goes on over what is stored
		s.p.PushAll(t)
	}},
	{"I26/Push/a batch another key signed is a fork", func(t *testing.T, s *suite) {
		s.submit()
		thief := *s.p
		thief.Key = NewPeer(t, "thief").Key
		s.refused(t, thief.Batch(t, s.p.Ack.Applied+1, uint64(len(s.p.Events))), syncproto.Fork, syncproto.CodeSignature)
	}},
	{"I26/Push/a head that does not follow is a fork", func(t *testing.T, s *suite) {
		b := s.p.Pending(t)[0]
		other := syncproto.Event{Header: s.p.Events[len(s.p.Events)-1].Header, Payload: []byte(`{"x":1}`)}
		lie, err := syncproto.SealBatch(b.Log, b.First, s.p.Heads[b.First-1], []syncproto.Event{other}, s.p.Key, nil)
		must(t, err)
		lie.Head, lie.Sig = b.Head, b.Sig // a true signature over other bytes
		s.refused(t, lie, syncproto.Fork, syncproto.CodeChain)
	}},
	{"I26/Push/any flipped byte of a body is refused", func(t *testing.T, s *suite) {
		for _, at := range []int{0, 1, 2} {
			b := s.p.Pending(t)[0]
			b.Body = append([]byte(nil), b.Body...)
			b.Body[at*(len(b.Body)-1)/2] ^= 0x10
			resp, err := s.p.Sync(t, s.p.Request(b))
			if err == nil && len(resp.Problems) == 0 {
				t.Fatal("a damaged batch was taken")
			}
		}
		s.p.PushAll(t)
	}},
	{"Push/a batch of another device's log is refused", func(t *testing.T, s *suite) {
		s.submit()
		b := s.p.Pending(t)[0]
		b.Log.Device[0] ^= 1
		s.refused(t, b, syncproto.Fork, "")
		s.p.PushAll(t)
	}},
	{"I13/Push/poison stops nobody and comes back as an outcome", func(t *testing.T, s *suite) {
		poison := []syncproto.Event{
			s.p.Add("submitted", []byte("\xff\xfe not JSON at all")),
			s.p.Add("a_type_of_the_year_2040", []byte(`{"v":99}`)),
			s.p.Add("submitted", nil),
		}
		after := s.submit()
		s.p.PushAll(t)
		s.p.Drain(t)
		for _, e := range append(poison, after) {
			if len(s.outcomes(t, e.Header.ID)) == 0 {
				t.Errorf("no outcome for event %d (%s)", e.Header.Seq, e.Header.Type)
			}
		}
		if got := s.outcomes(t, poison[0].Header.ID); len(got) > 0 && got[0] == syncproto.OutcomeAccepted {
			t.Error("bytes nobody can read were accepted")
		}
	}},
	{"I5/Push/an event id used twice is told apart by its payload", func(t *testing.T, s *suite) {
		first := s.submit()
		again := first
		again.Header.Seq++
		again.Payload = append([]byte(" "), first.Payload...)
		s.p.Append(again)
		s.p.PushAll(t)
		s.p.Drain(t)
		found := false
		for _, c := range s.outcomes(t, first.Header.ID) {
			found = found || c == syncproto.OutcomeIDReused
		}
		if !found {
			t.Fatal("no outcome id_reused")
		}
	}},
	{"I22/Push/the largest event there can be goes through", func(t *testing.T, s *suite) {
		big := make([]byte, syncproto.MaxPayload) // incompressible
		for i := 0; i < len(big); i += 64 {
			copy(big[i:], ed25519.Sign(s.p.Key, big[:i]))
		}
		s.p.Add("note", big)
		s.p.PushAll(t)
	}},
	{"I2/Push/what was acknowledged survives a restart", func(t *testing.T, s *suite) {
		s.submit()
		s.p.PushAll(t)
		s.restart(t)
		resp, err := s.p.Sync(t, s.p.Request())
		if p := syncproto.ProblemOf(err); p != nil && p.Code == syncproto.CodeSession {
			s.p.Session = nil
			resp, err = s.p.Sync(t, s.p.Request())
		}
		must(t, err)
		if len(resp.Problems) > 0 {
			t.Fatalf("after a restart: %v", &resp.Problems[0])
		}
		s.p.AckCovers(t)
	}},
}

// refused pushes one batch and demands that nothing was stored.
func (s *suite) refused(t *testing.T, b syncproto.Batch, kind syncproto.Kind, code string) {
	t.Helper()
	before := s.p.Ack.Applied
	resp, err := s.p.Sync(t, s.p.Request(b))
	if err == nil {
		inside(t, resp, kind, code)
	} else {
		wants(t, err, kind, code)
	}
	s.p.Ok(t, s.p.Request())
	if s.p.Ack.Applied != before {
		t.Fatalf("a refused batch moved the log from %d to %d", before, s.p.Ack.Applied)
	}
}

func (s *suite) restart(t *testing.T) {
	t.Helper()
	if s.Restart == nil {
		t.Skip("MISSING: Target.Restart, so nothing is known about power cuts")
	}
	s.Restart(t)
	s.p.Client.CloseConnections()
}

// outcomes lists the outcomes of an event in the feed read so far.
func (s *suite) outcomes(t *testing.T, id syncproto.EventID) (codes []string) {
	t.Helper()
	for _, it := range s.p.Items {
		if it.Kind != syncproto.FeedOutcome {
			continue
		}
		o, err := syncproto.DecodeOutcome(it.Body)
		must(t, err)
		if o.Event == id {
			codes = append(codes, o.Code)
		}
	}
	return codes
}
