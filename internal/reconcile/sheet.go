package reconcile

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bendo/syncproto"
)

// Side says whose knowledge a sheet is.
type Side string

// The two.
const (
	Office   Side = "office"
	Province Side = "province"
)

// Sheet is the data of the evening sheet of one book and day.
type Sheet struct {
	Format  int                `json:"format"` // 1
	By      Side               `json:"by"`
	Day     Day                `json:"day"`
	From    int64              `json:"from"` // unix ms, the day's cut-offs
	To      int64              `json:"to"`
	MadeAt  int64              `json:"made_at"` // unix ms, by the maker's clock
	Clock   string             `json:"clock"`   // quality of that clock
	Commune string             `json:"commune"`
	Book    syncproto.BookID   `json:"book"`
	Device  syncproto.DeviceID `json:"device"` // of an office's; zero of the province's
	Counts  Counts             `json:"counts"`
	Kinds   map[string]Counts  `json:"kinds"` // by procedure
	Root    syncproto.Digest   `json:"root"`
	Facts   []Fact             `json:"facts"`
	Key     []byte             `json:"key"` // Ed25519, the machine's or the province's
	Sig     []byte             `json:"sig,omitempty"`
}

// New makes the unsigned sheet of a day. The caller fills in who it is.
func New(by Side, d Day, book syncproto.BookID, facts []Fact) Sheet {
	facts = slices.Clone(facts)
	slices.SortFunc(facts, Fact.compare)
	if facts == nil {
		facts = []Fact{}
	}
	s := Sheet{Format: 1, By: by, Day: d, Book: book, Root: Root(d, book, facts), Facts: facts}
	s.From, s.To = d.Bounds()
	s.Counts, s.Kinds = Count(facts)
	return s
}

// message is what is signed: the sheet itself in the one form this program writes, without its
// signature.
func (s Sheet) message() ([]byte, error) {
	s.Sig = nil
	b, err := json.Marshal(s)
	return append([]byte("bendo reconcile sheet\x00"), b...), err
}

// Sign signs the sheet.
func (s Sheet) Sign(key ed25519.PrivateKey) (Sheet, error) {
	s.Key = key.Public().(ed25519.PublicKey)
	m, err := s.message()
	if err != nil {
		return s, fmt.Errorf("signing the sheet: %w", err)
	}
	s.Sig = ed25519.Sign(key, m)
	return s, nil
}

// Verify checks a sheet by itself: signature, root, counts, day. key, when given, is whose it must be.
func (s Sheet) Verify(key ed25519.PublicKey) error {
	m, err := s.message()
	switch {
	case err != nil:
		return err
	case s.Format != 1 || s.By != Office && s.By != Province:
		return fmt.Errorf("a sheet of format %d by %q; this program reads format 1", s.Format, s.By)
	case len(s.Key) != ed25519.PublicKeySize || !ed25519.Verify(s.Key, m, s.Sig):
		return errors.New("the sheet's signature does not verify: it was changed after it was signed")
	case len(key) > 0 && !bytes.Equal(key, s.Key):
		return errors.New("the sheet was signed by another key than the one to check with")
	}
	if _, err := ParseDay(string(s.Day)); err != nil {
		return err
	}
	again := New(s.By, s.Day, s.Book, s.Facts)
	if again.Root != s.Root || again.Counts != s.Counts || again.From != s.From || again.To != s.To {
		return errors.New("the sheet's sums do not follow from its facts")
	}
	for _, f := range s.Facts {
		if f.At < s.From || f.At >= s.To {
			return fmt.Errorf("dossier %s was not filed on %s", f.Slip, s.Day)
		}
	}
	return nil
}

// Sheets are what a portal prints for a commune, one for each book.
type Sheets struct {
	Sheets []Sheet `json:"sheets"`
}

// maxSheets bounds what is read: a day of a large commune is some hundred kilobytes.
const maxSheets = 64 << 20

