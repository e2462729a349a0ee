package bundle

import (
	"context"
	"errors"

	"bendo/internal/carry"
	"bendo/portal/intake"
	"bendo/syncproto"
)

// Out writes onto the stick what the province answers to every office that has a bundle on it:
// the signed ack, receipts, the feed from where the office stood, and a new epoch where one was
// granted. Only the office can open it. Answers of an earlier run are replaced.
func (c *Clerk) Out(ctx context.Context, s *carry.Stick) (Report, error) {
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
			if err := c.answer(ctx, s, &o); err != nil {
				return report, err
			}
		}
		report.Offices = append(report.Offices, o)
	}
	return report, nil
}

func (c *Clerk) answer(ctx context.Context, s *carry.Stick, o *Office) (err error) {
	if o.carried, err = c.Intake.Carry(ctx, o.Device, *o.state); err != nil {
		if syncproto.ProblemOf(err) != nil {
			o.wrong(carry.Refuse(carry.Fork, "", "%v", err))
			return nil
		}
		return err
	}
	a, err := o.carried.Answers(ctx, *o.state)
	if err != nil {
		return err
	}
	dossiers, err := c.dossiers(s, o)
	if err != nil {
		return err
	}
	if err := o.carried.Receipts(ctx, dossiers, &a); err != nil {
		return err
	}
	records, err := answerRecords(a)
	if err != nil {
		return err
	}
	return c.store(ctx, s, o, a, records)
}

// dossiers lists what the office's parts are about, so that their receipts come along whatever
// its feed cursor is.
func (c *Clerk) dossiers(s *carry.Stick, o *Office) ([]syncproto.DossierID, error) {
	parts, _, err := s.Parts(o.Device, up...)
	if err != nil {
		return nil, err
	}
	seen := map[syncproto.DossierID]bool{}
	var list []syncproto.DossierID
	note := func(id syncproto.DossierID) {
		if !id.IsZero() && !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	for _, part := range parts {
		_, _, err := c.open(s, o, part, func(rec syncproto.BundleRecord) error {
			var p syncproto.BundlePiece
			var b syncproto.BundleBatch
			switch rec.Kind {
			case syncproto.BundleKindPiece:
				if rec.Decode(&p) == nil {
					note(p.Key.Dossier)
				}
			case syncproto.BundleKindBatch:
				if rec.Decode(&b) != nil {
					return nil
				}
				events, _, err := syncproto.OpenBatch(b.Batch, b.Prev, o.key, syncproto.BuiltinDicts(), syncproto.Limits{})
				if err != nil {
					return nil // bundle in has said so
				}
				for _, e := range events {
					note(e.Header.Dossier)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// answerRecords lays the answers out: what the log needs first, then what counts by itself, then
// the feed.
func answerRecords(a intake.Answers) (records []syncproto.BundleRecord, err error) {
	add := func(r syncproto.BundleRecord, e error) {
		records, err = append(records, r), errors.Join(err, e)
	}
	for _, r := range a.Replays {
		add(syncproto.ReplayRecord(r))
	}
	if a.Ack != nil {
		add(syncproto.AckRecord(*a.Ack))
	}
	for _, d := range a.Orders {
		add(syncproto.OrderRecord(d))
	}
	for _, r := range a.Receipts {
		add(syncproto.ReceiptRecord(r))
	}
	if a.Reset != nil {
		add(syncproto.ResetRecord(*a.Reset))
	}
	for _, p := range a.Pages {
		add(syncproto.PageRecord(p))
	}
	return records, err
}

// store writes the parts, then takes older answers away: a stick pulled out between has both,
// and both are true.
func (c *Clerk) store(ctx context.Context, s *carry.Stick, o *Office, a intake.Answers, records []syncproto.BundleRecord) error {
	if err := s.Prepare(o.Device, syncproto.BundleDown); err != nil {
		return err
	}
	old, broken, err := s.Parts(o.Device, syncproto.BundleDown)
	if err != nil {
		return err
	}
	serial := uint64(max(a.Ack.At, 1))
	for _, part := range old {
		serial = max(serial, part.Head.Serial+1)
	}
	for len(records) > 0 {
		n, size := 0, 0
		for n < len(records) && (n == 0 || size+len(records[n].Body) <= syncproto.BundlePartWant) {
			size, n = size+len(records[n].Body), n+1
		}
		o.Answers++
		raw, err := syncproto.SealBundle(syncproto.BundleHeader{Purpose: syncproto.BundleDown, Device: o.Device, Book: o.book, Portal: c.fingerprint(),
			Serial: serial, Part: uint32(o.Answers), At: a.Ack.At, Clock: syncproto.ClockTrusted, Answers: o.Serial}, records[:n], c.Receipt, o.state.Reply)
		if err != nil {
			return err
		}
		if _, err := s.Store(raw); err != nil {
			return err
		}
		records = records[n:]
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for _, p := range broken {
		old = append(old, carry.Part{File: p.File})
	}
	for _, part := range old {
		if err := s.Remove(part); err != nil {
			return err
		}
	}
	return nil
}
