package bundle

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"

	"bendo/internal/carry"
	"bendo/portal/intake"
	"bendo/portal/store"
	"bendo/syncproto"
)

// Clerk reads sticks and writes answers.
type Clerk struct {
	Intake  *intake.Portal
	Receipt ed25519.PrivateKey // the portal's key; its public half names the province
	// Identities open what offices seal: the carry identity, and the recovery identity when a
	// person brought it from the safe.
	Identities []string
	Aside      string // folder of parts that wait for their predecessor
	Log        *slog.Logger
}

// Report says what a run came to. Nothing in it is personal.
type Report struct {
	Offices  []Office  `json:"offices"`
	Problems []Problem `json:"problems"` // of files that belong to no office we know
}

// Office is what one machine's files on the stick came to.
type Office struct {
	Device   syncproto.DeviceID `json:"device"`
	Commune  string             `json:"commune,omitempty"`
	Office   string             `json:"office,omitempty"`
	Files    int                `json:"files"`          // parts read whole
	Hint     int                `json:"hint,omitempty"` // parts its label says there are
	Serial   uint64             `json:"serial,omitempty"`
	At       int64              `json:"at,omitempty"` // of the newest part, by the office's clock
	Events   int                `json:"events"`       // new here
	Scans    int                `json:"scans"`        // that became complete
	Aside    int                `json:"aside"`        // parts that wait for a predecessor
	Answers  int                `json:"answers"`      // parts written for this office
	Refused  int                `json:"refused"`      // files that were not taken
	Problems []Problem          `json:"problems"`
	state    *syncproto.BundleState
	key      ed25519.PublicKey
	book     syncproto.BookID
	carried  *intake.Carried
}

// Problem is one thing a person should know.
type Problem struct {
	Kind carry.Kind `json:"kind"`
	File string     `json:"file,omitempty"`
	VI   string     `json:"vi"`
	EN   string     `json:"en"`
	err  error
}

func problemOf(p *carry.Problem) Problem {
	vi, en := p.Kind.Text()
	return Problem{p.Kind, p.File, vi, en, p.Err}
}

func (o *Office) wrong(p *carry.Problem) {
	o.Problems = append(o.Problems, problemOf(p))
	switch p.Kind {
	case carry.Gap, carry.Stale, carry.Suspended, carry.Replaced:
	default:
		o.Refused++
	}
}

// Refused counts files of the whole run that were not taken and should have been.
func (r Report) Refused() (n int) {
	for _, o := range r.Offices {
		n += o.Refused
	}
	return n + len(r.Problems)
}

// up are the purposes an office writes.
var up = []syncproto.BundlePurpose{syncproto.BundleUp, syncproto.BundleSecond}

// In takes in everything on a stick, then what had been set aside and may go on now.
func (c *Clerk) In(ctx context.Context, s *carry.Stick) (Report, error) {
	report := Report{Offices: []Office{}, Problems: []Problem{}}
	devices, err := s.Devices()
	if err != nil {
		return report, err
	}
	for _, id := range devices {
		o, found, err := c.office(ctx, s, id)
		if err != nil {
			return report, err
		}
		if !found {
			continue
		}
		if o.state != nil {
			if err := c.take(ctx, s, &o); err != nil {
				return report, err
			}
		}
		report.Offices = append(report.Offices, o)
	}
	return report, nil
}

