// Package prototest is what every portal must pass: a suite that speaks the road
// to a portal and checks its promises one by one (the I-numbers of PROTOCOL.md),
// and Memory, a reference portal that keeps everything in memory.
//
// It promises: the suite knows nothing of how a portal stores; it uses the road
// only, so it runs against a handler in a test as well as against an address. It
// catches each planted bug of Memory, and a test proves that.
//
// It refuses to judge cargo: payloads are samples, outcomes are only counted.
//
// A power cut is played with Target.Restart; what Memory keeps does not outlive
// the process.
package prototest

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// Bug plants a mistake into Memory, so that the suite can prove that it looks.
type Bug int

const (
	NoBug Bug = iota
	// AckBeforeStoring answers first and stores later: a restart loses what was
	// acknowledged.
	AckBeforeStoring
	// ForgetsOnRestart keeps enrolments over a restart, and nothing else.
	ForgetsOnRestart
	// CompletesOnEOF takes the end of a body for the end of a blob.
	CompletesOnEOF
	// TakesGaps stores a batch that does not follow.
	TakesGaps
	// Overwrites lets other bytes replace a stored event.
	Overwrites
	// SkipsDigest completes a blob by length alone.
	SkipsDigest
	// DropsPoison refuses a batch with a payload it cannot read.
	DropsPoison
	// ReceiptTooEarly gives the receipt of completeness with the event.
	ReceiptTooEarly
	// AnyHello does not look at the hello's signature.
	AnyHello
	// LetsGhostsWrite keeps the blob with the oldest session.
	LetsGhostsWrite
	// GivesNoMarks does not say which history of the feed a page is of.
	GivesNoMarks
)

var bugNames = [...]string{"has no bug", "acknowledges before storing", "forgets on restart", "completes on end of file",
	"takes gaps", "overwrites", "skips the digest", "drops poison", "gives receipts too early", "takes any hello", "lets ghosts write", "gives no marks"}

func (b Bug) String() string { return bugNames[b] }

// MemoryOptions configure a Memory. Now and Random make it reproducible.
type MemoryOptions struct {
	Now     func() time.Time // nil: time.Now
	Random  io.Reader        // nil: a fixed stream; fine for tests, useless as a secret
	Commune string           // code of the only commune; "" means "00000"
	Office  string
	Bug     Bug
	Limits  syncproto.Limits
}

// Memory is a portal in memory: complete as far as the road sees, with the
// simplest cargo (every event is accepted, every payload that is not JSON gets
// the outcome undecodable). Safe for many goroutines.
type Memory struct {
	opts      MemoryOptions
	authority *synchttp.Authority
	receipt   ed25519.PrivateKey
	dicts     syncproto.Dicts

	mu         sync.Mutex // guards everything below
	live       *state
	disk       *state // what a restart finds, kept only for planted bugs
	session    syncproto.SessionKey
	generation uint64
	serial     uint64
	changed    chan struct{} // closed when the feed grows
	requests   uint64
	pages      map[pageKey]syncproto.SealedPage // some of those sealed
	keyless    map[string]bool                  // kinds and bodies of items without a key; nil: look
	issued     map[string]issued                // session tokens, since the key was drawn
}

// state is what a portal would keep on disk.
type state struct {
	devices map[syncproto.DeviceID]*device
	codes   map[uint64]*code
	logs    map[syncproto.LogID]*deviceLog
	blobs   map[syncproto.BlobKey]*blob
	named   map[syncproto.BlobKey][]place            // the events that name a blob
	same    map[syncproto.Digest][]syncproto.BlobKey // blobs of the same bytes
	ids     map[syncproto.EventID]syncproto.Digest
	objects map[syncproto.Digest][]byte
	feed    feed
}

type device struct {
	id          syncproto.DeviceID
	book        syncproto.BookID
	key         ed25519.PublicKey
	revoked     bool
	epoch       uint32
	count       uint64 // highest hello count
	blobSession uint64
	boots       []syncproto.BootID // in order of appearance
	grant       syncproto.EpochGrant
}

type code struct {
	expires time.Time
	key     ed25519.PublicKey // empty: not used yet
	answer  syncproto.EnrolResponse
}

type deviceLog struct {
	events  []syncproto.Event
	heads   []syncproto.Digest // heads[i] after seq i; heads[0] is ChainStart
	batches []syncproto.Batch  // as they were signed
}

// place is where an event stands.
type place struct {
	log syncproto.LogID
	seq uint64
}

type blob struct {
	book     syncproto.BookID
	length   int64
	data     []byte
	complete bool
	session  uint64
}

type feed struct {
	epoch uint64
	items []syncproto.FeedItem
	keys  map[string]uint64 // key → position of its item
	last  uint64
	marks []uint64          // the word of each position, from 1; drawn when it is written
	ended map[uint64]uint64 // epoch → its last position
}

