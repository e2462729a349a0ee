package intake

import (
	"errors"
	"fmt"

	"bendo/portal/store"
	"bendo/syncproto"
)

// push takes one batch in one transaction: its events, what follows from them,
// and the cursor. It answers with a problem when the batch does not continue the
// log; nothing is stored then. The cursor it returns is the one it judged by: an
// ack must tell that moment and no later one, or two sessions of a machine would
// get answers that no order explains.
func (p *Portal) push(tx *store.Tx, d store.Device, b syncproto.Batch) (store.Log, error) {
	log, err := tx.FindLog(d.Commune, b.Log)
	if err != nil {
		return log, err
	}
	if log.Frozen {
		return log, syncproto.NewProblem(syncproto.Fork, syncproto.CodeEpoch, "log %s is frozen", b.Log)
	}
	taken, err := syncproto.AcceptBatch(b, log.Applied, func(seq uint64) (syncproto.Digest, error) {
		return p.headAt(tx, d.Commune, log, seq)
	}, d.PublicKey, p.dicts, p.limits)
	if err != nil || len(taken.Events) == 0 {
		return log, err
	}
	if err := p.acceptAll(tx, d, taken); err != nil {
		return log, err
	}
	log.Applied, log.Head = b.Last(), taken.Heads[len(taken.Heads)-1]
	return log, tx.PutBatch(d.Commune, b, log)
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
		header, payload, err := syncproto.EventDigests(e)
		if err != nil {
			return prev, err
		}
		prev = syncproto.ChainNext(prev, header, payload)
	}
	return prev, nil
}
