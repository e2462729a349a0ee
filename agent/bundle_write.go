package agent

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"bendo/internal/carry"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// write puts on the stick what it lacks: all events first, as on the line, so that every
// dossier is known at the province before the first scan; then scans, one dossier after the
// other. Each part is on the medium and read back before it counts.
func (p *packer) write(ctx context.Context) error {
	state, err := p.o.Book.Carry(ctx)
	if err != nil {
		return err
	}
	w := &partWriter{p: p, echo: state.EchoAfter}
	if err := p.writeEchoes(ctx, w); err != nil {
		return err
	}
	for _, gap := range missing(p.events, span{int64(p.from), int64(p.log.Next)}) {
		err := p.writeEvents(ctx, w, uint64(gap.from), uint64(gap.to))
		if errors.Is(err, ledger.ErrDamaged) {
			// Those after it wait for IT, as on the line; scans still go.
			p.report.Problems = append(p.report.Problems, BundleProblem{Kind: "damaged_row",
				VI: "Một dòng của sổ bị hỏng; dòng đó và các dòng sau chờ CNTT của tỉnh.", EN: "A row of the book is damaged; it and those after it wait for provincial IT."})
			break
		}
		if err != nil {
			return err
		}
	}
	for _, b := range p.open {
		if err := p.writeScan(ctx, w, b); err != nil {
			return err
		}
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	return p.writeState(ctx, w)
}

// writeState makes sure that a stick tells where the office stands, also when nothing is owed:
// the province's answers need no other reason to travel. A second place is never answered.
func (p *packer) writeState(ctx context.Context, w *partWriter) error {
	told := func(part carry.Part) bool { return part.Head.State == p.told }
	if p.purpose != syncproto.BundleUp || slices.ContainsFunc(p.parts, told) {
		return nil
	}
	w.alone = true
	return w.flush(ctx)
}

func (p *packer) writeEvents(ctx context.Context, w *partWriter, from, to uint64) error {
	prev, err := p.o.Book.HeadAt(ctx, p.log.Log.Epoch, from-1)
	if err != nil {
		return err
	}
	for from < to {
		events, err := p.o.Book.PendingEvents(ctx, from, int(min(to-from, 256)), 512<<10)
		if err != nil || len(events) == 0 {
			return err
		}
		b, err := sealFitting(p.log.Log, from, prev, events, p.key)
		if err != nil {
			return err
		}
		rec, err := syncproto.BatchRecord(syncproto.BundleBatch{Prev: prev, Batch: b})
		if err != nil {
			return err
		}
		if err := w.add(ctx, rec, &b, nil); err != nil {
			return err
		}
		p.report.Events += int(b.N)
		from, prev = b.Last()+1, b.Head
	}
	return nil
}

// sealFitting takes fewer events until they fit one batch; one always does.
func sealFitting(log syncproto.LogID, first uint64, prev syncproto.Digest, events []syncproto.Event, key ed25519.PrivateKey) (syncproto.Batch, error) {
	for {
		b, err := syncproto.SealBatch(log, first, prev, events, key, syncproto.DefaultDict())
		if p := syncproto.ProblemOf(err); p != nil && p.Kind == syncproto.Limit && len(events) > 1 {
			events = events[:(len(events)+1)/2]
			continue
		}
		return b, err
	}
}

func (p *packer) writeScan(ctx context.Context, w *partWriter, b ledger.BlobState) error {
	name := p.hold(b.Key)
	gaps := missing(p.pieces[name], span{0, b.Length})
	if gaps == nil {
		return nil
	}
	r, err := p.o.Book.BlobReader(ctx, b.Key.Dossier, b.Key.SHA256)
	if err != nil {
		return p.lostScan(err)
	}
	defer r.Close()
	p.report.Scans++
	for _, gap := range gaps {
		for off := gap.from; off < gap.to; off += syncproto.MaxBundlePiece {
			piece := make([]byte, min(gap.to-off, syncproto.MaxBundlePiece))
			if n, err := r.ReadAt(piece, off); n < len(piece) {
				return p.lostScan(errors.Join(io.ErrUnexpectedEOF, err))
			}
			rec, err := syncproto.PieceRecord(syncproto.BundlePiece{Key: b.Key, Length: b.Length, Off: off, Bytes: piece})
			if err != nil {
				return err
			}
			if err := w.add(ctx, rec, nil, &syncproto.BundleHold{Name: name, Off: off, Len: int64(len(piece))}); err != nil {
				return err
			}
		}
	}
	return nil
}

// lostScan: one scan that cannot be read keeps no other from being carried.
func (p *packer) lostScan(err error) error {
	p.o.Log.Error("a scan could not be read for a bundle", "error", err)
	p.report.Problems = append(p.report.Problems, BundleProblem{Kind: "damaged_scan",
		VI: "Một bản quét trên máy này không đọc được; hãy quét lại.", EN: "A scan on this machine cannot be read; scan it again."})
	return nil
}

// writeEchoes puts in the pages a restored portal asked for by stick.
func (p *packer) writeEchoes(ctx context.Context, w *partWriter) error {
	for after := w.echo; !after.IsZero(); {
		pages, err := p.o.Book.EchoPages(ctx, after, 50)
		if err != nil || len(pages) == 0 {
			return err
		}
		for _, raw := range pages {
			if err := w.add(ctx, syncproto.BundleRecord{Kind: syncproto.BundleKindPage, Body: raw}, nil, nil); err != nil {
				return err
			}
			sealed, err := syncproto.DecodeSealedPage(raw)
			if err != nil {
				return err
			}
			page, err := syncproto.OpenFeedPage(sealed, p.id.PortalKey, syncproto.BuiltinDicts(), syncproto.Limits{})
			if err != nil {
				return err
			}
			after.Pos = max(after.Pos+1, page.To)
		}
		w.echoed = true
	}
	return nil
}

// partWriter gathers records until a part is full.
type partWriter struct {
	p       *packer
	h       syncproto.BundleHeader
	records []syncproto.BundleRecord
	size    int
	serial  uint64
	part    uint32
	echo    syncproto.Cursor
	echoed  bool
	alone   bool // the state is worth a part by itself
}

// maxHolds keeps a header small.
const maxHolds = 1000

// add puts one record into the present part. Events of a part are one stretch of the log.
func (w *partWriter) add(ctx context.Context, rec syncproto.BundleRecord, b *syncproto.Batch, hold *syncproto.BundleHold) error {
	full := w.size+len(rec.Body) > syncproto.BundlePartWant || len(w.h.Holds) >= maxHolds
	if full || b != nil && w.h.Last != 0 && b.First != w.h.Last+1 {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	w.records, w.size = append(w.records, rec), w.size+len(rec.Body)+5
	if b != nil {
		if w.h.First == 0 {
			w.h.First = b.First
		}
		w.h.Epoch, w.h.Last, w.h.Head = b.Log.Epoch, b.Last(), b.Head
	}
	if hold != nil {
		w.h.Holds = append(w.h.Holds, *hold)
	}
	return nil
}

// flush seals and stores the present part.
func (w *partWriter) flush(ctx context.Context) error {
	if len(w.records) == 0 && !w.alone {
		return ctx.Err()
	}
	p := w.p
	if w.serial == 0 {
		if err := w.begin(ctx); err != nil {
			return err
		}
	}
	at, quality := p.o.Clock.Now()
	w.part++
	w.h.Purpose, w.h.Device, w.h.Book = p.purpose, p.id.Device, p.id.Book
	w.h.Portal, w.h.Serial, w.h.Part = syncproto.PortalFingerprint(p.id.PortalKey), w.serial, w.part
	w.h.State = p.told
	w.h.At, w.h.Clock = at.UnixMilli(), syncproto.ClockQuality(quality)
	state, err := p.state()
	if err != nil {
		return err
	}
	to := p.id.Carry
	if p.purpose == syncproto.BundleSecond {
		// A place that stays must open even when the portal's own key is lost.
		to = append(to[:len(to):len(to)], p.id.Recovery...)
	}
	raw, err := syncproto.SealBundle(w.h, append([]syncproto.BundleRecord{state}, w.records...), p.key, to...)
	if err != nil {
		return err
	}
	part, err := p.stick.Store(raw)
	if err != nil {
		return err
	}
	p.known.add(part)
	p.take(part)
	p.report.Written++
	w.h, w.records, w.size = syncproto.BundleHeader{}, nil, 0
	return ctx.Err()
}

// begin takes a serial that no bundle of this book had.
func (w *partWriter) begin(ctx context.Context) error {
	now := w.p.o.Clock.Time().UnixMilli()
	s, err := w.p.o.Book.ChangeCarry(ctx, func(s ledger.CarryState) ledger.CarryState {
		s.Serial = max(s.Serial+1, uint64(max(now, 1)))
		if w.echoed {
			s.EchoSerial = s.Serial
		}
		return s
	})
	w.serial = s.Serial
	return err
}

// state is the hello of every part: whichever part arrives, its answer can travel back.
func (p *packer) state() (syncproto.BundleRecord, error) {
	s := syncproto.BundleState{Log: syncproto.LogState{Epoch: p.log.Log.Epoch, Next: p.log.Next, Head: p.log.Head},
		Generation: p.log.Generation, Acked: p.log.Acked, Held: p.log.Held, Cursor: p.cursor,
		Dicts: syncproto.BuiltinDicts().IDs(), Reply: p.reply, Program: p.o.Program}
	var g syncproto.EpochGrant
	if json.Unmarshal(p.id.Grant, &g) == nil && g.Epoch != 0 {
		s.Grant = &g
	}
	return syncproto.StateRecord(s)
}

// BundleOut writes everything the province has not signed for to a stick and says how much.
// A second call writes only what is missing. With an error that is a stick's problem
// (carry.KindOf) the report still tells what is on it. With rest the scans of what lies whole on
// another stick are left out: so that several small sticks carry what one cannot.
func (o *Office) BundleOut(ctx context.Context, s *carry.Stick, rest bool) (BundleReport, error) {
	p := &packer{o: o, stick: s, purpose: syncproto.BundleUp, rest: rest}
	report, err := p.pack(ctx)
	if len(report.whole) > 0 {
		now, _ := o.Clock.Now()
		if e := o.Book.MarkUSB(ctx, now.UnixMilli(), report.whole); e != nil {
			return report, errors.Join(err, e)
		}
	}
	if err == nil {
		err = p.index(report)
	}
	return report, err
}

func (p *packer) index(r BundleReport) error {
	now, _ := p.o.Clock.Now()
	err := p.stick.SetIndex(p.id.Device, carry.Index{Office: p.id.OfficeName, Dossiers: r.Dossiers, Files: r.Files, Bytes: r.Bytes, At: now.UnixMilli()})
	if carry.KindOf(err) == carry.Full {
		return nil // the hint did not fit; the dossiers did
	}
	if err != nil {
		return fmt.Errorf("writing the label of the stick: %w", err)
	}
	return nil
}
