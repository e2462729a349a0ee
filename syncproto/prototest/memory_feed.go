package prototest

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"io"
	"slices"
	"sort"
	"time"

	"bendo/syncproto"
)

// publish appends to the commune's feed. Callers hold m.mu.
func (m *Memory) publish(it syncproto.FeedItem) {
	f := &m.live.feed
	f.last++
	it.Pos = f.last
	f.marks = append(f.marks, m.mark())
	if it.Key != "" {
		if old, has := f.keys[it.Key]; has { // the latest wins
			i := sort.Search(len(f.items), func(i int) bool { return f.items[i].Pos >= old })
			f.items = slices.Delete(f.items, i, i+1)
		}
		f.keys[it.Key] = it.Pos
	}
	f.items = append(f.items, it)
	if m.keyless != nil && it.Key == "" {
		m.keyless[it.Kind+" "+string(it.Body)] = true
	}
	m.wake()
}

// mark draws the word of a position; it is never 0.
func (m *Memory) mark() uint64 {
	var b [8]byte
	if _, err := io.ReadFull(m.opts.Random, b[:]); err != nil {
		panic(err) // a test's stream of randomness never ends
	}
	return max(binary.BigEndian.Uint64(b[:]), 1)
}

// markAt is the word of a position; 0 when it was not written yet.
func (f *feed) markAt(pos uint64) uint64 {
	if pos == 0 || pos > uint64(len(f.marks)) {
		return 0
	}
	return f.marks[pos-1]
}

// shared says whether a cursor is of this history. One without a mark is believed.
func (f *feed) shared(c syncproto.Cursor) bool {
	return c.Mark == 0 || c.Pos == 0 || f.markAt(c.Pos) == c.Mark
}

// forgetPages: the feed is another one now.
func (m *Memory) forgetPages() {
	m.pages, m.keyless = map[pageKey]syncproto.SealedPage{}, nil
}

func (m *Memory) wake() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// Publish appends an item (an event of an officer, a directive) to the feed.
func (m *Memory) Publish(it syncproto.FeedItem) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.publish(it)
}

// PublishEvent appends an event that the province wrote.
func (m *Memory) PublishEvent(e syncproto.Event) error {
	body, err := syncproto.EncodeEvent(e)
	if err == nil {
		m.Publish(syncproto.FeedItem{Kind: syncproto.FeedEvent, Body: body})
	}
	return err
}