// NewMemory makes an empty portal.
func NewMemory(o MemoryOptions) (*Memory, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = newStream("memory portal")
	}
	if o.Commune == "" {
		o.Commune, o.Office = "00000", "Ủy ban nhân dân xã Thử"
	}
	m := &Memory{opts: o, dicts: syncproto.BuiltinDicts(), changed: make(chan struct{}), serial: 1, pages: map[pageKey]syncproto.SealedPage{}}
	var err error
	if m.authority, err = synchttp.NewAuthority("Bến Đò test CA", o.Now()); err != nil {
		return nil, err
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(o.Random, seed); err != nil {
		return nil, err
	}
	m.receipt = ed25519.NewKeyFromSeed(seed)
	m.drawSession()
	m.generation = uint64(o.Now().UnixMilli())
	m.live = &state{
		devices: map[syncproto.DeviceID]*device{}, codes: map[uint64]*code{},
		logs: map[syncproto.LogID]*deviceLog{}, blobs: map[syncproto.BlobKey]*blob{},
		named: map[syncproto.BlobKey][]place{}, same: map[syncproto.Digest][]syncproto.BlobKey{},
		ids: map[syncproto.EventID]syncproto.Digest{}, objects: map[syncproto.Digest][]byte{},
		feed: feed{epoch: 1, keys: map[string]uint64{}, ended: map[uint64]uint64{}},
	}
	return m, nil
}

// Authority is the CA whose pin the codes carry.
func (m *Memory) Authority() *synchttp.Authority { return m.authority }

// PublicKey verifies acks, receipts, pages and times.
func (m *Memory) PublicKey() ed25519.PublicKey { return m.receipt.Public().(ed25519.PublicKey) }

// Generation is the portal's generation now.
func (m *Memory) Generation() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.generation
}

// Restart plays the end and the new start of the portal's process. Sessions end;
// what was stored stays, unless a bug is planted.
func (m *Memory) Restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.opts.Bug {
	case AckBeforeStoring:
		if m.disk != nil {
			m.live, m.disk = m.disk, nil
			m.forgetPages()
		}
	case ForgetsOnRestart:
		m.live.logs, m.live.blobs = map[syncproto.LogID]*deviceLog{}, map[syncproto.BlobKey]*blob{}
	}
	m.drawSession()
	m.wake()
}

func (m *Memory) drawSession() {
	m.issued = map[string]issued{}
	if _, err := io.ReadFull(m.opts.Random, m.session[:]); err != nil {
		panic(err) // a test's stream of randomness never ends
	}
}

// Snapshot is a backup of the portal.
type Snapshot struct {
	s          *state
	generation uint64
}

// Snapshot takes a backup.
func (m *Memory) Snapshot() Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Snapshot{m.live.clone(), m.generation}
}

// Restore plays `portal restore`: an older state, a new generation, and a new
// epoch of the feed before anything is written to it, because positions beyond
// the backup's end may already have been given to others.
func (m *Memory) Restore(b Snapshot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live = b.s.clone()
	m.forgetPages()
	m.newGeneration(0)
	m.drawSession()
	m.wake()
}

// Swap puts an older state in place without telling the portal: a disk image or a
// database copied back by hand instead of `portal restore`. The generation goes back with
// it, and positions of the feed are given out again.
func (m *Memory) Swap(b Snapshot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live, m.generation = b.s.clone(), b.generation
	m.forgetPages()
	m.drawSession()
	m.wake()
}

func (m *Memory) nextGeneration() {
	m.generation = max(m.generation+1, uint64(m.opts.Now().UnixMilli()))
}

// newGeneration makes every earlier receipt worth nothing until it is signed anew, which
// happens at once for what is complete here, and begins a feed epoch of the same number:
// both always rise, also over several restores from one backup. least is a generation
// that somebody has seen.
func (m *Memory) newGeneration(least uint64) {
	f := &m.live.feed
	f.ended[f.epoch] = f.last
	m.generation = max(m.generation, least)
	m.nextGeneration()
	f.epoch = m.generation
	m.forgetPages()
	m.resign()
}

func (m *Memory) resign() {
	for _, l := range m.sortedLogs() {
		for _, e := range l.events {
			m.maybeReceipt(e)
		}
	}
}

// sortedLogs: what is written to the feed has one order, or no run could be replayed.
func (m *Memory) sortedLogs() []*deviceLog {
	ids := slices.SortedFunc(maps.Keys(m.live.logs), compareLogs)
	out := make([]*deviceLog, len(ids))
	for i, id := range ids {
		out[i] = m.live.logs[id]
	}
	return out
}

func compareLogs(a, b syncproto.LogID) int {
	return cmp.Or(bytes.Compare(a.Device[:], b.Device[:]), cmp.Compare(a.Epoch, b.Epoch))
}

