package dossier

import (
	"encoding/binary"
	"encoding/json"

	"bendo/syncproto"
)

// The cast of the tests: two books and the province.
var (
	bookA = Book(syncproto.BookID{0xa})
	bookB = Book(syncproto.BookID{0xb})
)

// story writes events of one dossier with ids that rise.
type story struct {
	entries []Entry
	n       uint64
	at      int64
}

func (y *story) meta() Meta {
	y.n++
	y.at += 60_000
	var id syncproto.EventID
	binary.BigEndian.PutUint64(id[8:], y.n)
	id[0], id[6], id[8] = 1, 0x70, 0x80
	return Meta{Event: id, Salt: [16]byte{byte(y.n), 7}, At: 1_700_000_000_000 + y.at, Clock: syncproto.ClockTrusted}
}

func (y *story) state() State { return Fold(y.entries) }

func (y *story) add(author Holder, ev syncproto.Event) syncproto.EventID {
	y.entries = append(y.entries, Entry{Event: ev, Author: author, ReceivedAt: ev.Header.At + 5})
	return ev.Header.ID
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func filing(h Handover) SubmittedPayload {
	return SubmittedPayload{
		Procedure: "1.001193", Pack: "p1", Slip: must(NewSlip("12345", 678)), Channel: ChannelKiosk, Handover: h,
		Applicant: Person{FullName: "Nguyễn Thị Én", CitizenID: "083190001234"},
		Answers:   json.RawMessage(`{"ten":"Én"}`),
		Components: []Component{{ID: "chung_sinh", State: Provided, Originals: 1, Blobs: []Blob{
			{Name: "1.jpg", SHA256: syncproto.Digest{1}, Length: 10, MIME: "image/jpeg"}}}},
	}
}

func begin(h Handover) *story {
	y := &story{}
	y.add(bookA, must(Submit(filing(h), syncproto.DossierID{9}, y.meta())))
	return y
}

// step lets actor take a legal step.
func (y *story) step(actor Holder, eventType string, payload any) syncproto.EventID {
	return y.add(actor, must(Advance(y.state(), actor, eventType, payload, y.meta())))
}

// force lets actor author an event that Legal would refuse.
func (y *story) force(actor Holder, eventType string, version uint32, payload any) syncproto.EventID {
	return y.add(actor, must(author(eventType, payload, syncproto.DossierID{9}, version, 0, y.meta())))
}

func (y *story) ask(actor Holder, eventType string, payload any) syncproto.EventID {
	return y.add(actor, must(Ask(y.state(), eventType, payload, y.meta())))
}

func (y *story) takeIn(actor Holder) syncproto.EventID {
	return y.step(actor, TakenIn, &TakenInPayload{Office: "UBND xã Giao Long"})
}

func (y *story) askPapers(n int) syncproto.EventID {
	return y.step(Province, SupplementRequested, &SupplementRequestedPayload{N: n, Reasons: []SupplementReason{{Component: "chung_sinh", Code: "unreadable"}}, Office: "UBND xã Giao Long"})
}

func (y *story) supply(n int) syncproto.EventID {
	return y.ask(bookA, SupplementProvided, &SupplementProvidedPayload{N: n, Components: []Component{
		{ID: "chung_sinh", State: Provided, Blobs: []Blob{{SHA256: syncproto.Digest{byte(n), 2}, Length: 20, MIME: "image/jpeg"}}}}})
}
