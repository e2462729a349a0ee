package prototest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"bendo/syncproto"
)

const sessionLife = 12 * time.Hour

// Sync implements synchttp.Portal.
func (m *Memory) Sync(ctx context.Context, req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	if err := req.Check(); err != nil {
		return syncproto.SyncResponse{}, err
	}
	resp, d, err := m.exchange(req)
	if err != nil || req.Feed == nil {
		return resp, err
	}
	resp.Feed, err = m.waitFeed(ctx, req, resp, d)
	return resp, err
}

// exchange answers everything that never waits, under one lock.
func (m *Memory) exchange(req syncproto.SyncRequest) (resp syncproto.SyncResponse, d *device, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests++
	if d, err = m.authenticate(req); err != nil {
		return resp, nil, err
	}
	if m.opts.Bug == AckBeforeStoring {
		m.disk = m.live.clone() // everything below reaches the disk too late
	}
	h := req.Hello
	if len(h.Sig) > 0 || h.Fresh {
		resp.Welcome = m.welcome(req, d)
	}
	frozen := m.compare(h, d, &resp)
	pushed := false
	for _, b := range req.Push {
		if frozen {
			break
		}
		if err := m.take(d, b); err != nil {
			p := syncproto.ProblemOf(err)
			if p == nil {
				return resp, nil, err
			}
			resp.Problems = append(resp.Problems, *p)
			break
		}
		pushed = true
	}
	l := m.log(d)
	applied := uint64(len(l.events))
	speaks := h.Log != nil || pushed // of the log; who does not is not answered about it
	if pushed || len(resp.Problems) > 0 || h.Generation != m.generation || speaks && h.Acked != applied {
		a := m.ack(d, l)
		resp.Ack = &a
	}
	for _, k := range req.BlobStat {
		resp.Blobs = append(resp.Blobs, m.stat(d, k))
	}
	for _, page := range req.Echo {
		m.echo(page)
	}
	return resp, d, nil
}

// checkSession checks a token; those given out since the key was drawn are known.
func (m *Memory) checkSession(token []byte) (syncproto.DeviceID, error) {
	now := m.opts.Now().UnixMilli()
	if s, known := m.issued[string(token)]; known && now <= s.until {
		return s.device, nil
	}
	return m.session.Check(token, now)
}

// issued is a session token that was given out.
type issued struct {
	device syncproto.DeviceID
	until  int64
}

func (m *Memory) authenticate(req syncproto.SyncRequest) (*device, error) {
	h := req.Hello
	if len(h.Sig) == 0 {
		id, err := m.checkSession(h.Session)
		if err != nil {
			return nil, err
		}
		return m.known(id)
	}
	d, err := m.known(h.Device)
	if err != nil {
		return nil, err
	}
	if m.opts.Bug != AnyHello {
		if err := syncproto.VerifyHello(h, req.ID, d.key); err != nil {
			return nil, err
		}
	}
	if _, err := syncproto.CommonProto(h.ProtoMin, h.ProtoMax); err != nil {
		return nil, err
	}
	if h.Count <= d.count {
		p := syncproto.NewProblem(syncproto.Correction, syncproto.CodeHelloCount, "this hello was seen, or a later one")
		p.Value = d.count
		return nil, p
	}
	d.count = h.Count
	return d, nil
}

func (m *Memory) known(id syncproto.DeviceID) (*device, error) {
	d := m.live.devices[id]
	if d == nil {
		return nil, syncproto.NewProblem(syncproto.Auth, syncproto.CodeUnknownDevice, "device %s", id)
	}
	if d.revoked {
		return nil, syncproto.NewProblem(syncproto.Auth, syncproto.CodeRevoked, "device %s", id)
	}
	return d, nil
}

