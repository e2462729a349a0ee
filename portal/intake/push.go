package intake

import (
	"errors"
	"fmt"

	"bendo/portal/store"
	"bendo/syncproto"
)

// push takes one batch in one transaction: its events, what follows from them,
// and the cursor. It answers with a problem when the batch does not continue the
// log; nothing is stored then.
func (p *Portal) push(tx *store.Tx, d store.Device, b syncproto.Batch) error {
	log, err := tx.FindLog(d.Commune, b.Log)
	if err != nil {
		return err
	}
	switch {
	case log.Frozen:
		return syncproto.NewProblem(syncproto.Fork, syncproto.CodeEpoch, "log %s is frozen", b.Log)
	case b.N == 0 || b.First == 0:
		return syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "batch without events")
	case b.First > log.Applied+1:
		return seqProblem(log.Applied)
	case b.Last() <= log.Applied:
		return p.repeated(tx, d, log, b)
	}
	prev, err := p.headAt(tx, d.Commune, log, b.First-1)
	if err != nil {
		return err
	}
	events, head, err := syncproto.OpenBatch(b, prev, d.PublicKey, p.dicts, p.limits)
	if err != nil {
		return err
	}
	known := int(log.Applied + 1 - b.First)
	if known > 0 {
		if middle, err := chainOver(prev, events[:known]); err != nil || middle != log.Head {
			return syncproto.NewProblem(syncproto.Fork, syncproto.CodeRewrite, "log %s was rewritten before %d", b.Log, log.Applied+1)
		}
	}
	for _, e := range events[known:] {
		if err := p.accept(tx, d, e); err != nil {
			return fmt.Errorf("accepting event %s: %w", e.Header.ID, err)
		}
	}
	if err := tx.PutBatch(d.Commune, b); err != nil {
		return err
	}
	log.Applied, log.Head = b.Last(), head
	return tx.SaveLog(d.Commune, log)
}

func seqProblem(applied uint64) error {
	problem := syncproto.NewProblem(syncproto.Correction, syncproto.CodeSeq, "the portal has events up to %d", applied)
	problem.Value = applied
	return problem
}

// repeated answers a batch the portal has: nothing to do when it is the same,
// a fork when the same places hold other bytes.
func (p *Portal) repeated(tx *store.Tx, d store.Device, log store.Log, b syncproto.Batch) error {
	head, err := p.headAt(tx, d.Commune, log, b.Last())
	if err != nil {
		return err
	}
	if head != b.Head {
		return syncproto.NewProblem(syncproto.Fork, syncproto.CodeRewrite, "log %s has other events up to %d", b.Log, b.Last())
	}
	return nil
}

// headAt is the chain head after seq, from what is stored.
func (p *Portal) headAt(tx *store.Tx, commune string, log store.Log, seq uint64) (syncproto.Digest, error) {
	if seq == 0 {
		return syncproto.ChainStart(log.ID), nil
	}
	if seq == log.Applied {
		return log.Head, nil
	}
	b, err := tx.FindBatch(commune, log.ID, seq)
	if errors.Is(err, store.ErrNotFound) {
		return syncproto.Digest{}, fmt.Errorf("log %s: batch of %d is not stored", log.ID, seq)
	}
	if err != nil {
		return syncproto.Digest{}, err
	}
	if b.Last() == seq {
		return b.Head, nil
	}
	prev, err := p.headAt(tx, commune, log, b.First-1)
	if err != nil {
		return prev, err
	}
	d, err := tx.FindDevice(log.ID.Device)
	if err != nil {
		return prev, err
	}
	events, _, err := syncproto.OpenBatch(b, prev, d.PublicKey, p.dicts, p.limits)
	if err != nil {
		return prev, fmt.Errorf("opening a stored batch: %w", err)
	}
	return chainOver(prev, events[:seq-b.First+1])
}

func chainOver(prev syncproto.Digest, events []syncproto.Event) (syncproto.Digest, error) {
	for _, e := range events {
		header, err := syncproto.EncodeHeader(e.Header)
		if err != nil {
			return prev, err
		}
		prev = syncproto.ChainNext(prev, syncproto.HeaderDigest(e.Salt, header), syncproto.PayloadDigest(e.Salt, e.Payload))
	}
	return prev, nil
}
