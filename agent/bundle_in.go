package agent

import (
	"context"
	"errors"
	"fmt"

	"bendo/internal/carry"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// ReturnReport says what a stick brought back. Nothing in it is personal.
type ReturnReport struct {
	Files    int             `json:"files"`    // parts for this office that were read
	Acked    uint64          `json:"acked"`    // events the province signed for, of this log
	Receipts int             `json:"receipts"` // completeness receipts read
	Pages    int             `json:"pages"`    // feed pages that were new
	NewEpoch uint32          `json:"new_epoch,omitempty"`
	New      bool            `json:"new"` // something in the book changed
	Removed  int             `json:"removed"`
	Problems []BundleProblem `json:"problems"`
}

// Refused says that something on the stick was not taken and should have been. What is only old,
// or waits for the next stick, is no refusal.
func (r ReturnReport) Refused() bool {
	for _, p := range r.Problems {
		if k := carry.Kind(p.Kind); k != carry.Stale && k != carry.Gap && k != carry.Echo {
			return true
		}
	}
	return false
}

// returner takes answers into the book, each in a transaction that may be repeated: a crash
// between two leaves the rest to the next run.
type returner struct {
	o      *Office
	id     ledger.Identity
	dicts  syncproto.Dicts
	report ReturnReport

	ack     *syncproto.Ack
	grant   *syncproto.EpochGrant
	replays []syncproto.BundleReplay
	pages   []keptPage
	resets  []syncproto.FeedReset
	answers uint64
}

type keptPage struct {
	page syncproto.FeedPage
	raw  []byte
}

// BundleIn applies what the province answered by stick, exactly as if the line had brought it:
// in any order with the line, once or often. It may run beside a running agent.
func (o *Office) BundleIn(ctx context.Context, s *carry.Stick) (ReturnReport, error) {
	r := &returner{o: o, dicts: syncproto.BuiltinDicts()}
	r.report.Problems = []BundleProblem{}
	var err error
	if r.id, err = o.Book.Identity(ctx); err != nil {
		return r.report, err
	}
	identity, _, err := o.Keys.ReplyIdentity()
	if err != nil {
		return r.report, err
	}
	parts, refused, err := s.Parts(r.id.Device, syncproto.BundleDown)
	if err != nil {
		return r.report, err
	}
	for _, p := range refused {
		r.wrong(p)
	}
	var read []carry.Part
	for _, part := range parts {
		wrong, err := r.part(ctx, s, part, identity)
		if err != nil {
			return r.report, err
		}
		if wrong != nil {
			r.wrong(wrong)
			continue
		}
		r.report.Files++
		read = append(read, part)
	}
	if len(parts)+len(refused) == 0 {
		return r.report, r.nothing(s)
	}
	if err := r.finish(ctx); err != nil {
		return r.report, err
	}
	if len(read) > 0 && !r.report.New {
		r.wrong(carry.Refuse(carry.Stale, "", "nothing new"))
	}
	r.clear(s, read)
	return r.report, nil
}

// nothing says why there is nothing to read: another office's stick, or none of ours.
func (r *returner) nothing(s *carry.Stick) error {
	others, err := s.Devices()
	if err != nil {
		return err
	}
	for _, d := range others {
		if d == r.id.Device {
			return nil // ours, and not answered yet
		}
	}
	for _, d := range others {
		r.wrong(carry.Refuse(carry.OtherOffice, d.String(), "its answers are for another machine"))
	}
	return nil
}

func (r *returner) wrong(p *carry.Problem) {
	r.report.Problems = append(r.report.Problems, bundleProblem(p))
}

// part verifies one part and gathers its records. Receipts count at once; what depends on an
// order waits for finish.
func (r *returner) part(ctx context.Context, s *carry.Stick, part carry.Part, identity string) (*carry.Problem, error) {
	if part.Head.Portal != syncproto.PortalFingerprint(r.id.PortalKey) {
		return carry.Refuse(carry.OtherProvince, part.File, "portal %s", part.Head.Portal), nil
	}
	raw, err := s.Load(part)
	if err != nil {
		p := carry.Of(part.File, err)
		if p.Kind.Medium() {
			return nil, p
		}
		return p, nil
	}
	var local error
	_, err = syncproto.OpenBundle(raw, r.id.PortalKey, identity, func(rec syncproto.BundleRecord) error {
		local = r.record(ctx, rec)
		return local
	})
	if local != nil && !unreadable(local) {
		return nil, local
	}
	if err != nil {
		return carry.Of(part.File, err), nil
	}
	r.answers = max(r.answers, part.Head.Answers)
	return nil, nil
}

// errRecord is a record that a signed part should not hold: of a newer program, or a mistake
// there. It ends this part and no other.
var errRecord = fmt.Errorf("%w: a record", syncproto.ErrBundleVersion)

func unreadable(err error) bool { return errors.Is(err, errRecord) }

func (r *returner) record(ctx context.Context, rec syncproto.BundleRecord) error {
	decode := func(v any) error {
		if err := rec.Decode(v); err != nil {
			return fmt.Errorf("%w: %w", errRecord, err)
		}
		return nil
	}
	switch rec.Kind {
	case syncproto.BundleKindAck:
		var a syncproto.Ack
		if err := decode(&a); err != nil {
			return err
		}
		if a.Log.Device == r.id.Device && a.Log.Epoch == r.id.Epoch && a.Verify(r.id.PortalKey) == nil && newer(r.ack, a) {
			r.ack = &a
		}
	case syncproto.BundleKindReceipt:
		var c syncproto.Receipt
		if err := decode(&c); err != nil {
			return err
		}
		return r.receipt(ctx, c)
	case syncproto.BundleKindPage:
		return r.page(rec.Body)
	case syncproto.BundleKindReset:
		var f syncproto.FeedReset
		if err := decode(&f); err != nil {
			return err
		}
		r.resets = append(r.resets, f)
	case syncproto.BundleKindOrder:
		var d syncproto.Directive
		if err := decode(&d); err != nil {
			return err
		}
		if d.Code == syncproto.DirectiveNewEpoch && d.Grant != nil {
			r.grant = d.Grant
		}
	case syncproto.BundleKindReplay:
		var b syncproto.BundleReplay
		if err := decode(&b); err != nil {
			return err
		}
		r.replays = append(r.replays, b)
	}
	return nil // a kind of a newer portal is stepped over
}

func newer(have *syncproto.Ack, a syncproto.Ack) bool {
	return have == nil || a.Generation > have.Generation || a.Generation == have.Generation && a.Applied > have.Applied
}

func (r *returner) receipt(ctx context.Context, c syncproto.Receipt) error {
	if err := r.o.Book.AddReceipt(ctx, c); err != nil {
		if syncproto.ProblemOf(err) != nil {
			return nil // not signed by this province: it changes nothing
		}
		return err
	}
	r.report.Receipts++
	return nil
}

func (r *returner) page(raw []byte) error {
	sealed, err := syncproto.DecodeSealedPage(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", errRecord, err)
	}
	page, err := syncproto.OpenFeedPage(sealed, r.id.PortalKey, r.dicts, syncproto.Limits{})
	if err != nil {
		return fmt.Errorf("%w: %w", errRecord, err)
	}
	if page.Commune != r.id.CommuneCode {
		return nil
	}
	r.pages = append(r.pages, keptPage{page, raw})
	return nil
}

// finish takes what depends on an order: first the log, then the feed.
func (r *returner) finish(ctx context.Context) error {
	owed, err := r.o.Book.Totals(ctx)
	if err != nil {
		return err
	}
	if err := r.newEpoch(ctx); err != nil {
		return err
	}
	if r.ack != nil && r.report.NewEpoch == 0 {
		if err := r.takeAck(ctx, *r.ack); err != nil {
			return err
		}
	}
	for _, f := range r.resets {
		if err := r.reset(ctx, f); err != nil {
			return err
		}
	}
	for _, p := range r.pages {
		if err := r.takePage(ctx, p); err != nil {
			return err
		}
	}
	left, err := r.o.Book.Totals(ctx)
	if err != nil {
		return err
	}
	r.report.New = r.report.New || left != owed
	return nil
}

func (r *returner) takeAck(ctx context.Context, a syncproto.Ack) error {
	moved, err := r.o.Book.SetAck(ctx, a)
	if errors.Is(err, ledger.ErrFork) {
		// The book has frozen its sending, as it does when the line says so.
		r.wrong(carry.Refuse(carry.Fork, "", "%v", err))
		return nil
	}
	if err != nil {
		return err
	}
	r.report.Acked = a.Applied
	r.report.New = r.report.New || moved
	return nil
}

// newEpoch carries out a grant: what the book lacks of its own log is taken back first, then
// what the portal has not is re-headed, in one transaction.
func (r *returner) newEpoch(ctx context.Context) error {
	g := r.grant
	if g == nil || g.Verify(r.id.Device, r.id.PortalKey) != nil || g.Book != r.id.Book || g.Epoch <= r.id.Epoch {
		return nil
	}
	if err := r.o.Book.Freeze(ctx, syncproto.CodeEpoch); err != nil {
		return err
	}
	for _, b := range r.replays {
		if err := r.takeBack(ctx, b); err != nil {
			return err
		}
	}
	if r.ack != nil {
		if _, err := r.o.Book.SetAck(ctx, *r.ack); err != nil && !errors.Is(err, ledger.ErrFork) {
			return err
		}
	}
	if err := r.o.Book.Regrant(ctx, *g); err != nil {
		return fmt.Errorf("beginning epoch %d: %w", g.Epoch, err)
	}
	r.report.NewEpoch, r.report.New = g.Epoch, true
	return nil
}

func (r *returner) takeBack(ctx context.Context, b syncproto.BundleReplay) error {
	prev, err := r.o.Book.HeadAt(ctx, b.Batch.Log.Epoch, b.Batch.First-1)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil // its stretch was re-headed before, or its predecessor did not come
	}
	if err != nil {
		return err
	}
	events, _, err := syncproto.OpenBatch(b.Batch, prev, b.Log.Key, r.dicts, syncproto.Limits{})
	if err != nil {
		r.wrong(carry.Refuse(carry.Fork, "", "replay from %d: %v", b.Batch.First, err))
		return nil
	}
	_, err = r.o.Book.TakeBack(ctx, b.Log.Log, b.Batch.First, events)
	return err
}

