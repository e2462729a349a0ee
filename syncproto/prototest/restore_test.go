package prototest

import (
	"testing"

	"bendo/syncproto"
)

// TestRestoredPortal: the portal comes back from a backup older than what it
// acknowledged. Nothing may be missing afterwards, nothing twice (I7).
func TestRestoredPortal(t *testing.T) {
	target, m := memoryTarget(t, MemoryOptions{})
	code, _ := target.Code(t)
	p := NewPeer(t, "restored")
	p.Enrol(t, target.Base, code)
	s := &suite{Target: target, code: code, p: p}
	s.Payload = samplePayload

	data, k, early := s.filed(t, 4_000)
	s.appendOK(t, k, 0, data, 4_000)
	p.Drain(t)
	backup := m.Snapshot()
	officer := syncproto.Event{Header: syncproto.Header{ID: syncproto.EventID{7}, At: 1, Type: "taken_in", Dossier: early.Header.Dossier, Version: 2}, Payload: []byte(`{}`)}
	must(t, m.PublishEvent(officer))
	lateData, lateKey, late := s.filed(t, 6_000)
	s.appendOK(t, lateKey, 0, lateData, 6_000)
	p.Drain(t)
	before, generation := p.Cursor, p.Ack.Generation

	m.Restore(backup)
	p.Session = nil
	req := p.Request()
	req.Feed = &syncproto.FeedAsk{Cursor: p.Cursor}
	req.BlobStat = []syncproto.BlobKey{k, lateKey}
	resp := p.Ok(t, req)
	if p.Ack.Generation <= generation || p.Ack.Applied != 1 {
		t.Fatalf("after the restore: %+v", p.Ack)
	}
	v := syncproto.CompareLogs(p.State(), p.Ack.State(), func(seq uint64) (syncproto.Digest, bool) { return p.Heads[seq], true })
	if v.Relation != syncproto.PortalBehind || v.From != 2 {
		t.Fatalf("verdict %+v", v)
	}
	if !resp.Blobs[0].Complete || !resp.Blobs[1].Unknown {
		t.Fatalf("blobs after the restore: %+v", resp.Blobs)
	}
	reset := resp.Feed.Reset
	if reset == nil || reset.EchoEpoch != before.Epoch {
		t.Fatalf("feed after the restore: %+v", resp.Feed)
	}

	req = p.Request(p.Pending(t)...)
	req.Echo = append(req.Echo, p.Pages...)
	p.Ok(t, req)
	p.AckCovers(t)
	p.Fresh(t)
	s.appendOK(t, lateKey, 0, lateData, 6_000)
	p.Drain(t)
	s.checkAfterRestore(t, officer, early, late)
}