func (m *Memory) welcome(req syncproto.SyncRequest, d *device) *syncproto.Welcome {
	now := m.opts.Now()
	d.blobSession = max(d.blobSession+1, uint64(now.UnixMilli()))
	w := &syncproto.Welcome{
		BlobSession: d.blobSession, Generation: m.generation,
		Time:   m.signTime(req.ID),
		Limits: m.opts.Limits.OrDefault(), FeedEpoch: m.live.feed.epoch,
	}
	if len(req.Hello.Sig) > 0 {
		w.Proto, _ = syncproto.CommonProto(req.Hello.ProtoMin, req.Hello.ProtoMax)
		until := now.Add(sessionLife).UnixMilli()
		w.Session = m.session.Issue(d.id, until)
		m.issued[string(w.Session)] = issued{d.id, until}
		w.Dicts = m.dicts.IDs()
	}
	return w
}

// compare judges the device's log; a fork freezes its push, never its feed.
func (m *Memory) compare(h syncproto.Hello, d *device, resp *syncproto.SyncResponse) (frozen bool) {
	if h.Log == nil {
		return false
	}
	if h.Grant != nil && h.Log.Epoch > d.epoch && h.Grant.Epoch == h.Log.Epoch &&
		h.Grant.Verify(d.id, m.PublicKey()) == nil {
		d.epoch, d.grant = h.Grant.Epoch, *h.Grant // our own word, given before a restore
	}
	if !h.Boot.IsZero() && m.twoWriters(d, h.Boot) {
		resp.Problems = append(resp.Problems, *syncproto.NewProblem(syncproto.Fork, syncproto.CodeTwoWriters, "an older run of this device speaks again"))
		return true
	}
	v := syncproto.CompareLogs(*h.Log, m.state(d), nil)
	switch v.Relation {
	case syncproto.LogsForked:
		if len(h.Sig) == 0 && v.Code == syncproto.CodeAhead {
			return false // overtaken on the way; the ack tells where we are
		}
		resp.Problems = append(resp.Problems, *syncproto.NewProblem(syncproto.Fork, v.Code, "the log does not fit what is stored"))
		return true
	case syncproto.EpochForgotten:
		p := syncproto.NewProblem(syncproto.Correction, syncproto.CodeEpoch, "show the grant of this epoch")
		p.Value = uint64(d.epoch)
		resp.Problems = append(resp.Problems, *p)
		return true
	case syncproto.PortalBehind:
		l := syncproto.LogID{Device: d.id, Epoch: d.epoch}
		if h.ProvesBehind(l, m.generation, uint64(len(m.log(d).events)), m.PublicKey()) {
			m.newGeneration(h.Held.Generation) // our own later ack: we were restored without knowing it
		}
	}
	return false
}

// twoWriters: a boot id that comes back after another one spoke.
func (m *Memory) twoWriters(d *device, boot syncproto.BootID) bool {
	i := slices.Index(d.boots, boot)
	if i < 0 {
		d.boots = append(d.boots, boot)
		return false
	}
	return i != len(d.boots)-1
}

func (m *Memory) log(d *device) *deviceLog {
	id := syncproto.LogID{Device: d.id, Epoch: d.epoch}
	l := m.live.logs[id]
	if l == nil {
		l = &deviceLog{heads: []syncproto.Digest{syncproto.ChainStart(id)}}
		m.live.logs[id] = l
	}
	return l
}

// state is where the portal's copy of the log stands, unsigned: it is compared, not sent.
func (m *Memory) state(d *device) syncproto.LogState {
	l := m.log(d)
	return syncproto.LogState{Epoch: d.epoch, Next: uint64(len(l.events)) + 1, Head: l.heads[len(l.heads)-1]}
}

func (m *Memory) ack(d *device, l *deviceLog) syncproto.Ack {
	return syncproto.SignAck(syncproto.Ack{
		Log: syncproto.LogID{Device: d.id, Epoch: d.epoch}, Applied: uint64(len(l.events)),
		Head: l.heads[len(l.heads)-1], Generation: m.generation, At: m.opts.Now().UnixMilli(),
	}, m.receipt)
}

