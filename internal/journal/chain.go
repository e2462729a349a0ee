package journal

import (
	"errors"
	"fmt"
	"time"

	"bendo/syncproto"
)

// chained checks an event and lets the chain go on over it.
func (v *verifier) chained(e Event) error {
	if e.Seq != v.seq+1 {
		return fmt.Errorf("event %d is missing", v.seq+1)
	}
	if e.Damaged != "" {
		return fmt.Errorf("the exporter's own copy is damaged: %s", e.Damaged)
	}
	if err := v.content(e); err != nil {
		return err
	}
	if e.Erased {
		v.o.Say(fmt.Sprintf("event %d of %s: erased; the chain leads through it", e.Seq, v.log.Log))
	}
	v.step(e.Seq, syncproto.ChainNext(v.heads[v.seq], e.HeaderD, e.PayD))
	v.event = &e
	return nil
}

func (v *verifier) step(seq uint64, head syncproto.Digest) {
	v.seq = seq
	v.heads[seq] = head
	if seq >= recent {
		delete(v.heads, seq-recent)
	}
}

// content checks what is shown of an event against its digests.
func (v *verifier) content(e Event) error {
	shown := len(e.Salt) > 0
	switch {
	case e.Erased && (shown || len(e.Header)+len(e.Payload) > 0):
		return errors.New("called erased, and yet shown")
	case !shown && len(e.Header)+len(e.Payload) > 0, shown && len(e.Salt) != 16:
		return errors.New("content without its salt")
	case !shown && !e.Erased && v.head.Content != Digests:
		return errors.New("its header is missing")
	case !shown:
		return nil
	}
	salt := [16]byte(e.Salt)
	if syncproto.HeaderDigest(salt, e.Header) != e.HeaderD {
		return errors.New("the header is not the one that was chained")
	}
	if v.head.Content == Full && syncproto.PayloadDigest(salt, e.Payload) != e.PayD {
		return errors.New("the payload is not the one that was chained")
	}
	h, err := syncproto.DecodeHeader(e.Header)
	if err != nil {
		return err
	}
	if h.Seq != e.Seq || h.Epoch != v.log.Log.Epoch {
		return fmt.Errorf("the header says it is event %d of epoch %d", h.Seq, h.Epoch)
	}
	return nil
}

func (v *verifier) span(s syncproto.Span) error {
	prev, known := v.heads[s.First-1]
	head, there := v.heads[s.Last()]
	switch {
	case s.Log != v.log.Log || !known || !there || s.First > v.signed+1:
		return errors.New("it does not stand behind the events it covers")
	case head != s.Head:
		return errors.New("the chain of the events does not lead to the head that was signed")
	}
	if err := s.Verify(prev, v.head.DeviceKey); err != nil {
		return err
	}
	v.signed = max(v.signed, s.Last())
	return nil
}

func (v *verifier) ack(a syncproto.Ack) error {
	head, there := v.heads[a.Applied]
	switch {
	case a.Log != v.log.Log || !there:
		return errors.New("it does not stand behind the events it covers")
	case head != a.Head:
		return errors.New("the province countersigned another chain than this one")
	}
	if err := a.Verify(v.head.PortalKey); err != nil {
		return err
	}
	v.acked = max(v.acked, a.Applied)
	return nil
}

func (v *verifier) receipt(r Receipt) error {
	if v.event == nil || r.Seq != v.event.Seq {
		return errors.New("it does not stand behind its event")
	}
	if err := r.Receipt.Verify(v.head.PortalKey); err != nil {
		return err
	}
	if v.event.Erased {
		v.o.Say(fmt.Sprintf("event %d of %s: erased, receipt of %s stands", r.Seq, v.log.Log, time.UnixMilli(r.Receipt.At).UTC().Format(time.RFC3339)))
	}
	if len(v.event.Header) == 0 {
		return nil // the manifest cannot be computed; the signature holds
	}
	h, err := syncproto.DecodeHeader(v.event.Header)
	if err != nil {
		return err
	}
	if h.Dossier != r.Receipt.Dossier || syncproto.ManifestDigest(h, v.event.PayD) != r.Receipt.Manifest {
		return errors.New("it is for another submission")
	}
	return nil
}

func (v *verifier) gap(g Gap) error {
	if g.From != v.seq+1 || g.To < g.From {
		return errors.New("it does not begin behind the last event")
	}
	if v.signed < v.seq {
		return fmt.Errorf("events %d to %d are not signed by the machine", v.signed+1, v.seq)
	}
	v.o.Say(fmt.Sprintf("events %d to %d of %s are not in this file: they were written again in a later epoch", g.From, g.To, v.log.Log))
	clear(v.heads)
	v.step(g.To, g.Head)
	v.signed, v.event = g.To, nil
	return nil
}
