package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// Fact is one delivery as one side knows it.
type Fact struct {
	Dossier   syncproto.DossierID `json:"dossier"`
	Event     syncproto.EventID   `json:"event"`
	N         int                 `json:"n"`            // 0 the filing, else the supplement
	At        int64               `json:"at"`           // unix ms, signed by the machine
	Manifest  syncproto.Digest    `json:"manifest"`     // of event and scans
	Complete  bool                `json:"complete"`     // the province has every byte, in its present generation
	TakenInAt int64               `json:"taken_in_at"`  // unix ms, 0 nobody has
	Slip      string              `json:"slip"`         // 14 digits
	Procedure string              `json:"procedure"`    // code
	Left      bool                `json:"left"`         // the province has the event
	Doubtful  bool                `json:"clock_unsure"` // filed while the machine's clock was not confirmed
}

// Of is one delivery of a folded dossier with its four acknowledgements.
func Of(s dossier.State, sub dossier.Submission, acks [4]dossier.Ack) Fact {
	f := Fact{Dossier: s.ID, Event: sub.Event, N: sub.N, At: sub.At, Manifest: sub.Manifest, Slip: string(s.Slip), Procedure: s.Procedure,
		Left: acks[1].Done, Complete: acks[2].Done, Doubtful: sub.Clock == syncproto.ClockSuspect || sub.Clock == syncproto.ClockUnknown}
	if sub.TookIn != nil {
		f.TakenInAt = sub.TookIn.At
	}
	return f
}

func (f Fact) compare(g Fact) int {
	return cmp.Or(slices.Compare(f.Dossier[:], g.Dossier[:]), cmp.Compare(f.N, g.N), slices.Compare(f.Event[:], g.Event[:]),
		f.Manifest.Compare(g.Manifest))
}

func (f Fact) leaf() [32]byte {
	b := append([]byte("bendo reconcile fact\x00"), f.Dossier[:]...)
	b = append(b, f.Event[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(f.N))
	b = binary.BigEndian.AppendUint64(b, uint64(f.At))
	b = append(b, f.Manifest[:]...)
	complete := byte(0)
	if f.Complete {
		complete = 1
	}
	return sha256.Sum256(binary.BigEndian.AppendUint64(append(b, complete), uint64(f.TakenInAt)))
}

// zone is Viet Nam's time: one, without daylight saving.
var zone = time.FixedZone("GMT+7", 7*60*60)

// Day is one day of Viet Nam, written 2026-11-22.
type Day string

// ParseDay reads a day.
func ParseDay(s string) (Day, error) {
	if _, err := time.ParseInLocation(time.DateOnly, s, zone); err != nil {
		return "", fmt.Errorf("day %q: write it as 2026-11-22", s)
	}
	return Day(s), nil
}

// DayOf is the day of a time.
func DayOf(t time.Time) Day { return Day(t.In(zone).Format(time.DateOnly)) }

// Bounds are the first unix millisecond of the day and the first behind it.
func (d Day) Bounds() (from, to int64) {
	t, err := time.ParseInLocation(time.DateOnly, string(d), zone)
	if err != nil {
		return 0, 0
	}
	return t.UnixMilli(), t.AddDate(0, 0, 1).UnixMilli()
}

// Root is the digest of a day's facts of one book. It sorts a copy.
func Root(d Day, book syncproto.BookID, facts []Fact) syncproto.Digest {
	facts = slices.Clone(facts)
	slices.SortFunc(facts, Fact.compare)
	h := sha256.New()
	h.Write([]byte("bendo reconcile day\x00"))
	h.Write([]byte(d))
	h.Write(book[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(facts))))
	for _, f := range facts {
		leaf := f.leaf()
		h.Write(leaf[:])
	}
	return syncproto.Digest(h.Sum(nil))
}

// Counts are a day's sums.
type Counts struct {
	Filed       int `json:"filed"`       // first filings
	Supplements int `json:"supplements"` // deliveries after a request
	Left        int `json:"left"`        // of both, at the province
	Complete    int `json:"complete"`    // of both, with every byte
	TakenIn     int `json:"taken_in"`    // of both, by an officer
	Doubtful    int `json:"clock_unsure"`
}

func (c *Counts) add(f Fact) {
	if f.N == 0 {
		c.Filed++
	} else {
		c.Supplements++
	}
	for _, one := range []struct {
		yes bool
		n   *int
	}{{f.Left, &c.Left}, {f.Complete, &c.Complete}, {f.TakenInAt > 0, &c.TakenIn}, {f.Doubtful, &c.Doubtful}} {
		if one.yes {
			*one.n++
		}
	}
}

// Count sums facts, in all and by procedure.
func Count(facts []Fact) (all Counts, kinds map[string]Counts) {
	kinds = map[string]Counts{}
	for _, f := range facts {
		all.add(f)
		k := kinds[f.Procedure]
		k.add(f)
		kinds[f.Procedure] = k
	}
	return all, kinds
}