// Revoke makes the portal refuse a device.
func (m *Memory) Revoke(id syncproto.DeviceID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d := m.live.devices[id]; d != nil {
		d.revoked = true
	}
}

// SetTimeSerial raises the serial under which times are signed.
func (m *Memory) SetTimeSerial(n uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.serial = n
}

// Grant gives a device its next epoch, as IT does after a fork; the grant goes
// into the feed as a directive and is returned.
func (m *Memory) Grant(id syncproto.DeviceID, slipPrefix string) (syncproto.EpochGrant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.live.devices[id]
	if d == nil {
		return syncproto.EpochGrant{}, errors.New("no such device")
	}
	d.epoch++
	d.grant = syncproto.SignGrant(syncproto.EpochGrant{Device: id, Book: d.book, Epoch: d.epoch, SlipPrefix: slipPrefix,
		Generation: m.generation, At: m.opts.Now().UnixMilli()}, m.receipt)
	body, err := syncproto.EncodeDirective(syncproto.Directive{Code: syncproto.DirectiveNewEpoch, Grant: &d.grant})
	if err != nil {
		return syncproto.EpochGrant{}, err
	}
	m.publish(syncproto.FeedItem{Kind: syncproto.FeedDirective, Key: "directive:new_epoch:" + id.String(), Body: body})
	return d.grant, nil
}

// Events gives a copy of what is stored of a log, in order.
func (m *Memory) Events(id syncproto.LogID) []syncproto.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.live.logs[id]; l != nil {
		return slices.Clone(l.events)
	}
	return nil
}

// Epoch is the epoch of a device as the portal knows it.
func (m *Memory) Epoch(id syncproto.DeviceID) uint32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d := m.live.devices[id]; d != nil {
		return d.epoch
	}
	return 0
}

// Head gives how many events of a log are stored, and the head after them.
func (m *Memory) Head(id syncproto.LogID) (applied uint64, head syncproto.Digest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.live.logs[id]
	if l == nil {
		return 0, syncproto.ChainStart(id)
	}
	return uint64(len(l.events)), l.heads[len(l.heads)-1]
}

// HeadAt gives the head after a stored seq; false: it is not stored.
func (m *Memory) HeadAt(id syncproto.LogID, seq uint64) (syncproto.Digest, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.live.logs[id]
	switch {
	case l == nil:
		return syncproto.ChainStart(id), seq == 0
	case seq >= uint64(len(l.heads)):
		return syncproto.Digest{}, false
	}
	return l.heads[seq], true
}

// FeedEnd is the place of the newest item of the feed.
func (m *Memory) FeedEnd() syncproto.Cursor {
	m.mu.Lock()
	defer m.mu.Unlock()
	return syncproto.Cursor{Epoch: m.live.feed.epoch, Pos: m.live.feed.last}
}

// Complete says how much of a blob is stored and whether it is complete.
func (m *Memory) Complete(k syncproto.BlobKey) (off int64, complete bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.live.blobs[k]; b != nil {
		return int64(len(b.data)), b.complete
	}
	return 0, false
}

// Blob gives the stored bytes of a blob and whether it is complete.
func (m *Memory) Blob(k syncproto.BlobKey) (data []byte, complete bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.live.blobs[k]; b != nil {
		return slices.Clone(b.data), b.complete
	}
	return nil, false
}

// Requests counts the calls of Sync so far.
func (m *Memory) Requests() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.requests
}

func clonePtrs[K comparable, V any](in map[K]*V, deep func(*V)) map[K]*V {
	out := make(map[K]*V, len(in))
	for k, v := range in {
		c := *v
		deep(&c)
		out[k] = &c
	}
	return out
}

func cloneLists[K comparable, V any](in map[K][]V) map[K][]V {
	out := make(map[K][]V, len(in))
	for k, list := range in {
		out[k] = slices.Clip(list) // they only grow
	}
	return out
}

func (s *state) clone() *state {
	return &state{
		devices: clonePtrs(s.devices, func(d *device) { d.boots = slices.Clone(d.boots) }),
		codes:   clonePtrs(s.codes, func(*code) {}),
		logs: clonePtrs(s.logs, func(l *deviceLog) {
			l.events, l.heads, l.batches = slices.Clone(l.events), slices.Clone(l.heads), slices.Clone(l.batches)
		}),
		blobs:   clonePtrs(s.blobs, func(b *blob) { b.data = slices.Clone(b.data) }),
		named:   cloneLists(s.named),
		same:    cloneLists(s.same),
		ids:     maps.Clone(s.ids),
		objects: maps.Clone(s.objects),
		feed: feed{epoch: s.feed.epoch, items: slices.Clone(s.feed.items), keys: maps.Clone(s.feed.keys), last: s.feed.last, marks: slices.Clip(s.feed.marks),
			ended: maps.Clone(s.feed.ended)},
	}
}
