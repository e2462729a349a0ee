package journal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"bendo/syncproto"
)

// Options of Verify. The zero value is right.
type Options struct {
	// Portal is the province's public key as the checker knows it; empty: the one in the file is
	// believed, and the report shows it for comparison.
	Portal ed25519.PublicKey
	// Act computes the digest of a line of the journal of acts from the line before and its own
	// fields. A file with acts is refused without it.
	Act func(before []byte, a Act) []byte
	// Say is told what is worth a word though nothing is wrong (an erased event); nil: nobody.
	Say func(text string)
}

// Report is what a whole, right file holds.
type Report struct {
	Head Head
	End  End
	// Unconfirmed counts the events that no countersigned head covers: the province has not said
	// that it has them.
	Unconfirmed uint64
}

// recent is how many chain heads behind the present one are kept: a span has at most 256 events.
const recent = 257

// verifier is a file being checked.
type verifier struct {
	lines *lines
	o     Options
	head  Head
	seen  End
	ended bool
	end   chain // behind the end record

	log    *Log
	seq    uint64
	heads  map[uint64]syncproto.Digest // of the last seqs
	event  *Event
	signed uint64 // the last seq a span covers
	acked  uint64
	open   uint64 // events of earlier logs without a countersigned head
	act    []byte
	acted  int64
	office string
}

// Verify checks a journal. The error is a *Wrong when the file is, and another one when it could
// not be read.
func Verify(r io.Reader, o Options) (Report, error) {
	if o.Say == nil {
		o.Say = func(string) {}
	}
	v := &verifier{lines: newLines(r), o: o}
	for done := false; ; {
		body, err := v.lines.read()
		if w := (*Wrong)(nil); errors.As(err, &w) {
			if w.What == "line" {
				w.What = v.where()
			}
			return Report{}, w
		}
		if err != nil {
			return Report{}, err
		}
		switch {
		case body == nil && !done:
			return Report{}, v.wrong(v.lines.at, v.where(), "the file ends before its last line")
		case body == nil:
			return Report{Head: v.head, End: v.seen, Unconfirmed: v.open + v.seq - v.acked}, nil
		case done:
			return Report{}, v.wrong(v.lines.start, "behind the signature", "something follows the last line")
		}
		if done, err = v.take(body); err != nil {
			return Report{}, err
		}
	}
}

// where names the place behind the record that was read last.
func (v *verifier) where() string {
	switch {
	case v.lines.n <= 1:
		return "the first record"
	case v.ended:
		return "the signature"
	case v.act != nil:
		return fmt.Sprintf("behind act %d of office %s", v.acted, v.office)
	case v.log == nil:
		return "behind the first record"
	}
	return fmt.Sprintf("behind event %d of %s", v.seq, v.log.Log)
}

func (v *verifier) wrong(at int64, what, why string, args ...any) *Wrong {
	return &Wrong{Offset: at, Line: v.lines.n, What: what, Why: fmt.Sprintf(why, args...)}
}

// take checks one record; done says that it was the signature.
func (v *verifier) take(body []byte) (done bool, err error) {
	var r record
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return false, v.wrong(v.lines.start, v.where(), "the record cannot be read: %v", err)
	}
	// One form per record: what reads the same must be the same bytes.
	if again, err := json.Marshal(r); err != nil || !bytes.Equal(again, body) {
		return false, v.wrong(v.lines.start, v.where(), "the record is not in the form this program writes")
	}
	what, why := v.judge(r)
	if why != nil {
		return false, v.wrong(v.lines.start, what, "%v", why)
	}
	if r.End == nil {
		v.seen.count(r)
	}
	return r.Signature != nil, nil
}