// office reads the heads of one machine's files and the state of its newest whole part.
func (c *Clerk) office(ctx context.Context, s *carry.Stick, id syncproto.DeviceID) (Office, bool, error) {
	o := Office{Device: id, Problems: []Problem{}}
	parts, refused, err := s.Parts(id, up...)
	if err != nil {
		return o, false, err
	}
	for _, r := range refused {
		o.wrong(r)
	}
	if len(parts) == 0 {
		return o, len(refused) > 0, nil
	}
	if parts[0].Head.Portal != c.fingerprint() {
		o.wrong(carry.Refuse(carry.OtherProvince, "", "%d files are for the portal %s", len(parts), parts[0].Head.Portal))
		return o, true, nil
	}
	d, replaced, err := c.Intake.CarriedDevice(ctx, id)
	if p := syncproto.ProblemOf(err); p != nil {
		kind := carry.Unknown
		if p.Code == syncproto.CodeRevoked {
			kind = carry.Revoked
		}
		o.wrong(carry.Refuse(kind, "", "%d files: %v", len(parts), err))
		return o, true, nil
	}
	if err != nil {
		return o, false, err
	}
	o.describe(d)
	o.Hint = s.GetIndex(id).Files
	switch {
	case replaced:
		o.wrong(carry.Refuse(carry.Replaced, "", "another machine goes on with this book"))
	case d.Status == store.Suspended:
		o.wrong(carry.Refuse(carry.Suspended, "", "the machine is suspended"))
	}
	// The newest part that opens tells where the machine stood; older ones are older.
	for i := len(parts) - 1; i >= 0 && o.state == nil; i-- {
		var st syncproto.BundleState
		_, wrong, err := c.open(s, &o, parts[i], func(rec syncproto.BundleRecord) error {
			if rec.Kind != syncproto.BundleKindState {
				return nil
			}
			return rec.Decode(&st)
		})
		if err != nil {
			return o, false, err
		}
		if wrong == nil && st.Reply != "" {
			o.state = &st
			o.Serial, o.At = parts[i].Head.Serial, parts[i].Head.At
		}
	}
	if o.state == nil { // none opens: say of each why
		for _, part := range parts {
			if _, wrong, err := c.open(s, &o, part, func(syncproto.BundleRecord) error { return nil }); err != nil {
				return o, false, err
			} else if wrong != nil {
				o.wrong(wrong)
			}
		}
	}
	return o, true, nil
}

func (c *Clerk) fingerprint() syncproto.Digest {
	return syncproto.PortalFingerprint(c.Receipt.Public().(ed25519.PublicKey))
}

// open verifies and opens a part. What is wrong with the part is a problem; an error is the
// medium's or take's own.
func (c *Clerk) open(s *carry.Stick, o *Office, part carry.Part, take func(syncproto.BundleRecord) error) ([]byte, *carry.Problem, error) {
	switch {
	case part.Head.Portal != c.fingerprint():
		return nil, carry.Refuse(carry.OtherProvince, part.File, "portal %s", part.Head.Portal), nil
	case part.Head.Verify(o.key) != nil:
		return nil, carry.Refuse(carry.Signature, part.File, "not signed by machine %s", o.Device), nil
	}
	raw, err := s.Load(part)
	if err != nil {
		p := carry.Of(part.File, err)
		if p.Kind.Medium() {
			return nil, nil, p
		}
		return nil, p, nil
	}
	wrong, err := c.unseal(raw, o.key, part.File, take)
	return raw, wrong, err
}

// unseal tries the keys a person gave.
func (c *Clerk) unseal(raw []byte, key ed25519.PublicKey, name string, take func(syncproto.BundleRecord) error) (*carry.Problem, error) {
	var own, err error
	for _, identity := range c.Identities {
		_, err = syncproto.OpenBundle(raw, key, identity, func(r syncproto.BundleRecord) error {
			own = take(r)
			return own
		})
		if !errors.Is(err, syncproto.ErrBundleKey) {
			break
		}
	}
	if own != nil && !errors.Is(own, syncproto.ErrBundleVersion) {
		return nil, own
	}
	return carry.Of(name, err), nil
}

// take feeds the intake, part by part, until nothing more goes on.
func (c *Clerk) take(ctx context.Context, s *carry.Stick, o *Office) (err error) {
	if o.carried, err = c.Intake.Carry(ctx, o.Device, *o.state); err != nil {
		if p := syncproto.ProblemOf(err); p != nil {
			o.wrong(carry.Refuse(carry.Fork, "", "%v", err))
			return nil
		}
		return err
	}
	parts, _, err := s.Parts(o.Device, up...)
	if err != nil {
		return err
	}
	waiting := make([]source, 0, len(parts))
	for _, part := range parts {
		waiting = append(waiting, source{name: part.File, part: &part})
	}
	aside, err := c.aside(o.Device)
	if err != nil {
		return err
	}
	return c.rounds(ctx, s, o, append(waiting, aside...))
}

// source is a part on the stick, or one that was set aside.
type source struct {
	name string
	part *carry.Part // nil: in the folder of those set aside
}