// checkAfterRestore reads the whole feed as a new client would.
func (s *suite) checkAfterRestore(t *testing.T, officer, early, late syncproto.Event) {
	t.Helper()
	fresh := *s.p
	fresh.Cursor, fresh.Items, fresh.Pages = syncproto.Cursor{}, nil, nil
	fresh.Drain(t)
	found := 0
	for _, it := range fresh.Items {
		if it.Kind != syncproto.FeedEvent {
			continue
		}
		e, err := syncproto.DecodeEvent(it.Body)
		must(t, err)
		if e.Header.ID == officer.Header.ID {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the officer's act is there %d times after the echo", found)
	}
	for _, e := range []syncproto.Event{early, late} {
		ok := false
		want := syncproto.ManifestDigest(e.Header, syncproto.PayloadDigest(e.Salt, e.Payload))
		for _, it := range fresh.Items {
			if it.Kind == syncproto.FeedReceipt {
				r, err := syncproto.DecodeReceipt(it.Body)
				must(t, err)
				ok = ok || r.Manifest == want && r.Generation == s.p.Ack.Generation
			}
		}
		if !ok {
			t.Errorf("event %d has no receipt of the new generation", e.Header.Seq)
		}
	}
}

// TestSwappedPortal: the portal's data went back without its knowledge. A claim
// changes nothing, the portal's own later ack proves it (I7).
func TestSwappedPortal(t *testing.T) {
	target, m := memoryTarget(t, MemoryOptions{})
	code, _ := target.Code(t)
	p := NewPeer(t, "swapped")
	p.Enrol(t, target.Base, code)
	p.Add("note", []byte(`{}`))
	p.PushAll(t)
	backup, held := m.Snapshot(), p.Ack
	p.Add("note", []byte(`{}`))
	p.PushAll(t)
	held, early := p.Ack, held

	m.Swap(backup)
	p.Session = nil
	generation := m.Generation()
	forged := held
	forged.Applied++
	for name, c := range map[string]*syncproto.Ack{"a claim": nil, "an old ack": &early, "a forged ack": &forged} {
		p.Session = nil
		req := p.Request()
		req.Hello.Acked, req.Hello.Held = 99, c
		p.Sign(&req)
		p.Ok(t, req)
		if m.Generation() != generation {
			t.Fatalf("%s began a new generation", name)
		}
	}
	req := p.Request()
	req.Hello.Held = &held
	p.Ok(t, req)
	if m.Generation() <= generation || p.Ack.Generation != m.Generation() {
		t.Fatal("the portal's own ack did not prove that it is behind")
	}
	p.PushAll(t)
}

// TestClonedMachine: a copy of the disk files on its own. The portal sees it at
// the first contact, nothing is mixed, and with a new epoch nothing is lost (I5,
// I8).
func TestClonedMachine(t *testing.T) {
	target, m := memoryTarget(t, MemoryOptions{})
	code, _ := target.Code(t)
	p := NewPeer(t, "original")
	p.Enrol(t, target.Base, code)
	p.Add("submitted", []byte(`{"n":1}`))
	p.PushAll(t)

	clone := *p
	clone.Session, clone.boot = nil, syncproto.BootID{0xc1}
	clone.Events, clone.Heads = append([]syncproto.Event(nil), p.Events...), append([]syncproto.Digest(nil), p.Heads...)
	p.Add("submitted", []byte(`{"n":2,"by":"original"}`))
	p.PushAll(t)
	mine := clone.Add("submitted", []byte(`{"n":2,"by":"clone"}`))

	resp, err := clone.Sync(t, clone.Request(clone.Batch(t, 2, 2)))
	must(t, err)
	inside(t, resp, syncproto.Fork, syncproto.CodeHead)

	grant, err := m.Grant(p.ID, "00099")
	must(t, err)
	must(t, grant.Verify(p.ID, p.PortalKey()))
	again := clone
	again.Answer.Grant = grant
	again.Events, again.Heads, again.Ack = nil, []syncproto.Digest{syncproto.ChainStart(again.Log())}, syncproto.Ack{}
	mine.Header.Epoch, mine.Header.Seq = grant.Epoch, 1 // same id, salt and payload
	again.Append(mine)
	again.PushAll(t)

	old := m.Events(syncproto.LogID{Device: p.ID, Epoch: 1})
	now := m.Events(again.Log())
	if len(old) != 2 || string(old[1].Payload) != `{"n":2,"by":"original"}` || len(now) != 1 || now[0].Header.ID != mine.Header.ID {
		t.Fatalf("%d events in the old epoch, %d in the new", len(old), len(now))
	}
}

// TestForgottenGrant: the portal was restored to before it granted an epoch; the
// device shows the grant.
func TestForgottenGrant(t *testing.T) {
	target, m := memoryTarget(t, MemoryOptions{})
	code, _ := target.Code(t)
	p := NewPeer(t, "granted")
	p.Enrol(t, target.Base, code)
	p.Ok(t, p.Request())
	backup := m.Snapshot()
	grant, err := m.Grant(p.ID, "00077")
	must(t, err)
	p.Answer.Grant, p.Heads = grant, nil
	p.Heads = []syncproto.Digest{syncproto.ChainStart(p.Log())}
	p.Add("note", []byte(`{}`))
	p.PushAll(t)

	m.Restore(backup)
	p.Session = nil
	resp, err := p.Sync(t, p.Request())
	must(t, err)
	if q := inside(t, resp, syncproto.Correction, syncproto.CodeEpoch); q.Value != 1 {
		t.Fatalf("corrected to epoch %d", q.Value)
	}
	req := p.Request()
	req.Hello.Grant = &grant
	p.Ok(t, req)
	p.PushAll(t)
}