// reset adopts a new epoch of the feed, but never before the pages the portal lost were carried
// back to it: an answered bundle must have held them.
func (r *returner) reset(ctx context.Context, f syncproto.FeedReset) error {
	c, err := r.o.Book.Cursor(ctx)
	if err != nil || c.Epoch >= f.Cursor.Epoch {
		return err // the line was quicker
	}
	state, err := r.o.Book.Carry(ctx)
	if err != nil {
		return err
	}
	if f.EchoEpoch != 0 {
		after := syncproto.Cursor{Epoch: f.EchoEpoch, Pos: f.EchoAfter}
		lost, err := r.o.Book.EchoPages(ctx, after, 1)
		if err != nil {
			return err
		}
		carried := state.EchoSerial != 0 && r.answers >= state.EchoSerial && state.EchoAfter.Epoch == f.EchoEpoch && state.EchoAfter.Pos <= f.EchoAfter
		if len(lost) > 0 && !carried {
			_, err := r.o.Book.ChangeCarry(ctx, func(s ledger.CarryState) ledger.CarryState {
				s.EchoAfter, s.EchoSerial = after, 0
				return s
			})
			r.wrong(carry.Refuse(carry.Echo, "", "the feed ends at %d/%d there", f.EchoEpoch, f.EchoAfter))
			return err
		}
	}
	if err := r.o.Book.ResetFeed(ctx, f.Cursor); err != nil {
		return err
	}
	r.report.New = true
	_, err = r.o.Book.ChangeCarry(ctx, func(s ledger.CarryState) ledger.CarryState {
		s.EchoAfter, s.EchoSerial = syncproto.Cursor{}, 0
		return s
	})
	return err
}