// Read reads what either side printed: one sheet or several.
func Read(b []byte) ([]Sheet, error) {
	if len(b) > maxSheets {
		return nil, fmt.Errorf("reading sheets: %d bytes are too many", len(b))
	}
	var both struct {
		Sheet
		Sheets []Sheet `json:"sheets"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&both); err != nil {
		return nil, fmt.Errorf("reading sheets: %w", err)
	}
	if both.Sheets != nil {
		return both.Sheets, nil
	}
	return []Sheet{both.Sheet}, nil
}

// What can be different about a delivery.
const (
	OnlyHere     = "only_here"     // the other side does not have it
	OnlyThere    = "only_there"    // this side does not have it
	DoubledHere  = "doubled_here"  // this side has it more often
	DoubledThere = "doubled_there" // the other side has it more often
	OtherBytes   = "other_bytes"   // event or scans differ
	OtherTime    = "other_time"    // filed at another time
	Completeness = "completeness"  // one side holds it complete, the other does not
	TakingIn     = "taking_in"     // one side knows that an officer took it in, or when
)

// Difference is one dossier the sides disagree on.
type Difference struct {
	Slip    string              `json:"slip"`
	Dossier syncproto.DossierID `json:"dossier"`
	N       int                 `json:"n"`
	What    string              `json:"what"`
	Here    *Fact               `json:"here,omitempty"`
	There   *Fact               `json:"there,omitempty"`
}

// Diff compares two sheets of one book and day and names every dossier that differs. Equal sheets
// give nothing, and have equal roots.
func Diff(here, there Sheet) ([]Difference, error) {
	if here.Day != there.Day || here.Book != there.Book {
		return nil, fmt.Errorf("the sheets are of %s, book %s and of %s, book %s: nothing to compare", here.Day, here.Book, there.Day, there.Book)
	}
	type key struct {
		dossier syncproto.DossierID
		n       int
	}
	sides := [2]map[key][]Fact{{}, {}}
	var keys []key
	for i, facts := range [][]Fact{here.Facts, there.Facts} {
		for _, f := range facts {
			k := key{f.Dossier, f.N}
			if len(sides[0][k])+len(sides[1][k]) == 0 {
				keys = append(keys, k)
			}
			sides[i][k] = append(sides[i][k], f)
		}
	}
	found := []Difference{}
	for _, k := range keys {
		found = append(found, differ(sides[0][k], sides[1][k])...)
	}
	slices.SortStableFunc(found, func(a, b Difference) int { return slices.Compare(a.Dossier[:], b.Dossier[:]) })
	return found, nil
}

// differ compares what the sides have of one delivery; more than one on a side is rare (declined
// and delivered again) or a fault.
func differ(here, there []Fact) (found []Difference) {
	slices.SortFunc(here, Fact.compare)
	slices.SortFunc(there, Fact.compare)
	say := func(what string, h, t *Fact) {
		f := h
		if f == nil {
			f = t
		}
		found = append(found, Difference{Slip: f.Slip, Dossier: f.Dossier, N: f.N, What: what, Here: h, There: t})
	}
	here, there = paired(here, there)
	both := min(len(here), len(there))
	for i := range both {
		h, t := here[i], there[i]
		switch {
		case h.Event != t.Event || h.Manifest != t.Manifest:
			say(OtherBytes, &h, &t)
		case h.At != t.At:
			say(OtherTime, &h, &t)
		case h.Complete != t.Complete:
			say(Completeness, &h, &t)
		case h.TakenInAt != t.TakenInAt:
			say(TakingIn, &h, &t)
		}
	}
	for i := both; i < len(here); i++ {
		what := OnlyHere
		if len(there) > 0 {
			what = DoubledHere
		}
		say(what, &here[i], nil)
	}
	for i := both; i < len(there); i++ {
		what := OnlyThere
		if len(here) > 0 {
			what = DoubledThere
		}
		say(what, nil, &there[i])
	}
	return found
}

// paired puts the deliveries of the same event, with the same bytes before other ones, at the same
// places; what has no partner comes behind.
func paired(here, there []Fact) ([]Fact, []Fact) {
	var h, t, alone []Fact
	for _, f := range here {
		i := slices.IndexFunc(there, func(g Fact) bool { return g.Event == f.Event && g.Manifest == f.Manifest })
		if i < 0 {
			i = slices.IndexFunc(there, func(g Fact) bool {
				return g.Event == f.Event && !slices.ContainsFunc(here, func(x Fact) bool { return x.Event == g.Event && x.Manifest == g.Manifest })
			})
		}
		if i < 0 {
			alone = append(alone, f)
			continue
		}
		h, t = append(h, f), append(t, there[i])
		there = slices.Delete(slices.Clone(there), i, i+1)
	}
	return append(h, alone...), append(t, there...)
}