// take stores what is new of a batch: a real portal does this in one
// transaction and answers after its commit.
func (m *Memory) take(d *device, b syncproto.Batch) error {
	l := m.log(d)
	if b.Log != (syncproto.LogID{Device: d.id, Epoch: d.epoch}) {
		return syncproto.NewProblem(syncproto.Fork, syncproto.CodeEpoch, "batch of log %s", b.Log)
	}
	applied := uint64(len(l.events))
	if m.opts.Bug == Overwrites && b.First <= applied {
		l.events, l.heads = l.events[:b.First-1], l.heads[:b.First]
		applied = b.First - 1
	}
	if m.opts.Bug == TakesGaps && b.First > applied+1 {
		return nil
	}
	acc, err := syncproto.AcceptBatch(b, applied, func(seq uint64) (syncproto.Digest, error) {
		if seq >= uint64(len(l.heads)) {
			return syncproto.Digest{}, errors.New("head of a seq that is not stored")
		}
		return l.heads[seq], nil
	}, d.key, m.dicts, m.opts.Limits)
	if err != nil {
		return err
	}
	if m.opts.Bug == DropsPoison {
		for _, e := range acc.Events {
			if !json.Valid(e.Payload) {
				return syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "payload")
			}
		}
	}
	if len(acc.Events) == 0 {
		return nil
	}
	l.events = append(l.events, acc.Events...)
	l.heads = append(l.heads, acc.Heads...)
	l.batches = append(l.batches, b)
	for _, e := range acc.Events {
		m.judge(d, e)
	}
	return nil
}

// judge is Memory's whole casework: outcomes, blobs to expect, receipts.
func (m *Memory) judge(d *device, e syncproto.Event) {
	outcome := syncproto.OutcomeAccepted
	digest := syncproto.PayloadDigest(e.Salt, e.Payload)
	before, seen := m.live.ids[e.Header.ID]
	switch {
	case seen && before != digest:
		outcome = syncproto.OutcomeIDReused
	case !json.Valid(e.Payload):
		outcome = syncproto.OutcomeUndecodable
	}
	if !seen {
		m.live.ids[e.Header.ID] = digest
		for _, r := range e.Header.Blobs {
			m.expect(d, syncproto.BlobKey{Dossier: e.Header.Dossier, SHA256: r.SHA256}, r.Length)
		}
	}
	for _, r := range e.Header.Blobs {
		k := syncproto.BlobKey{Dossier: e.Header.Dossier, SHA256: r.SHA256}
		at := place{syncproto.LogID{Device: d.id, Epoch: e.Header.Epoch}, e.Header.Seq}
		m.live.named[k] = append(m.live.named[k], at)
	}
	body, err := syncproto.EncodeOutcome(syncproto.Outcome{Event: e.Header.ID, Code: outcome})
	if err != nil {
		panic(err)
	}
	m.publish(syncproto.FeedItem{Kind: syncproto.FeedOutcome, Body: body})
	m.maybeReceipt(e)
}

// expect makes room for a blob that a signed event names. What this very book
// already completed under the same digest is copied, never what a neighbour has.
func (m *Memory) expect(d *device, k syncproto.BlobKey, length int64) {
	if m.live.blobs[k] != nil {
		return
	}
	b := &blob{book: d.book, length: length}
	for _, other := range m.live.same[k.SHA256] {
		if o := m.live.blobs[other]; o != nil && o.book == d.book && o.complete && o.length == length {
			b.data, b.complete = bytes.Clone(o.data), true
			break
		}
	}
	m.live.blobs[k], m.live.same[k.SHA256] = b, append(m.live.same[k.SHA256], k)
}

