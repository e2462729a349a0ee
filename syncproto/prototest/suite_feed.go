package prototest

import (
	"bytes"
	"testing"

	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

var feedTests = []test{
	{"I24/Feed/reading again from the beginning gives the same", func(t *testing.T, s *suite) {
		s.submit()
		s.p.PushAll(t)
		s.p.Drain(t)
		second := *s.p
		second.Cursor, second.Items, second.Pages = s.p.Answer.Feed, nil, nil
		second.Drain(t)
		keep := map[string]syncproto.FeedItem{} // the fold: the latest of a key, all without
		for _, it := range s.p.Items {
			keep[foldKey(it)] = it
		}
		for _, it := range second.Items {
			had, ok := keep[foldKey(it)]
			if !ok || !bytes.Equal(had.Body, it.Body) {
				t.Fatalf("item at %d (%s) differs from the first reading", it.Pos, it.Kind)
			}
			delete(keep, foldKey(it))
		}
		if len(keep) != 0 {
			t.Fatalf("%d items are missing in the second reading", len(keep))
		}
	}},
	{"Feed/a small page still brings one item and says there is more", func(t *testing.T, s *suite) {
		s.submit()
		s.submit()
		s.p.PushAll(t)
		before := s.p.Cursor
		req := s.p.Request()
		req.Feed = &syncproto.FeedAsk{Cursor: before, MaxBytes: 1}
		resp := s.p.Ok(t, req)
		if resp.Feed == nil || resp.Feed.Page == nil || !resp.Feed.More || s.p.Cursor == before {
			t.Fatalf("a page of one item: %+v", resp.Feed)
		}
		s.p.Drain(t)
	}},
	{"I14/Feed/a changed page is not the portal's", func(t *testing.T, s *suite) {
		if len(s.p.Pages) == 0 {
			t.Fatal("no page to change")
		}
		page := s.p.Pages[len(s.p.Pages)-1]
		page.Sig = bytes.Clone(page.Sig)
		page.Sig[0] ^= 1
		_, err := syncproto.OpenFeedPage(page, s.p.PortalKey(), syncproto.BuiltinDicts(), syncproto.Limits{})
		wants(t, err, syncproto.Intercepted, syncproto.CodeUnsigned)
	}},
	{"Feed/a question that waits is answered when something comes", func(t *testing.T, s *suite) {
		s.p.Drain(t)
		waiting := *s.p
		waiting.Connect(t, s.Base, synchttp.Trust{CA: s.p.Answer.CA})
		answers := make(chan error, 1)
		req := waiting.Request()
		req.Feed = &syncproto.FeedAsk{Cursor: waiting.Cursor, WaitS: 15}
		go func() {
			resp, err := waiting.Client.Sync(waiting.ctx(t), req)
			if err == nil && (resp.Feed == nil || resp.Feed.Page == nil) {
				err = syncproto.NewProblem(syncproto.Transient, syncproto.CodeTimeout, "the wait ended without the news")
			}
			answers <- err
		}()
		s.submit()
		s.p.PushAll(t)
		must(t, <-answers)
		s.p.Drain(t)
	}},
	{"I7/Feed/a cursor beyond the end is led back", func(t *testing.T, s *suite) {
		s.p.Drain(t)
		known := s.p.Cursor
		ahead := known
		ahead.Pos += 1_000
		req := s.p.Request()
		req.Feed = &syncproto.FeedAsk{Cursor: ahead}
		resp := s.p.Ok(t, req)
		if resp.Feed == nil || resp.Feed.Reset == nil {
			t.Fatalf("a cursor beyond the end: %+v", resp.Feed)
		}
		r := resp.Feed.Reset
		// Whether a new epoch begins by the claim or with the first page that proves it
		// is the portal's choice.
		if r.Cursor.Epoch < known.Epoch || r.Cursor.Pos > known.Pos || r.EchoEpoch != ahead.Epoch || r.EchoAfter < known.Pos {
			t.Fatalf("reset %+v of cursor %+v", *r, ahead)
		}
		s.submit()
		s.p.PushAll(t)
		s.p.Drain(t)
	}},
	{"I7/Feed/echoed pages are harmless, signed or not", func(t *testing.T, s *suite) {
		last := s.p.Pages[len(s.p.Pages)-1]
		forged := last
		forged.Sig = make([]byte, 64)
		req := s.p.Request()
		req.Echo = []syncproto.SealedPage{last, forged}
		s.p.Ok(t, req)
		s.p.Drain(t)
		seen := map[syncproto.EventID]int{}
		for _, it := range s.p.Items {
			if it.Kind == syncproto.FeedOutcome {
				o, err := syncproto.DecodeOutcome(it.Body)
				must(t, err)
				if o.Code == syncproto.OutcomeAccepted {
					seen[o.Event]++
				}
			}
		}
		for id, n := range seen {
			if n > 1 {
				t.Fatalf("outcome of %s came %d times after an echo", id, n)
			}
		}
	}},
	{"Time/is signed over the nonce and is asked without a session", func(t *testing.T, s *suite) {
		nonce := s.p.NextID()
		a, err := s.p.Client.Time(s.p.ctx(t), nonce)
		must(t, err)
		must(t, a.Verify(nonce, s.p.PortalKey()))
		if err := a.Verify(s.p.NextID(), s.p.PortalKey()); err == nil {
			t.Fatal("a time verifies for another nonce")
		}
	}},
	{"Object/is read in pieces and has its digest", func(t *testing.T, s *suite) {
		if s.Object == nil {
			t.Skip("MISSING: Target.Object, so downloads were not looked at")
		}
		var got []byte
		for int64(len(got)) < s.Object.Length {
			b, total, err := s.p.Client.Object(s.p.ctx(t), s.p.NextID(), s.p.Session, s.Object.SHA256, int64(len(got)), 10_000)
			must(t, err)
			if total != s.Object.Length || len(b) == 0 {
				t.Fatalf("%d bytes of %d, want %d", len(b), total, s.Object.Length)
			}
			got = append(got, b...)
		}
		if sum(got) != s.Object.SHA256 {
			t.Fatal("the object has another digest")
		}
	}},
	{"I26/Replay/gives the book its own signed log back", func(t *testing.T, s *suite) {
		ask := func(req syncproto.ReplayRequest) syncproto.ReplayResponse {
			req.ID, req.Book = s.p.NextID(), s.p.Answer.Book
			resp, err := s.p.Client.Replay(s.p.ctx(t), s.p.Session, req)
			must(t, err)
			return resp
		}
		logs := ask(syncproto.ReplayRequest{}).Logs
		if len(logs) != 1 || logs[0].Log != s.p.Log() || logs[0].Applied != uint64(len(s.p.Events)) {
			t.Fatalf("logs of the book: %+v", logs)
		}
		from := uint64(1)
		for more := true; more; {
			resp := ask(syncproto.ReplayRequest{Log: s.p.Log(), From: from, MaxBytes: 4_000, Dicts: syncproto.BuiltinDicts().IDs()})
			for _, b := range resp.Batches {
				events, head, err := syncproto.OpenBatch(b, s.p.Heads[b.First-1], logs[0].Key, syncproto.BuiltinDicts(), syncproto.Limits{})
				must(t, err)
				if b.First > from || head != s.p.Heads[b.Last()] || !bytes.Equal(events[0].Payload, s.p.Events[b.First-1].Payload) {
					t.Fatalf("batch from %d is not what was sent", b.First)
				}
				from = b.Last() + 1
			}
			if more = resp.More; more && resp.Next != from {
				t.Fatalf("next %d, want %d", resp.Next, from)
			}
		}
		if from != uint64(len(s.p.Events))+1 {
			t.Fatalf("the replay ends before %d of %d", from, len(s.p.Events))
		}
	}},
	{"Replay/of another book is refused", func(t *testing.T, s *suite) {
		other := s.p.Answer.Book
		other[7] ^= 1
		_, err := s.p.Client.Replay(s.p.ctx(t), s.p.Session, syncproto.ReplayRequest{ID: s.p.NextID(), Book: other})
		wants(t, err, syncproto.Auth, syncproto.CodeNotYours)
	}},
}

func foldKey(it syncproto.FeedItem) string {
	if it.Key != "" {
		return it.Kind + "|" + it.Key
	}
	return it.Kind + "|" + string(it.Body)
}