// judge says what the record is and what is wrong with it.
func (v *verifier) judge(r record) (what string, err error) {
	if first := v.lines.n == 1; first || r.Journal != nil {
		if !first || r.Journal == nil {
			return "the first record", errors.New("a journal begins with its head, once")
		}
		return "the first record", v.begin(*r.Journal)
	}
	if v.ended != (r.Signature != nil) {
		return v.where(), errors.New("the end is followed by its signature and nothing else")
	}
	switch {
	case r.Signature != nil:
		return "the signature", v.signature(*r.Signature)
	case r.End != nil:
		return "the end", v.finish(*r.End)
	case r.Act != nil:
		return fmt.Sprintf("act %d of office %s", r.Act.N, r.Act.Office), v.acts(*r.Act)
	case v.act != nil:
		return v.where(), errors.New("acts come last")
	case r.Log != nil:
		return "log " + r.Log.Log.String(), v.begins(*r.Log)
	case v.log == nil:
		return v.where(), errors.New("a record outside a log")
	}
	return v.inLog(r)
}

func (v *verifier) inLog(r record) (what string, err error) {
	of := " of " + v.log.Log.String()
	switch {
	case r.Event != nil:
		return fmt.Sprintf("event %d%s", r.Event.Seq, of), v.chained(*r.Event)
	case r.Span != nil:
		return fmt.Sprintf("signature over events %d to %d%s", r.Span.First, r.Span.Last(), of), v.span(*r.Span)
	case r.Ack != nil:
		return fmt.Sprintf("countersigned head after event %d%s", r.Ack.Applied, of), v.ack(*r.Ack)
	case r.Receipt != nil:
		return fmt.Sprintf("receipt of event %d%s", r.Receipt.Seq, of), v.receipt(*r.Receipt)
	case r.Gap != nil:
		return fmt.Sprintf("gap from event %d%s", r.Gap.From, of), v.gap(*r.Gap)
	}
	return v.where(), errors.New("an empty record")
}

func (v *verifier) begin(h Head) error {
	if err := h.check(); err != nil {
		return err
	}
	if len(v.o.Portal) > 0 && !bytes.Equal(v.o.Portal, h.PortalKey) {
		return errors.New("the file names another province's key than the one to check with")
	}
	v.head = h
	return nil
}

func (v *verifier) begins(l Log) error {
	if err := v.allSigned(); err != nil {
		return err
	}
	if l.Log.Device != v.head.Device || l.Log.Epoch == 0 || v.log != nil && l.Log.Epoch <= v.log.Log.Epoch {
		return errors.New("not a later log of this machine")
	}
	if g := l.Grant; g != nil {
		if err := g.Verify(v.head.Device, v.head.PortalKey); err != nil {
			return err
		}
		if g.Book != v.head.Book || g.Epoch != l.Log.Epoch {
			return errors.New("the grant is for another book or epoch")
		}
	}
	v.open += v.seq - v.acked
	v.log, v.seq, v.signed, v.acked, v.event = &l, 0, 0, 0, nil
	v.heads = map[uint64]syncproto.Digest{0: syncproto.ChainStart(l.Log)}
	return nil
}

// allSigned: every event of a log is under a signature of the machine.
func (v *verifier) allSigned() error {
	if v.log != nil && v.signed < v.seq {
		return fmt.Errorf("events %d to %d of %s are not signed by the machine", v.signed+1, v.seq, v.log.Log)
	}
	return nil
}

func (v *verifier) finish(e End) error {
	if err := v.allSigned(); err != nil {
		return err
	}
	if e != v.seen {
		return fmt.Errorf("it counts %+v, the file holds %+v", e, v.seen)
	}
	v.ended, v.end = true, v.lines.chain
	return nil
}

func (v *verifier) signature(s Signature) error {
	key := v.head.DeviceKey
	if v.head.By == ByPortal {
		key = v.head.PortalKey
	}
	if !ed25519.Verify(key, append([]byte(tagEnd), v.end[:]...), s.Sig) {
		return errors.New("the exporter's signature does not verify: the file was written by somebody else")
	}
	return nil
}

func (v *verifier) acts(a Act) error {
	if v.o.Act == nil {
		return errors.New("this program cannot check acts")
	}
	if v.act == nil {
		v.act, v.office = []byte{}, a.Office
	}
	if a.Office != v.office || a.N != v.acted+1 {
		return fmt.Errorf("act %d of office %s is missing", v.acted+1, v.office)
	}
	if !bytes.Equal(a.Digest, v.o.Act(v.act, a)) {
		return errors.New("it does not follow from the line before it: it or an earlier one was changed")
	}
	v.act, v.acted = a.Digest, a.N
	return nil
}