// maybeReceipt signs completeness once every blob of an event is there.
func (m *Memory) maybeReceipt(e syncproto.Event) {
	if e.Header.Dossier.IsZero() || len(e.Header.Blobs) == 0 && e.Header.Type != "submitted" {
		return
	}
	for _, r := range e.Header.Blobs {
		b := m.live.blobs[syncproto.BlobKey{Dossier: e.Header.Dossier, SHA256: r.SHA256}]
		if (b == nil || !b.complete) && m.opts.Bug != ReceiptTooEarly {
			return
		}
	}
	manifest := syncproto.ManifestDigest(e.Header, syncproto.PayloadDigest(e.Salt, e.Payload))
	r := syncproto.SignReceipt(syncproto.Receipt{Dossier: e.Header.Dossier, Manifest: manifest,
		Generation: m.generation, At: m.opts.Now().UnixMilli()}, m.receipt)
	body, err := syncproto.EncodeReceipt(r)
	if err != nil {
		panic(err)
	}
	m.publish(syncproto.FeedItem{Kind: syncproto.FeedReceipt,
		Key: "receipt:" + e.Header.Dossier.String() + ":" + manifest.String(), Body: body})
}

// Authorize implements synchttp.Portal.
func (m *Memory) Authorize(_ context.Context, session []byte) (syncproto.DeviceID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, err := m.checkSession(session)
	if err == nil {
		_, err = m.known(id)
	}
	return id, err
}

// Replay implements synchttp.Portal.
func (m *Memory) Replay(_ context.Context, id syncproto.DeviceID, req syncproto.ReplayRequest) (resp syncproto.ReplayResponse, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.known(id)
	if err != nil {
		return resp, err
	}
	if d.book != req.Book {
		return resp, syncproto.NewProblem(syncproto.Auth, syncproto.CodeNotYours, "book %s", req.Book)
	}
	if req.Log.IsZero() {
		resp.Logs = m.replayLogs(req.Book)
		return resp, nil
	}
	l := m.live.logs[req.Log]
	if l == nil && req.Log.Device == id && req.Log.Epoch > 0 && req.Log.Epoch < d.epoch { // forgotten by a restore
		resp.Logs = []syncproto.ReplayLog{m.replayLog(req.Log, &deviceLog{heads: []syncproto.Digest{syncproto.ChainStart(req.Log)}}, d)}
		return resp, nil
	}
	if owner := m.live.devices[req.Log.Device]; l == nil || owner == nil || owner.book != req.Book {
		return resp, syncproto.NewProblem(syncproto.Auth, syncproto.CodeNotYours, "log %s", req.Log)
	}
	size := 0
	for _, b := range l.batches {
		if b.Last() < req.From {
			continue
		}
		if size += len(b.Body); len(resp.Batches) > 0 && size > min(int(req.MaxBytes), 48<<10) {
			resp.More = true
			break
		}
		resp.Batches = append(resp.Batches, b)
		resp.Next = b.Last() + 1
	}
	return resp, nil
}

// replayLog is a log with the portal's word for it.
func (m *Memory) replayLog(id syncproto.LogID, l *deviceLog, d *device) syncproto.ReplayLog {
	r := syncproto.ReplayLog{Log: id, Key: d.key, Applied: uint64(len(l.events)), Head: l.heads[len(l.heads)-1]}
	word := syncproto.SignAck(syncproto.Ack{Log: id, Applied: r.Applied, Head: r.Head, Generation: m.generation, At: m.opts.Now().UnixMilli()}, m.receipt)
	r.Ack = &word
	return r
}

func (m *Memory) replayLogs(book syncproto.BookID) (out []syncproto.ReplayLog) {
	for id, l := range m.live.logs {
		if d := m.live.devices[id.Device]; d != nil && d.book == book {
			out = append(out, m.replayLog(id, l, d))
		}
	}
	slices.SortFunc(out, func(a, b syncproto.ReplayLog) int {
		if c := bytes.Compare(a.Log.Device[:], b.Log.Device[:]); c != 0 {
			return c
		}
		return int(a.Log.Epoch) - int(b.Log.Epoch)
	})
	return out
}

// Time implements synchttp.Portal.
func (m *Memory) Time(_ context.Context, nonce syncproto.RequestID) (syncproto.TimeAnswer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.signTime(nonce), nil
}

func (m *Memory) signTime(nonce syncproto.RequestID) syncproto.TimeAnswer {
	return syncproto.SignTime(syncproto.TimeAnswer{Nonce: nonce, At: m.opts.Now().UnixMilli(), Serial: m.serial}, m.receipt)
}
