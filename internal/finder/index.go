package finder

import (
	"strings"

	"bendo/internal/vietnam"
)

// ID names a dossier.
type ID = [16]byte

// Person is somebody a dossier is found by.
type Person struct {
	Name      string // as written
	Born      string // "2006-01-02", or what is known: "2006", "2006-01"; "" nothing
	CitizenID string // 12 digits, or the 9 of an old card
	Phone     string
}

// Facts are what the index knows of one dossier. Times are unix milliseconds, 0 none.
type Facts struct {
	ID        ID
	Slip      string // bare digits
	Procedure string
	Official  string   // the official code
	Old       []string // numbers in other systems and in the back-log
	Applicant Person
	Submitter Person

	FiledAt   int64
	Due       int64 // while the legal clock runs towards it, else 0
	AskedAt   int64 // of the open supplement request, while one is open
	ReadyAt   int64 // of a result nobody has fetched yet
	RequestAt int64 // of the oldest request that waits for an answer
	Waiting   bool  // filed, and nobody has taken it in
	LookUp    bool  // a paper is still to be looked up
	Open      bool  // it may still come to something: not closed, withdrawn or refused
	Scans     []uint64
}

// row is a dossier in the index. Words and numbers stand for texts; see words and digits.
type row struct {
	id        ID
	used      bool
	slip      number
	procedure uint32   // a word
	words     []uint32 // the applicant's, then the submitter's
	own       uint8    // how many of words are the applicant's
	born      [2]uint16
	people    []number // citizen ids and phones, see kinds
	kinds     uint8    // bit i: people[i] is a phone
	citizen   number   // the applicant's citizen id; 0 none
	codes     string   // the official code and, behind a line feed each, the older ones; as letters and digits
	scans     []uint64 // of an open dossier

	filed, due, asked, ready, request int64
	waiting, lookUp, open             bool
}

// Index is every dossier of an office. The zero value is an empty one. It is not safe for concurrent use.
type Index struct {
	rows  []row
	free  []uint32
	byID  map[ID]uint32
	words words
	twins map[uint64][]uint32 // open dossiers by what makes two of them look alike
}

// Len is how many dossiers are known.
func (x *Index) Len() int { return len(x.byID) }

// Set makes f known, in place of what was known of that dossier. Facts without any number or person
// are kept, too: lists show them.
func (x *Index) Set(f Facts) {
	if x.byID == nil {
		x.byID, x.twins = map[ID]uint32{}, map[uint64][]uint32{}
	}
	at, known := x.byID[f.ID]
	fresh := x.rowOf(f) // before the old one is let go, so that words both have stay
	switch {
	case known:
		x.drop(at)
	case len(x.free) > 0:
		at = x.free[len(x.free)-1]
		x.free = x.free[:len(x.free)-1]
	default:
		at = uint32(len(x.rows))
		x.rows = append(x.rows, row{})
	}
	x.rows[at], x.byID[f.ID] = fresh, at
	x.link(at)
}

// Remove forgets a dossier: its names as well, where no other dossier has them.
func (x *Index) Remove(id ID) {
	at, known := x.byID[id]
	if !known {
		return
	}
	x.drop(at)
	delete(x.byID, id)
	x.free = append(x.free, at)
}

// drop empties a row and lets go of what it held on to.
func (x *Index) drop(at uint32) {
	x.unlink(at)
	r := &x.rows[at]
	for _, w := range r.words {
		x.words.release(w)
	}
	x.words.release(r.procedure)
	*r = row{}
}

func (x *Index) rowOf(f Facts) row {
	r := row{id: f.ID, used: true, slip: digits(f.Slip), procedure: x.words.take(f.Procedure),
		filed: f.FiledAt, due: f.Due, asked: f.AskedAt, ready: f.ReadyAt, request: f.RequestAt,
		waiting: f.Waiting, lookUp: f.LookUp, open: f.Open}
	for i, p := range []Person{f.Applicant, f.Submitter} {
		for _, w := range nameWords(p.Name) {
			r.words = append(r.words, x.words.take(w))
		}
		if i == 0 {
			r.own = uint8(len(r.words))
		}
		r.born[i] = yearOf(p.Born)
		if n := digits(p.CitizenID); n != 0 {
			r.people = append(r.people, n)
			if i == 0 {
				r.citizen = n
			}
		}
		if n := digits(phoneDigits(p.Phone)); n != 0 {
			r.kinds |= 1 << len(r.people)
			r.people = append(r.people, n)
		}
	}
	r.codes = codesOf(f)
	if f.Open {
		r.scans = f.Scans
	}
	return r
}

// codesOf keeps the codes as they are compared: capital letters and digits. The official code comes
// first, empty where there is none yet.
func codesOf(f Facts) string {
	list := []string{plainCode(f.Official)}
	for _, old := range f.Old {
		if c := plainCode(old); c != "" {
			list = append(list, c)
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list, "\n")
}

// plainCode leaves the letters and digits of a code, as capitals without marks: people type the rest
// differently.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= '0' && r <= '9':
			return r
		case r > 0x7f: // a letter of another script: kept, it tells codes apart
			return r
		}
		return -1
	}, vietnam.Fold(code))
}

// phoneDigits is a phone as it is dialled at home; the digits as they stand where it is no such number.
func phoneDigits(phone string) string {
	if p, err := vietnam.ParsePhone(phone); err == nil {
		return string(p)
	}
	return phone
}

// yearOf is the year a date begins with; 0 none.
func yearOf(date string) uint16 {
	if len(date) < 4 {
		return 0
	}
	n := uint16(0)
	for i := range 4 {
		if date[i] < '0' || date[i] > '9' {
			return 0
		}
		n = n*10 + uint16(date[i]-'0')
	}
	return n
}
