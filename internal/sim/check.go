package sim

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"bendo/agent/courier"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
)

// judgePiece: what the portal acknowledged, in this generation, is never sent again (I10).
func (o *office) judgePiece(p courier.SendPiece) {
	m := o.book.blobs[p.Key]
	switch {
	case m == nil:
		o.w.breaks(o, "a piece of a scan that the book does not have")
	case m.complete == o.book.id.Generation:
		o.w.breaks(o, fmt.Sprintf("I10: scan %.8s is complete and sent again", p.Key.SHA256))
	case p.Off < m.acked && m.ackedGen == o.book.id.Generation && m.ackedAt == o.w.restored:
		o.w.breaks(o, fmt.Sprintf("I10: bytes of scan %.8s from %d are sent again, %d were acknowledged", p.Key.SHA256, p.Off, m.acked))
	case p.Off+int64(p.Len) > m.state.Length:
		o.w.breaks(o, "a piece beyond the end of its scan")
	}
}

// log is the log of the place's device that the portal takes now.
func (p *place) log() (syncproto.LogID, uint32) {
	epoch := p.w.portal.Epoch(p.device)
	return syncproto.LogID{Device: p.device, Epoch: epoch}, epoch
}

func (p *place) appliedOf(l syncproto.LogID, _ uint32) uint64 {
	applied, _ := p.w.portal.Head(l)
	return applied
}

// prefix is what the portal was seen to have of a log.
type prefix struct {
	applied uint64
	head    syncproto.Digest
}

// check holds at any moment.
func (w *world) check() {
	for _, p := range w.places {
		l, _ := p.log()
		applied, head := w.portal.Head(l)
		if was, seen := w.prefix[l]; seen {
			if got, ok := w.portal.HeadAt(l, was.applied); !ok || got != was.head {
				w.breaks(p.machines[0], fmt.Sprintf("I3, I4: the portal's first %d events of %s are not what they were", was.applied, l))
			}
		}
		w.prefix[l] = prefix{applied, head}
		for _, o := range p.machines {
			if !o.retired {
				o.check(l, applied, head)
			}
		}
	}
}

func (o *office) check(l syncproto.LogID, applied uint64, head syncproto.Digest) {
	own := o.book.log()
	if own.id == l && !own.frozen && !o.place.forked {
		switch {
		case applied > uint64(len(own.events)):
			o.w.breaks(o, fmt.Sprintf("I1: the portal has %d events, the office wrote %d", applied, len(own.events)))
		case head != own.heads[applied]:
			o.w.breaks(o, fmt.Sprintf("I3: the portal's first %d events are not the office's", applied))
		case own.gen == o.w.portal.Generation() && own.acked > applied && o.w.restored == 0:
			o.w.breaks(o, fmt.Sprintf("I2: %d events were acknowledged, %d are durable", own.acked, applied))
		}
	}
	if o.w.now-o.foldedAt >= 24*time.Hour || o.w.now == o.w.o.Length {
		o.foldedAt = o.w.now
		if o.w.now == o.w.o.Length {
			o.book.fold = fold{} // in the end every page is read again, whatever was noted of it
		}
		if what := o.book.unlikeFold(); what != "" {
			o.w.breaks(o, "I24: "+what)
		}
	}
	o.early()
}

// early: what the office calls complete, in the portal's present generation, is whole at
// the portal (I9, I12). A backup put back by hand may lie until somebody proves it.
func (o *office) early() {
	generation := o.w.portal.Generation()
	if o.book.id.Generation != generation || o.w.mishapAt == o.w.now || generation == o.w.unnoticed {
		return
	}
	for _, s := range o.book.subList {
		if s.complete != o.book.id.Generation {
			continue
		}
		for _, m := range s.blobs {
			if _, whole := o.w.portal.Complete(m.state.Key); !whole {
				o.w.breaks(o, fmt.Sprintf("I12: scan %.8s is called complete and is not at the portal", m.state.Key.SHA256))
				return
			}
		}
	}
}

var itemSeed = maphash.MakeSeed()

// seen: a place of the feed holds one thing for whoever reads it, unless the portal's data
// went back behind its back: then it gives places out again until somebody proves it.
func (w *world) seen(o *office, p syncproto.FeedPage) {
	if w.byHand {
		return
	}
	for _, it := range p.Items {
		at := syncproto.Cursor{Epoch: p.Epoch, Pos: it.Pos}
		sum := maphash.Bytes(itemSeed, it.Body)
		if was, known := w.items[at]; known && was != sum {
			w.breaks(o, fmt.Sprintf("I24: place %d of the feed holds two things", it.Pos))
		}
		w.items[at] = sum
	}
}

// atTheEnd: the lines have been clear for hours; everything is there, once, in order.
func (w *world) atTheEnd() {
	w.check()
	for _, p := range w.places {
		o := p.last()
		for _, what := range append(o.incomplete(), p.arrivedAll(o)...) {
			w.breaks(o, what)
		}
		for _, x := range p.machines {
			for _, pg := range x.book.pages {
				w.seen(x, pg.page)
			}
		}
		if w.o.History && !p.forked {
			l, _ := p.log()
			p.access(Access{Applied: p.appliedOf(l, 0), Generation: w.portal.Generation(), Call: w.now, Return: w.now + 1})
			w.report.Histories = append(w.report.Histories, p.history)
		}
	}
}

// last is the machine that is in use in the end.
func (p *place) last() *office {
	for _, o := range p.machines {
		if !o.retired {
			return o
		}
	}
	return p.machines[0]
}

