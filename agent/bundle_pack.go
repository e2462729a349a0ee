package agent

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"bendo/internal/carry"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// packer compares what the province has not signed for with what lies on a stick, and writes
// the rest. It serves the stick somebody carries and the second place alike.
type packer struct {
	o       *Office
	stick   *carry.Stick
	purpose syncproto.BundlePurpose
	known   *shelf // parts verified by an earlier look of this process; nil on a stick
	rest    bool   // leave out scans of submissions that are whole on another stick

	id     ledger.Identity
	key    ed25519.PrivateKey
	reply  string // the age recipient of answers
	log    ledger.LogState
	cursor syncproto.Cursor
	told   syncproto.HoldName   // names the state that every part of this run tells
	from   uint64               // the first event no ack covers
	open   []ledger.BlobState   // scans that are not complete, by submission in the order of filing
	owed   []ledger.Unreceipted // submissions
	parts  []carry.Part         // ours, whole and verified
	events []span               // of the present epoch, on the stick
	pieces map[[16]byte][]span  // bytes of each scan on the stick
	report BundleReport
}

// BundleReport says what a run of bundle out, or a look at the second place, came to. Nothing in
// it is personal.
type BundleReport struct {
	Dossiers int             `json:"dossiers"` // whole on the stick now and not signed for by the province
	Left     int             `json:"left"`     // not signed for and not whole on the stick
	Events   int             `json:"events"`   // written by this run
	Scans    int             `json:"scans"`    // begun or ended by this run
	Bytes    int64           `json:"bytes"`    // of all our files on the stick
	Files    int             `json:"files"`
	Written  int             `json:"written"` // files of this run
	Removed  int             `json:"removed"` // files whose content the province signed for
	Problems []BundleProblem `json:"problems"`

	whole []syncproto.EventID // submissions that are whole on the stick
	alone []ledger.Unreceipted
}

// BundleProblem is one thing a person should know.
type BundleProblem struct {
	Kind string `json:"kind"`
	File string `json:"file,omitempty"`
	VI   string `json:"vi"`
	EN   string `json:"en"`
}

func bundleProblem(p *carry.Problem) BundleProblem {
	vi, en := p.Kind.Text()
	return BundleProblem{string(p.Kind), p.File, vi, en}
}

// pack does the whole round. What lies on the medium is counted also when nothing can be written
// any more: a full stick has useful parts, and so has a locked one.
func (p *packer) pack(ctx context.Context) (BundleReport, error) {
	p.report.Problems = []BundleProblem{}
	if err := p.look(ctx); err != nil {
		return p.report, err
	}
	failed := p.stick.Prepare(p.id.Device, p.purpose)
	if carry.KindOf(failed) == carry.Gone {
		return p.report, failed
	}
	if err := p.cover(ctx, failed != nil); err != nil {
		return p.report, err
	}
	if failed == nil {
		failed = p.tidy(ctx) // first: it gives a full stick room
	}
	if failed == nil {
		failed = p.write(ctx)
	}
	if failed != nil && carry.KindOf(failed) == "" {
		return p.report, failed // the book, not the stick
	}
	p.count()
	for _, part := range p.parts {
		p.report.Files, p.report.Bytes = p.report.Files+1, p.report.Bytes+part.Head.Size()
	}
	return p.report, failed
}

// look reads what is owed. The list of submissions is read first: what is filed meanwhile is in
// the later lists at most, and so never counted as copied when it was not.
func (p *packer) look(ctx context.Context) (err error) {
	if p.id, err = p.o.Book.Identity(ctx); err != nil {
		return err
	}
	if len(p.id.Carry) == 0 {
		return errors.New("the province gave this machine no key to seal bundles to; it must be enrolled anew")
	}
	if p.key, err = p.o.Keys.EnrolledDeviceKey(); err != nil {
		return err
	}
	if _, p.reply, err = p.o.Keys.ReplyIdentity(); err != nil {
		return err
	}
	if p.owed, err = p.o.Book.Unreceipted(ctx); err != nil {
		return err
	}
	if p.log, err = p.o.Book.LogState(ctx); err != nil {
		return err
	}
	if p.cursor, err = p.o.Book.Cursor(ctx); err != nil {
		return err
	}
	copy(p.told[:], p.o.Keys.Index("carry-state", fmt.Sprint(p.log.Log.Epoch, p.log.Next, p.log.Generation, p.log.Acked, p.cursor, p.reply)))
	p.from = 1
	if p.log.Generation == p.id.Generation {
		p.from = p.log.Acked + 1
	}
	return p.lookAtScans(ctx)
}

