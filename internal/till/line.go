package till

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Kind is what a line is about.
type Kind string

// The kinds.
const (
	Opening Kind = "opening" // counted when the shift began
	Fee     Kind = "fee"
	Refund  Kind = "refund"
	Deposit Kind = "deposit" // cash that left for the treasury or the safe
	Closing Kind = "closing" // counted when it ended
)

// Means is how money moves.
type Means string

// The means. A transfer is one the bank or the payment platform has confirmed.
const (
	Cash     Means = "cash"
	Transfer Means = "transfer"
)

// Line is one line of the cash book.
type Line struct {
	Number    int64
	Shift     int64 // the number of the line that opened it
	Drawer    int
	Kind      Kind
	Means     Means
	Amount    int64 // đồng
	Receipt   int64 // of a fee: the number of its provisional receipt; 0 none
	Dossier   [16]byte
	Procedure string
	Listed    int64 // what the catalogue asks; Unlisted where it states nothing
	Of        int64 // of a refund: the line of the fee
	Actor     string
	At        int64 // unix ms
	Texts
	EReceipt *EReceipt // nil: not yet
}

// Unlisted means that the catalogue states no fee.
const Unlisted int64 = -1

// Texts are what staff write in words; on the disk they are sealed.
type Texts struct {
	Ground    string `json:"ground,omitempty"`    // why less than listed is taken
	Evidence  string `json:"evidence,omitempty"`  // of the ground: which paper was shown
	Reference string `json:"reference,omitempty"` // of a transfer or deposit: the bank's own number
	Reason    string `json:"reason,omitempty"`    // of a refund, or of a difference
}

// EReceipt is an electronic receipt (biên lai điện tử) as its provider numbered it.
type EReceipt struct {
	Form   string // mẫu số, "01BLP2-001"
	Symbol string // ký hiệu
	Number string
	Actor  string
	At     int64 // when it was noted, unix ms
}

// Why something is not written. Each says what to do.
var (
	ErrNoShift   = errors.New("no shift is open at this drawer; count the drawer and open one")
	ErrShiftOpen = errors.New("a shift is open at this drawer already; close it first")
	ErrKeyReused = errors.New("this key was used for another line; ask with a fresh one")
	ErrInvalid   = errors.New("the line is not whole")
	ErrGround    = errors.New("less or more than the catalogue asks needs its ground and evidence")
	ErrReference = errors.New("a transfer counts when the bank or the payment platform confirmed it; write down its reference")
	ErrTooMuch   = errors.New("more than was taken is not given back")
	ErrDrawer    = errors.New("the drawer does not hold so much")
	ErrReason    = errors.New("what was counted differs from the lines; write down why")
	ErrNotFound  = errors.New("there is no such line")
	ErrMapped    = errors.New("the receipt has another electronic receipt already, or that one belongs to another")
	ErrDamaged   = errors.New("the cash book is damaged: its chain of lines does not hold; have IT look at it, write receipts by hand")
)

// Limits of a line: an office's fees are thousands to millions of đồng.
const (
	maxAmount = 10_000_000_000
	maxText   = 500
	maxKey    = 100
)

func (l *Line) check(key string) error {
	texts := []string{l.Ground, l.Evidence, l.Reference, l.Reason, l.Procedure, l.Actor}
	for _, s := range texts {
		if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxText || strings.ContainsRune(s, 0) {
			return ErrInvalid
		}
	}
	if key == "" || len(key) > maxKey || l.Actor == "" || l.Drawer < 1 || l.Amount < 0 || l.Amount > maxAmount ||
		l.Listed < Unlisted || l.Listed > maxAmount || l.Means != Cash && l.Means != Transfer {
		return ErrInvalid
	}
	switch l.Kind {
	case Fee:
		if (l.Listed != Unlisted && l.Amount != l.Listed || l.Amount == 0 && l.Listed != 0) && (l.Ground == "" || l.Evidence == "") {
			return ErrGround
		}
		if l.Means == Transfer && l.Reference == "" {
			return ErrReference
		}
	case Refund, Deposit:
		if l.Amount == 0 || l.Kind == Refund && l.Reason == "" {
			return ErrInvalid
		}
	}
	return nil
}

// inDrawer is what a line does to the drawer.
func (l Line) inDrawer() int64 {
	switch {
	case l.Means != Cash || l.Kind == Closing:
		return 0
	case l.Kind == Refund || l.Kind == Deposit:
		return -l.Amount
	}
	return l.Amount
}

// Shift is the sum of a shift's lines.
type Shift struct {
	ID        int64 // the number of the line that opened it
	Drawer    int
	OpenedBy  string
	OpenedAt  int64
	Opening   int64
	Taken     int64 // in cash
	Moved     int64 // by transfer, refunds taken off
	Refunded  int64 // in cash
	Deposited int64
	Expected  int64 // what the drawer should hold
	Lines     int
	Closed    bool
	ClosedBy  string
	ClosedAt  int64
	Counted   int64 // at the end
	Reason    string
}

// Difference is what was counted more (or, below zero, less) than expected; 0 while the shift is open.
func (s Shift) Difference() int64 {
	if !s.Closed {
		return 0
	}
	return s.Counted - s.Expected
}

// sum adds up the lines of one shift, in their order.
func sum(lines []Line) (s Shift) {
	for _, l := range lines {
		s.Lines++
		s.Expected += l.inDrawer()
		switch {
		case l.Kind == Opening:
			s.ID, s.Drawer, s.OpenedBy, s.OpenedAt, s.Opening = l.Number, l.Drawer, l.Actor, l.At, l.Amount
		case l.Kind == Closing:
			s.Closed, s.ClosedBy, s.ClosedAt, s.Counted, s.Reason = true, l.Actor, l.At, l.Amount, l.Reason
		case l.Kind == Deposit:
			s.Deposited += l.Amount
		case l.Kind == Fee && l.Means == Cash:
			s.Taken += l.Amount
		case l.Kind == Refund && l.Means == Cash:
			s.Refunded += l.Amount
		case l.Kind == Fee:
			s.Moved += l.Amount
		case l.Kind == Refund:
			s.Moved -= l.Amount
		}
	}
	return s
}
