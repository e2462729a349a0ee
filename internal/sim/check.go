package sim

import (
	"bytes"
	"fmt"
	"time"

	"bendo/agent/courier"
	"bendo/syncproto"
)

// mostExchanges of an office in an hour. An evening of cuts makes some eight hundred;
// a tight loop would make thousands.
const mostExchanges = 1800

func (o *office) countExchange() {
	if h := int(o.w.now / time.Hour); h != o.hour {
		o.hour, o.inHour = h, 0
	}
	if o.inHour++; o.inHour == mostExchanges {
		o.w.breaks(o, fmt.Sprintf("%d exchanges in an hour: a tight loop", mostExchanges))
	}
}

// judgePiece: what the portal acknowledged, in this generation, is never sent again.
func (o *office) judgePiece(p courier.SendPiece) {
	m := o.book.blobs[p.Key]
	switch {
	case m == nil:
		o.w.breaks(o, "a piece of a scan that the book does not have")
	case m.complete == o.book.id.Generation:
		o.w.breaks(o, fmt.Sprintf("scan %.8s is complete and sent again", p.Key.SHA256))
	case p.Off < m.acked && m.ackedGen == o.book.id.Generation && m.ackedAt == o.w.restored:
		o.w.breaks(o, fmt.Sprintf("bytes of scan %.8s from %d are sent again, %d were acknowledged", p.Key.SHA256, p.Off, m.acked))
	case p.Off+int64(p.Len) > m.state.Length:
		o.w.breaks(o, "a piece beyond the end of its scan")
	}
}

// portalLog is the portal's copy of an office's log, as any device would be told.
func (w *world) portalLog(o *office) (syncproto.ReplayLog, error) {
	resp, err := w.portal.Replay(w.ctx, o.book.id.Device, syncproto.ReplayRequest{Book: o.book.id.Book})
	if err != nil {
		return syncproto.ReplayLog{}, err
	}
	for _, l := range resp.Logs {
		if l.Log == o.book.log() {
			return l, nil
		}
	}
	return syncproto.ReplayLog{Log: o.book.log(), Head: syncproto.ChainStart(o.book.log())}, nil
}

// check holds at any moment.
func (w *world) check() {
	for _, o := range w.offices {
		l, err := w.portalLog(o)
		if err != nil {
			w.err = err
			return
		}
		switch {
		case l.Applied > uint64(len(o.book.events)):
			w.breaks(o, fmt.Sprintf("the portal has %d events, the office wrote %d", l.Applied, len(o.book.events)))
		case l.Head != o.book.heads[l.Applied]:
			w.breaks(o, fmt.Sprintf("the portal's first %d events are not the office's", l.Applied))
		case o.book.gen == w.portal.Generation() && o.book.acked > l.Applied:
			w.breaks(o, fmt.Sprintf("%d events were acknowledged, %d are durable", o.book.acked, l.Applied))
		case o.book.frozen:
			w.breaks(o, "the log is frozen without a fork")
		}
	}
}

// atTheEnd: the lines have been clear for hours; everything is there, once, in order.
func (w *world) atTheEnd() {
	w.check()
	for _, o := range w.offices {
		for _, what := range o.incomplete() {
			w.breaks(o, what)
		}
	}
}

func (o *office) incomplete() (broken []string) {
	b, w := o.book, o.w
	snap, err := courier.Look(w.ctx, b)
	if err != nil {
		return []string{err.Error()}
	}
	if !snap.Empty() {
		broken = append(broken, fmt.Sprintf("after hours of a clear line %d events, %d dossiers and %d scans are not complete (generation %d, acknowledged in %d)",
			snap.Waiting(), snap.Open, len(snap.Blobs), snap.Generation, snap.Log.Generation))
	}
	if got, err := o.arrived(); err != nil {
		broken = append(broken, err.Error())
	} else {
		broken = append(broken, o.compare(got)...)
	}
	for _, m := range b.order {
		data := make([]byte, m.state.Length+1)
		n, _, err := w.portal.ReadBlob(w.ctx, b.id.Device, m.state.Key, 0, data)
		if err != nil || !bytes.Equal(data[:n], m.data) {
			broken = append(broken, fmt.Sprintf("scan %.8s: complete here, %d bytes there: %v", m.state.Key.SHA256, n, err))
		}
	}
	for id := range o.filed {
		if b.outcomes[id] == "" {
			broken = append(broken, fmt.Sprintf("event %s never got an outcome: the cursor moved without its data", id))
			break
		}
	}
	return broken
}

// arrived reads the office's events back, verifying chain and signatures.
func (o *office) arrived() (events []syncproto.Event, err error) {
	l, err := o.w.portalLog(o)
	if err != nil {
		return nil, err
	}
	head, dicts := syncproto.ChainStart(l.Log), syncproto.BuiltinDicts()
	for from := uint64(1); from <= l.Applied; {
		resp, err := o.w.portal.Replay(o.w.ctx, o.book.id.Device, syncproto.ReplayRequest{Book: o.book.id.Book, Log: l.Log, From: from, MaxBytes: 1 << 20})
		if err != nil || len(resp.Batches) == 0 {
			return nil, fmt.Errorf("reading the log back stops at %d of %d: %v", from, l.Applied, err)
		}
		for _, b := range resp.Batches {
			// A batch may begin before what it added: stored batches overlap.
			if b.First < from {
				head = o.book.heads[b.First-1]
				events = events[:b.First-1]
			}
			list, next, err := syncproto.OpenBatch(b, head, l.Key, dicts, syncproto.Limits{})
			if err != nil {
				return nil, err
			}
			events, head, from = append(events, list...), next, b.Last()+1
		}
	}
	return events, nil
}

func (o *office) compare(got []syncproto.Event) (broken []string) {
	if len(got) != len(o.book.events) {
		return []string{fmt.Sprintf("%d events arrived, %d were filed", len(got), len(o.book.events))}
	}
	for i, e := range got {
		if own := o.book.events[i]; e.Header.ID != own.Header.ID || !bytes.Equal(e.Payload, own.Payload) {
			return []string{fmt.Sprintf("event %d arrived as another", i+1)}
		}
	}
	return nil
}