// open says what is not complete at the province although somebody has it.
func (o *office) open(s courier.Snapshot) string {
	return o.openBut(s, func(k syncproto.BlobKey) bool { return o.place.holes[k] })
}

// openBut leaves out the dossiers that wait for one of these scans.
func (o *office) openBut(s courier.Snapshot, beyond func(syncproto.BlobKey) bool) string {
	open, scans := 0, 0
	for _, sub := range o.book.subList {
		if sub.complete != o.book.id.Generation && !o.place.excused[sub.event] && !slices.ContainsFunc(o.book.scansOf(sub), beyond) {
			open++
		}
	}
	for _, b := range s.Blobs {
		if !o.place.holes[b.Key] {
			scans++
		}
	}
	if open+scans == 0 {
		return ""
	}
	return fmt.Sprintf("%d dossiers and %d scans are not complete", open, scans)
}

func (o *office) incomplete() (broken []string) {
	snap, err := courier.Look(o.w.ctx, o.book)
	if err != nil {
		return []string{err.Error()}
	}
	if open := o.open(snap); snap.Waiting() > 0 || snap.Log.Frozen || snap.Unsettled || open != "" || snap.Log.Generation != snap.Generation {
		broken = append(broken, fmt.Sprintf("after hours of a clear line %d events wait, frozen %t, unsettled %t, %s (generation %d, acknowledged in %d)",
			snap.Waiting(), snap.Log.Frozen, snap.Unsettled, open, snap.Generation, snap.Log.Generation))
	}
	return broken
}

// arrivedAll compares what residents handed in with what the province has.
func (p *place) arrivedAll(o *office) (broken []string) {
	got := map[syncproto.EventID]syncproto.Event{}
	resp, err := p.w.portal.Replay(p.w.ctx, p.device, syncproto.ReplayRequest{Book: p.book})
	if err != nil {
		return []string{err.Error()}
	}
	for _, l := range resp.Logs {
		events, err := p.arrived(l)
		if err != nil {
			return []string{err.Error()}
		}
		for _, e := range events {
			if was, twice := got[e.Header.ID]; twice && !bytes.Equal(was.Payload, e.Payload) {
				broken = append(broken, fmt.Sprintf("I5: event %s stands twice with other bytes", e.Header.ID))
			}
			if p.filed[e.Header.ID] == nil {
				broken = append(broken, fmt.Sprintf("I1: event %s arrived and nobody filed it", e.Header.ID))
			}
			got[e.Header.ID] = e
		}
		if !p.forked && len(events) != len(p.order) {
			broken = append(broken, fmt.Sprintf("I1: %d events arrived, %d were filed", len(events), len(p.order)))
		}
	}
	missing := 0
	for _, f := range p.order {
		id := f.event.Header.ID
		e, there := got[id]
		switch {
		case !there && p.excused[id]:
		case !there:
			if missing++; missing == 1 {
				broken = append(broken, fmt.Sprintf("I1: event %s, filed at %s, is not at the province", id, f.at))
			}
		case !bytes.Equal(e.Payload, f.event.Payload) || e.Salt != f.event.Salt:
			broken = append(broken, fmt.Sprintf("I1: event %s arrived as another", id))
		default:
			broken = append(broken, p.scansOf(f)...)
			if o.book.outcomes[id] == "" {
				broken = append(broken, fmt.Sprintf("I6, I13: event %s never got an outcome", id))
			}
		}
	}
	return broken
}

func (p *place) scansOf(f *filing) (broken []string) {
	for i, r := range f.event.Header.Blobs {
		key := syncproto.BlobKey{Dossier: f.event.Header.Dossier, SHA256: r.SHA256}
		data, complete := p.w.portal.Blob(key)
		if (!complete || !bytes.Equal(data, f.blobs[i])) && !p.holes[key] {
			broken = append(broken, fmt.Sprintf("I9: scan %.8s has %d of %d bytes at the province", r.SHA256, len(data), r.Length))
		}
		if complete {
			p.w.report.Need += r.Length
		}
	}
	return broken
}

// arrived reads a log back, verifying chain and signatures.
func (p *place) arrived(l syncproto.ReplayLog) ([]syncproto.Event, error) {
	return readBack(p.w.ctx, p.w.portal, p.device, p.book, l)
}

// readBack reads a log as its book would get it back.
func readBack(ctx context.Context, portal *prototest.Memory, device syncproto.DeviceID, book syncproto.BookID, l syncproto.ReplayLog) (events []syncproto.Event, err error) {
	heads, dicts := []syncproto.Digest{syncproto.ChainStart(l.Log)}, syncproto.BuiltinDicts()
	for from := uint64(1); from <= l.Applied; {
		resp, err := portal.Replay(ctx, device, syncproto.ReplayRequest{Book: book, Log: l.Log, From: from, MaxBytes: 1 << 20})
		if err != nil || len(resp.Batches) == 0 {
			return nil, fmt.Errorf("reading %s back stops at %d of %d: %v", l.Log, from, l.Applied, err)
		}
		for _, b := range resp.Batches {
			// A batch may begin before what it added: stored batches overlap.
			heads, events = heads[:b.First], events[:b.First-1]
			list, _, err := syncproto.OpenBatch(b, heads[b.First-1], l.Key, dicts, syncproto.Limits{})
			if err != nil {
				return nil, err
			}
			for _, e := range list {
				hd, pd, err := syncproto.EventDigests(e)
				if err != nil {
					return nil, err
				}
				heads, events = append(heads, syncproto.ChainNext(heads[len(heads)-1], hd, pd)), append(events, e)
			}
			from = b.Last() + 1
		}
	}
	return events, nil
}