// waitFeed answers the feed section, after waiting when there is nothing and
// the rest of the answer is nothing either.
func (m *Memory) waitFeed(ctx context.Context, req syncproto.SyncRequest, resp syncproto.SyncResponse, _ *device) (*syncproto.FeedAnswer, error) {
	urgent := resp.Welcome != nil || resp.Ack != nil || len(resp.Problems) > 0 || len(resp.Blobs) > 0
	var timer *time.Timer
	for {
		m.mu.Lock()
		ans, err := m.page(req)
		changed := m.changed
		m.mu.Unlock()
		if err != nil || ans != nil || urgent || req.Feed.WaitS == 0 {
			return ans, err
		}
		if timer == nil {
			timer = time.NewTimer(time.Duration(req.Feed.WaitS) * time.Second)
			defer timer.Stop()
		}
		select {
		case <-changed:
		case <-timer.C:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// page gives the next page beyond the cursor, a reset, or nothing.
func (m *Memory) page(req syncproto.SyncRequest) (*syncproto.FeedAnswer, error) {
	f, ask := &m.live.feed, *req.Feed
	c := ask.Cursor
	// Data goes back only with connections: once for each is enough.
	first := len(req.Hello.Sig) > 0 || req.Hello.Fresh || len(ask.Trail) > 0
	if c.Epoch != f.epoch || c.Pos > f.last || first && !f.shared(c) {
		return &syncproto.FeedAnswer{Reset: m.reset(ask)}, nil
	}
	if c.Pos == f.last {
		return nil, nil
	}
	p := syncproto.FeedPage{Commune: m.opts.Commune, Epoch: f.epoch, From: c.Pos, To: f.last}
	room := 16 << 10
	if ask.MaxBytes > 0 {
		room = min(room, int(ask.MaxBytes))
	}
	more := false
	from := sort.Search(len(f.items), func(i int) bool { return f.items[i].Pos > c.Pos })
	for _, it := range f.items[from:] {
		if room -= len(it.Body) + len(it.Key) + 32; room < 0 && len(p.Items) > 0 {
			more, p.To = true, p.Items[len(p.Items)-1].Pos
			break
		}
		p.Items = append(p.Items, it)
	}
	if m.opts.Bug != GivesNoMarks {
		p.Mark = f.markAt(p.To)
	}
	s, err := m.sealPage(p)
	if err != nil {
		return nil, err
	}
	return &syncproto.FeedAnswer{Page: &s, More: more}, nil
}

// pageKey names a page as long as nobody puts another feed in place: many readers ask for
// the same. Items come at the end and are taken away from between, so between two places
// as many are the same ones.
type pageKey struct {
	epoch, from, to uint64
	items           int
}

// mostPages are kept; few are asked for after a thousand others.
const mostPages = 4096

// sealPage packs and signs a page once for all who read it. Callers hold m.mu.
func (m *Memory) sealPage(p syncproto.FeedPage) (syncproto.SealedPage, error) {
	k := pageKey{p.Epoch, p.From, p.To, len(p.Items)}
	if s, ok := m.pages[k]; ok {
		return s, nil
	}
	s, err := syncproto.SealFeedPage(p, m.receipt, syncproto.DefaultDict())
	if len(m.pages) == mostPages {
		clear(m.pages)
	}
	if err == nil {
		m.pages[k] = s
	}
	return s, err
}

// reset leads a device whose cursor is not in this feed back to the last place both
// share, from where it echoes what this portal signed and lost. The cursor alone is only
// a claim; a new generation begins with the first page that proves it (echo).
func (m *Memory) reset(ask syncproto.FeedAsk) *syncproto.FeedReset {
	f, c := &m.live.feed, ask.Cursor
	r := &syncproto.FeedReset{Cursor: syncproto.Cursor{Epoch: f.epoch}}
	if c.IsZero() {
		return r
	}
	r.EchoEpoch = c.Epoch
	for _, x := range append([]syncproto.Cursor{c}, ask.Trail...) {
		if x.Mark != 0 && x.Pos <= f.last && f.shared(x) {
			r.Cursor.Pos, r.Cursor.Mark, r.EchoAfter = x.Pos, x.Mark, x.Pos
			return r
		}
	}
	if len(ask.Trail) > 0 {
		return r // nothing is shared: from the beginning
	}
	r.Trail = true // until it says more: where the feed stood when the generation began
	ended := f.ended[c.Epoch]
	if c.Epoch >= f.epoch {
		ended = f.last
	}
	r.Cursor.Pos = min(ended, c.Pos)
	r.EchoAfter = r.Cursor.Pos
	return r
}

// echo takes in again what our own key signed and a restore forgot; a page of the present
// history changes nothing. One that is lost and of the present epoch proves a restore that
// nobody told of. Receipts are given again by looking at what is here; directives belong
// to their moment.
func (m *Memory) echo(s syncproto.SealedPage) {
	p, err := syncproto.OpenFeedPage(s, m.PublicKey(), m.dicts, m.opts.Limits)
	if err != nil || p.Commune != m.opts.Commune {
		return
	}
	f := &m.live.feed
	lost := p.To > f.last || p.Mark != 0 && f.markAt(p.To) != p.Mark
	switch {
	case p.Epoch >= f.epoch && !lost:
		return
	case p.Epoch >= f.epoch:
		m.newGeneration(p.Epoch)
	}
	for _, it := range p.Items {
		if it.Kind != syncproto.FeedReceipt && it.Kind != syncproto.FeedDirective && !m.has(it) {
			m.publish(it)
		}
	}
}

func (m *Memory) has(it syncproto.FeedItem) bool {
	if it.Key != "" {
		_, has := m.live.feed.keys[it.Key]
		return has
	}
	if m.keyless == nil {
		m.keyless = map[string]bool{}
		for _, x := range m.live.feed.items {
			if x.Key == "" {
				m.keyless[x.Kind+" "+string(x.Body)] = true
			}
		}
	}
	return m.keyless[it.Kind+" "+string(it.Body)]
}

// NewCode makes an enrolment code that ends after life.
func (m *Memory) NewCode(life time.Duration) (syncproto.Code, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, err := syncproto.NewCode(m.opts.Random, m.authority.Pin())
	if err != nil {
		return c, err
	}
	m.live.codes[c.Secret] = &code{expires: m.opts.Now().Add(life)}
	return c, nil
}

// Enrol implements synchttp.Portal.
func (m *Memory) Enrol(_ context.Context, req syncproto.EnrolRequest) (syncproto.EnrolResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.live.codes[req.Secret]
	switch {
	case c == nil:
		return syncproto.EnrolResponse{}, syncproto.NewProblem(syncproto.Auth, syncproto.CodeEnrolCode, "no such code")
	case c.key != nil && !c.key.Equal(ed25519.PublicKey(req.Key)), c.key != nil && c.answer.Device != req.Device:
		return syncproto.EnrolResponse{}, syncproto.NewProblem(syncproto.Auth, syncproto.CodeEnrolUsed, "the code belongs to another machine")
	case c.key == nil && m.opts.Now().After(c.expires):
		return syncproto.EnrolResponse{}, syncproto.NewProblem(syncproto.Auth, syncproto.CodeEnrolExpired, "the code ended %s", c.expires.UTC().Format(time.RFC3339))
	case c.key == nil && m.live.devices[req.Device] != nil:
		return syncproto.EnrolResponse{}, syncproto.NewProblem(syncproto.Auth, syncproto.CodeEnrolUsed, "the device is enrolled")
	}
	if c.key == nil {
		if err := m.takeIn(c, req); err != nil {
			return syncproto.EnrolResponse{}, err
		}
	}
	ans := c.answer
	ans.Time = m.signTime(req.ID)
	return ans, nil
}

func (m *Memory) takeIn(c *code, req syncproto.EnrolRequest) error {
	book, err := syncproto.NewBookID(m.opts.Random)
	if err != nil {
		return err
	}
	n := len(m.live.devices) + 1
	g := syncproto.SignGrant(syncproto.EpochGrant{Device: req.Device, Book: book, Epoch: 1,
		SlipPrefix: slipPrefix(n), Generation: m.generation, At: m.opts.Now().UnixMilli()}, m.receipt)
	c.key = req.Key
	c.answer = syncproto.SignEnrolResponse(syncproto.EnrolResponse{
		Device: req.Device, Book: book, Grant: g, Commune: m.opts.Commune, Office: m.opts.Office,
		Generation: m.generation, Feed: syncproto.Cursor{Epoch: m.live.feed.epoch},
		Carry: "age1carry", Recovery: "age1recovery", CA: m.authority.CertPEM(),
	}, m.receipt)
	m.live.devices[req.Device] = &device{id: req.Device, book: book, key: req.Key, epoch: 1, grant: g}
	return nil
}

func slipPrefix(n int) string {
	s := []byte("00000")
	for i := 4; i >= 0 && n > 0; i, n = i-1, n/10 {
		s[i] = byte('0' + n%10)
	}
	return string(s)
}