// rounds takes every source; those that lack a predecessor are tried again as long as a round
// brings something that stays: events, a whole scan, or one source less. Bytes of a scan alone
// may begin anew for ever. What is left then is kept aside.
func (c *Clerk) rounds(ctx context.Context, s *carry.Stick, o *Office, sources []source) error {
	for first := true; len(sources) > 0; first = false {
		var gaps []source
		moved := false
		for _, src := range sources {
			t := &taker{o: o}
			raw, wrong, err := c.one(ctx, s, o, src, t)
			if err != nil {
				return err
			}
			if first && wrong == nil && src.part != nil {
				o.Files++
			}
			o.Events, o.Scans = o.Events+t.events, o.Scans+t.scans
			moved = moved || t.moved
			switch {
			case wrong != nil:
				o.wrong(wrong)
			case t.fork != nil:
				o.wrong(&carry.Problem{Kind: carry.Fork, File: src.name, Err: t.fork})
				err = c.keep(o.Device, src, raw, evidence)
			case t.gap != nil:
				gaps = append(gaps, src)
				err = c.keep(o.Device, src, raw, waits)
			default:
				if t.bad != nil {
					o.wrong(&carry.Problem{Kind: carry.Damaged, File: src.name, Err: t.bad})
				}
				err = c.drop(o.Device, src)
			}
			if err != nil {
				return err
			}
		}
		if len(gaps) == 0 || !moved && len(gaps) == len(sources) {
			o.Aside = len(gaps)
			if len(gaps) > 0 {
				o.wrong(carry.Refuse(carry.Gap, gaps[0].name, "%d files wait", len(gaps)))
			}
			break
		}
		sources = gaps
	}
	if o.Files > 0 && o.Events+o.Scans+o.Aside+o.Refused == 0 {
		o.wrong(carry.Refuse(carry.Stale, "", "nothing new"))
	}
	return nil
}

// one takes one source.
func (c *Clerk) one(ctx context.Context, s *carry.Stick, o *Office, src source, t *taker) ([]byte, *carry.Problem, error) {
	take := func(rec syncproto.BundleRecord) error { return t.record(ctx, rec) }
	if src.part != nil {
		return c.open(s, o, *src.part, take)
	}
	raw, err := c.readAside(o.Device, src.name)
	if err != nil {
		return nil, nil, err
	}
	wrong, err := c.unseal(raw, o.key, src.name, take)
	return raw, wrong, err
}

// taker hands the records of one part to the intake.
type taker struct {
	o             *Office
	events, scans int
	moved         bool
	gap, fork     error
	bad           error // bytes that are not the scan the machine signed for
}

// record takes one record. Only a failing store ends the run; what is wrong with the record is
// remembered and the next one is tried.
func (t *taker) record(ctx context.Context, rec syncproto.BundleRecord) (err error) {
	switch rec.Kind {
	case syncproto.BundleKindBatch:
		var b syncproto.BundleBatch
		if err = rec.Decode(&b); err == nil {
			err = t.batch(ctx, b)
		}
	case syncproto.BundleKindPiece:
		var p syncproto.BundlePiece
		if err = rec.Decode(&p); err == nil {
			err = t.piece(ctx, p)
		}
	case syncproto.BundleKindPage:
		var p syncproto.SealedPage
		if err = rec.Decode(&p); err == nil {
			err = t.o.carried.Echo(ctx, p)
		}
	}
	if err == nil {
		return nil
	}
	return t.judge(err)
}

// judge sorts what the intake said.
func (t *taker) judge(err error) error {
	p := syncproto.ProblemOf(err)
	if p == nil {
		return err
	}
	switch {
	case p.Kind == syncproto.Correction && p.Code == syncproto.CodeBlobRestart:
		t.bad = err
	case p.Kind == syncproto.Correction:
		t.gap = err
	case p.Kind == syncproto.Fork:
		t.fork = err
	case p.Kind == syncproto.Version:
		return fmt.Errorf("%w: %w", syncproto.ErrBundleVersion, err)
	default: // a full disk here, a machine revoked in this moment
		return err
	}
	return nil
}

func (t *taker) batch(ctx context.Context, b syncproto.BundleBatch) error {
	fresh, err := t.o.carried.Batch(ctx, b)
	if err != nil {
		return err
	}
	t.events += fresh
	t.moved = t.moved || fresh > 0
	return nil
}

func (t *taker) piece(ctx context.Context, p syncproto.BundlePiece) error {
	_, completed, err := t.o.carried.Piece(ctx, p)
	if err != nil {
		return err
	}
	if completed {
		t.scans, t.moved = t.scans+1, true
	}
	return nil
}