func (p *packer) lookAtScans(ctx context.Context) error {
	order, elsewhere := map[syncproto.EventID]int{}, map[syncproto.EventID]bool{}
	for i, u := range p.owed {
		order[u.Event] = i
		elsewhere[u.Event] = p.rest && u.USB > 0
	}
	for after := (syncproto.BlobKey{}); ; {
		page, err := p.o.Book.Blobs(ctx, after, 500)
		if err != nil {
			return err
		}
		for _, b := range page {
			if !b.Complete && !elsewhere[b.Event] {
				p.open = append(p.open, b)
			}
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].Key
	}
	// One dossier is whole before the next begins: a stick that is full too early then has
	// dossiers, not pieces.
	slices.SortStableFunc(p.open, func(a, b ledger.BlobState) int {
		i, oka := order[a.Event]
		j, okb := order[b.Event]
		if !oka {
			i = len(p.owed)
		}
		if !okb {
			j = len(p.owed)
		}
		return i - j
	})
	return nil
}

// cover finds what of it lies on the stick already. A part of ours that is damaged is taken
// away, because it will be written again; one that this book cannot have written stays.
func (p *packer) cover(ctx context.Context, locked bool) error {
	parts, refused, err := p.stick.Parts(p.id.Device, p.purpose)
	if err != nil {
		return err
	}
	for _, r := range refused {
		p.report.Problems = append(p.report.Problems, bundleProblem(r))
		if r.Kind == carry.Damaged && !locked {
			if err := p.stick.Remove(carry.Part{File: r.File}); err != nil {
				return err
			}
		}
	}
	p.pieces = map[[16]byte][]span{}
	for _, part := range parts {
		wrong, err := p.judge(ctx, part)
		if err != nil {
			return err
		}
		switch {
		case wrong == nil:
			p.take(part)
		default:
			p.report.Problems = append(p.report.Problems, bundleProblem(wrong))
			if wrong.Kind == carry.Damaged && !locked {
				if err := p.stick.Remove(part); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// judge says what is wrong with a part that has our name on it; nil when it counts.
func (p *packer) judge(ctx context.Context, part carry.Part) (*carry.Problem, error) {
	h := part.Head
	switch {
	case h.Portal != syncproto.PortalFingerprint(p.id.PortalKey):
		return carry.Refuse(carry.OtherProvince, part.File, "portal %s", h.Portal), nil
	case h.Verify(p.key.Public().(ed25519.PublicKey)) != nil:
		return carry.Refuse(carry.Signature, part.File, "not signed by this machine"), nil
	}
	if !p.known.has(part) {
		if _, err := p.stick.Load(part); err != nil {
			k := carry.Of(part.File, err)
			if k.Kind.Medium() {
				return nil, k
			}
			return k, nil
		}
		p.known.add(part)
	}
	if h.Last == 0 {
		return nil, nil
	}
	head, err := p.o.Book.HeadAt(ctx, h.Epoch, h.Last)
	switch {
	case errors.Is(err, ledger.ErrNotFound) && h.Epoch < p.log.Log.Epoch:
		// Moved to a later epoch, or lost with a restored disk: nobody here can tell, so it stays.
		return carry.Refuse(carry.Stale, part.File, "its events stand in a later epoch"), nil
	case errors.Is(err, ledger.ErrNotFound) || err == nil && head != h.Head:
		// This book was restored to before the part was written: the stick may hold the only copy.
		return carry.Refuse(carry.Ahead, part.File, "events %d to %d of epoch %d are not in this book", h.First, h.Last, h.Epoch), nil
	}
	return nil, err
}

// take counts a part that is whole on the stick.
func (p *packer) take(part carry.Part) {
	p.parts = append(p.parts, part)
	h := part.Head
	if h.Last > 0 && h.Epoch == p.log.Log.Epoch {
		p.events = join(p.events, span{int64(h.First), int64(h.Last) + 1})
	}
	for _, hold := range h.Holds {
		p.pieces[hold.Name] = join(p.pieces[hold.Name], span{hold.Off, hold.Off + hold.Len})
	}
}

// hold is the office's own name for a scan, under a key nobody else has.
func (p *packer) hold(key syncproto.BlobKey) (name syncproto.HoldName) {
	raw, err := hex.DecodeString(p.o.Keys.Name(key.Dossier, key.SHA256)[:2*len(name)])
	if err != nil {
		panic(err) // Name is 64 hex digits by its contract
	}
	copy(name[:], raw)
	return name
}

// count says which submissions are whole on the stick.
func (p *packer) count() {
	lacking := map[syncproto.EventID]bool{}
	for _, b := range p.open {
		if missing(p.pieces[p.hold(b.Key)], span{0, b.Length}) != nil {
			lacking[b.Event] = true
		}
	}
	whole, alone := map[syncproto.DossierID]bool{}, map[syncproto.DossierID]bool{}
	for _, u := range p.owed {
		at := span{int64(u.Seq), int64(u.Seq) + 1}
		there := u.Left || u.Epoch == p.log.Log.Epoch && missing(p.events, at) == nil
		if there && !lacking[u.Event] {
			p.report.whole = append(p.report.whole, u.Event)
			whole[u.Dossier] = true
		} else {
			p.report.alone = append(p.report.alone, u)
			alone[u.Dossier] = true
		}
	}
	for id := range alone {
		delete(whole, id)
	}
	p.report.Dossiers, p.report.Left = len(whole), len(alone)
}

// tidy takes away parts the province has signed for, every event and every scan of them, and
// those that only told where the office stood before.
func (p *packer) tidy(ctx context.Context) error {
	var done map[syncproto.HoldName]bool
	keep := p.parts[:0]
	for _, part := range p.parts {
		h := part.Head
		acked := h.Last == 0 || h.Epoch == p.log.Log.Epoch && h.Last < p.from || h.Epoch < p.log.Log.Epoch
		if !acked || h.Last == 0 && len(h.Holds) == 0 && h.State == p.told {
			keep = append(keep, part)
			continue
		}
		if len(h.Holds) > 0 && done == nil {
			var err error
			if done, err = p.complete(ctx); err != nil {
				return err
			}
		}
		if slices.ContainsFunc(h.Holds, func(x syncproto.BundleHold) bool { return !done[x.Name] }) {
			keep = append(keep, part)
			continue
		}
		if err := p.stick.Remove(part); err != nil {
			return err
		}
		p.report.Removed++
	}
	p.parts = keep
	return nil
}

// complete names every scan the province has signed for.
func (p *packer) complete(ctx context.Context) (map[syncproto.HoldName]bool, error) {
	done := map[syncproto.HoldName]bool{}
	for after := (syncproto.BlobKey{}); ; {
		page, err := p.o.Book.Blobs(ctx, after, 500)
		if err != nil || len(page) == 0 {
			return done, err
		}
		for _, b := range page {
			if b.Complete {
				done[p.hold(b.Key)] = true
			}
		}
		after = page[len(page)-1].Key
	}
}

// shelf remembers which parts were read whole, so that a second place is not read from end to
// end at every look. It forgets when the medium was away.
type shelf struct{ seen map[string]syncproto.Digest }

func (s *shelf) has(p carry.Part) bool {
	return s != nil && s.seen[p.File] == p.Head.Body && !p.Head.Body.IsZero()
}

func (s *shelf) add(p carry.Part) {
	if s != nil {
		s.seen[p.File] = p.Head.Body
	}
}

// span is a half-open stretch.
type span struct{ from, to int64 }

// join adds a stretch to sorted ones that do not touch.
func join(list []span, s span) []span {
	out := make([]span, 0, len(list)+1)
	for _, x := range list {
		switch {
		case x.to < s.from:
			out = append(out, x)
		case s.to < x.from:
			out, s = append(out, s), x
		default:
			s = span{min(x.from, s.from), max(x.to, s.to)}
		}
	}
	return append(out, s)
}

// missing lists what of want is in none of them.
func missing(have []span, want span) (gaps []span) {
	for _, x := range have {
		if x.to <= want.from || x.from >= want.to {
			continue
		}
		if x.from > want.from {
			gaps = append(gaps, span{want.from, x.from})
		}
		want.from = max(want.from, x.to)
	}
	if want.from < want.to {
		gaps = append(gaps, want)
	}
	return gaps
}

func (p *packer) String() string { return fmt.Sprintf("bundle of %s", p.id.Device) }