// takePage takes a page that continues the cursor. Of one that the line has overtaken only the
// rest is new: the page was signed whole, so its items may be taken from any of its places on.
func (r *returner) takePage(ctx context.Context, p keptPage) error {
	for range 3 { // a running agent may move the cursor meanwhile
		c, err := r.o.Book.Cursor(ctx)
		if err != nil {
			return err
		}
		page := p.page
		if page.Epoch != c.Epoch || page.To <= c.Pos {
			return nil // known, or of another epoch: the line or another stick was quicker
		}
		if page.From > c.Pos {
			r.wrong(carry.Refuse(carry.Gap, "", "a page from %d, the book has %d", page.From, c.Pos))
			return nil
		}
		if page.From < c.Pos {
			page.From = c.Pos
			items := page.Items[:0:0]
			for _, it := range page.Items {
				if it.Pos > c.Pos {
					items = append(items, it)
				}
			}
			page.Items = items
		}
		_, err = r.o.Book.Receive(ctx, page, p.raw)
		if errors.Is(err, ledger.ErrCursor) {
			continue
		}
		if err != nil {
			return fmt.Errorf("taking what the province answered: %w", err)
		}
		r.report.Pages++
		r.report.New = true
		return nil
	}
	return nil
}

// clear takes answers off the stick that are in the book now. A stick that cannot be written
// any more keeps them; they change nothing a second time.
func (r *returner) clear(s *carry.Stick, read []carry.Part) {
	for _, part := range read {
		if err := s.Remove(part); err != nil {
			r.o.Log.Info("answers stay on the stick", "error", err)
			return
		}
		r.report.Removed++
	}
}
