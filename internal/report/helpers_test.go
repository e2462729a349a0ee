package report

import (
	"encoding/binary"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// ms reads a time of Viet Nam.
func ms(t testing.TB, text string) int64 {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, Zone)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

func periodOf(t testing.TB, id string) Period {
	t.Helper()
	p, err := ParsePeriod(id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func idOf(n int) (id syncproto.DossierID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n)+1)
	return id
}

// life is a dossier under way: every step is a real event, and the state is folded from them.
type life struct {
	t       testing.TB
	id      syncproto.DossierID
	entries []dossier.Entry
	n       uint64
}

var book = dossier.Book(syncproto.BookID{0xa})

func (l *life) meta(at int64) dossier.Meta {
	l.n++
	var id syncproto.EventID
	copy(id[:], l.id[8:])
	binary.BigEndian.PutUint64(id[8:], l.n)
	id[6], id[8] = 0x70, 0x80
	return dossier.Meta{Event: id, Salt: [16]byte{byte(l.n), 7}, At: at, Clock: syncproto.ClockTrusted}
}

func file(t testing.TB, n int, at int64) *life {
	l := &life{t: t, id: idOf(n)}
	slip, err := dossier.NewSlip("12345", uint64(n))
	if err != nil {
		t.Fatal(err)
	}
	ev, err := dossier.Submit(dossier.SubmittedPayload{Procedure: "1.001193", Pack: "p1", Slip: slip, Channel: dossier.ChannelKiosk,
		Handover: dossier.HandoverNever, Answers: []byte(`{}`)}, l.id, l.meta(at))
	l.add(ev, err)
	return l
}

func (l *life) add(ev syncproto.Event, err error) syncproto.EventID {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
	read, err := dossier.Parse(ev.Header.Type, ev.Header.Schema, ev.Payload)
	if err != nil {
		l.t.Fatal(err)
	}
	l.entries = append(l.entries, dossier.Entry{Event: ev, Author: book, ReceivedAt: ev.Header.At, Read: read,
		Payload: syncproto.PayloadDigest(ev.Salt, ev.Payload)})
	return ev.Header.ID
}

func (l *life) state() dossier.State { return dossier.Fold(l.entries) }

func (l *life) step(at int64, eventType string, payload any) *life {
	l.t.Helper()
	l.add(dossier.Advance(l.state(), book, eventType, payload, l.meta(at)))
	return l
}

// supplement delivers what is asked for and has it accepted; due 0 leaves the due date alone.
func (l *life) supplement(at, accepted, due int64) *life {
	l.t.Helper()
	ev, err := dossier.Supplement(l.state(), dossier.SupplementProvidedPayload{N: l.state().OpenSupplement.N}, l.meta(at))
	id := l.add(ev, err)
	return l.step(accepted, dossier.Accepted, &dossier.AnswerPayload{Event: id, Due: due, Calendar: "c", ReceivedAt: at})
}

func (l *life) takeIn(at, due int64) *life {
	return l.step(at, dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã Giao Long", Due: due, Calendar: "c"})
}

func (l *life) askPapers(at int64) *life {
	return l.step(at, dossier.SupplementRequested, &dossier.SupplementRequestedPayload{N: l.state().Supplements + 1, Text: "thiếu giấy",
		Reasons: []dossier.SupplementReason{{Component: "p1", Code: "missing"}}})
}

func (l *life) decide(at int64) *life {
	return l.step(at, dossier.Decided, &dossier.DecidedPayload{Outcome: dossier.Granted})
}

func (l *life) reopen(at int64) *life {
	return l.step(at, dossier.Processing, &dossier.ProcessingPayload{Office: "UBND xã"})
}

func (l *life) giveBack(at int64) *life {
	return l.step(at, dossier.ResultReady, &dossier.ResultReadyPayload{Where: "một cửa"}).
		step(at, dossier.Returned, &dossier.ReturnedPayload{})
}

func (l *life) makeCase() Case {
	l.t.Helper()
	c, ok := CaseOf(l.state())
	if !ok {
		l.t.Fatal("a filed dossier is no case")
	}
	c.Name, c.Field = say("Đăng ký khai sinh", "Birth registration"), say("Hộ tịch", "Civil status")
	return c
}

func makeTable(t testing.TB, name Name, in Input) *Table {
	t.Helper()
	table, err := Make(name, in)
	if err != nil {
		t.Fatal(err)
	}
	return &table
}

func count(t testing.TB, table *Table, address string) int {
	t.Helper()
	c, ok := table.Cell(address)
	if !ok || c.Count == nil {
		t.Fatalf("%s of %s counts nothing (there: %v)", address, table.Report, ok)
	}
	if len(c.Of) != *c.Count || len(table.MembersOf(c)) != *c.Count {
		t.Fatalf("%s says %d and opens to %d", address, *c.Count, len(c.Of))
	}
	return *c.Count
}
