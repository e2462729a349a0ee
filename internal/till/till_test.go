package till

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"bendo/internal/catalog"
	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
)

type bench struct {
	*Till
	t    testing.TB
	dir  string
	keys *seal.Keeper
	n    int
}

func open(t testing.TB) *bench {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "till")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dir: dir}
	if b.keys, err = seal.LoadOrCreate(seal.Options{DataDir: filepath.Join(dir, "data")}); err != nil {
		t.Fatal(err)
	}
	b.Till = b.again()
	return b
}

func (b *bench) path() string { return filepath.Join(b.dir, "till.db") }

// again opens the file once more, as another process or the next run does.
func (b *bench) again() *Till {
	b.t.Helper()
	t, err := Open(context.Background(), b.path(), b.keys)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { t.Close() })
	return t
}

// by is the clerk with a fresh key.
func (b *bench) by() By {
	b.n++
	return By{Key: fmt.Sprint("key-", b.n), Actor: "m-clerk", At: int64(1000 + b.n)}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func cash(amount int64) Payment {
	return Payment{Means: Cash, Amount: amount, Listed: amount, Dossier: [16]byte{1}, Procedure: "2.000815"}
}

// The arithmetic of certified copies, as the vectors have it, with the formula the catalogue states.
func TestCopyFee(t *testing.T) {
	var v struct {
		What  string
		First int64 `json:"first_two_pages_each"`
		Third int64 `json:"from_page_3_each"`
		Cap   int64 `json:"cap_per_copy"`
		Cases []struct {
			Pages, Copies int
			Fee           int64
		}
	}
	if err := json.Unmarshal(must(os.ReadFile("testdata/copies.json"))(t), &v); err != nil {
		t.Fatal(err)
	}
	stated := catalog.FeeFormula{FirstTwo: v.First, FromThird: v.Third, Cap: v.Cap}
	pack := must(catalog.Embedded())(t)
	p, ok := pack.Procedure("2.000815")
	if !ok || p.FeeFormula == nil || p.FeeFormula.FirstTwo != v.First || p.FeeFormula.FromThird != v.Third || p.FeeFormula.Cap != v.Cap {
		t.Fatalf("the catalogue states %+v", p.FeeFormula)
	}
	for _, c := range v.Cases {
		if got, ok := CopyFee(stated, c.Pages, c.Copies); !ok || got != c.Fee {
			t.Errorf("%d pages, %d copies: %d, want %d", c.Pages, c.Copies, got, c.Fee)
		}
	}
	for _, bad := range [][2]int{{0, 1}, {1, 0}, {-1, 1}, {maxUnits + 1, 1}, {1, maxUnits + 1}} {
		if _, ok := CopyFee(stated, bad[0], bad[1]); ok {
			t.Errorf("%v has a fee", bad)
		}
	}
	if _, ok := CopyFee(catalog.FeeFormula{Each: 10000}, 1, 1); ok {
		t.Error("a fee by pages from a formula without pages")
	}
	if got, ok := UnitFee(catalog.FeeFormula{Each: 10000}, 3); !ok || got != 30000 {
		t.Errorf("%d", got)
	}
	if _, ok := UnitFee(stated, 3); ok {
		t.Error("a fee by unit from a formula of pages")
	}
}

// A shift from count to count.
func TestShift(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	if _, err := b.Take(ctx, b.by(), 1, cash(5000)); !errors.Is(err, ErrNoShift) {
		t.Fatal(err)
	}
	if _, err := b.Last(ctx, 1); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	start := must(b.Begin(ctx, b.by(), 1, 100_000))(t)
	if _, err := b.Begin(ctx, b.by(), 1, 100_000); !errors.Is(err, ErrShiftOpen) {
		t.Fatal(err)
	}
	fee := must(b.Take(ctx, b.by(), 1, cash(20_000)))(t)
	moved := must(b.Take(ctx, b.by(), 1, Payment{Means: Transfer, Amount: 10_000, Listed: 10_000, Dossier: [16]byte{2}, Reference: "FT26327001"}))(t)
	free := must(b.Take(ctx, b.by(), 1, Payment{Means: Cash, Listed: 20_000, Ground: "hộ nghèo", Evidence: "sổ hộ nghèo 2026"}))(t)
	if fee.Receipt != 1 || moved.Receipt != 2 || free.Receipt != 3 || free.Ground != "hộ nghèo" || fee.Shift != start.Number {
		t.Fatalf("%+v %+v %+v", fee, moved, free)
	}
	must(b.GiveBack(ctx, b.by(), 1, fee.Number, 5_000, "thu thừa", ""))(t)
	must(b.GiveBack(ctx, b.by(), 1, moved.Number, 10_000, "rút hồ sơ", "FT26327002"))(t)
	must(b.Deposit(ctx, b.by(), 1, 100_000, "nộp Kho bạc"))(t)
	s := must(b.Last(ctx, 1))(t)
	want := Shift{ID: 1, Drawer: 1, OpenedBy: "m-clerk", OpenedAt: start.At, Opening: 100_000, Taken: 20_000, Refunded: 5_000, Deposited: 100_000, Expected: 15_000, Lines: 7}
	if s != want {
		t.Fatalf("%+v, want %+v", s, want)
	}
	if _, err := b.End(ctx, b.by(), 1, 14_000, ""); !errors.Is(err, ErrReason) {
		t.Fatal(err)
	}
	s = must(b.End(ctx, b.by(), 1, 14_000, "trả lại nhầm tiền thừa"))(t)
	if !s.Closed || s.Difference() != -1000 || s.Reason == "" || s.Expected != 15_000 {
		t.Fatalf("%+v", s)
	}
	if _, err := b.Take(ctx, b.by(), 1, cash(5000)); !errors.Is(err, ErrNoShift) {
		t.Fatal(err)
	}
	if got := must(b.LinesOf(ctx, [16]byte{1}))(t); len(got) != 2 || got[1].Of != fee.Number || got[1].Reason != "thu thừa" {
		t.Fatalf("%+v", got)
	}
	if next := must(b.Begin(ctx, b.by(), 1, 14_000))(t); next.Shift == start.Shift {
		t.Fatal("the same shift")
	}
	if err := b.Verify(ctx); err != nil {
		t.Fatal(err)
	}
}

// Each refusal, and that nothing of it is written.
func TestRefusals(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	must(b.Begin(ctx, b.by(), 1, 1000))(t)
	must(b.Begin(ctx, b.by(), 2, 0))(t)
	fee := must(b.Take(ctx, b.by(), 1, cash(5000)))(t)
	must(b.Deposit(ctx, b.by(), 1, 4000, ""))(t)
	pay := func(change func(*Payment)) func(By) error {
		return func(by By) error {
			p := cash(5000)
			change(&p)
			_, err := b.Take(ctx, by, 1, p)
			return err
		}
	}
	for name, c := range map[string]struct {
		do   func(By) error
		want error
	}{
		"less than listed":           {pay(func(p *Payment) { p.Amount = 4000 }), ErrGround},
		"a ground without evidence":  {pay(func(p *Payment) { p.Amount, p.Ground = 4000, "x" }), ErrGround},
		"nothing, nothing listed":    {pay(func(p *Payment) { p.Amount, p.Listed = 0, Unlisted }), ErrGround},
		"a picture of a transfer":    {pay(func(p *Payment) { p.Means = Transfer }), ErrReference},
		"negative":                   {pay(func(p *Payment) { p.Amount, p.Listed = -1, -1 }), ErrInvalid},
		"beyond all fees":            {pay(func(p *Payment) { p.Amount, p.Listed = maxAmount+1, Unlisted }), ErrInvalid},
		"no means":                   {pay(func(p *Payment) { p.Means = "qr" }), ErrInvalid},
		"text that is none":          {pay(func(p *Payment) { p.Reference = "\xff" }), ErrInvalid},
		"no key":                     {func(By) error { _, err := b.Take(ctx, By{Actor: "a"}, 1, cash(1)); return err }, ErrInvalid},
		"nobody":                     {func(By) error { _, err := b.Take(ctx, By{Key: "x"}, 1, cash(1)); return err }, ErrInvalid},
		"a drawer without a shift":   {func(by By) error { _, err := b.Take(ctx, by, 3, cash(1)); return err }, ErrNoShift},
		"refund beyond the fee":      {func(by By) error { _, err := b.GiveBack(ctx, by, 1, fee.Number, 5001, "x", ""); return err }, ErrTooMuch},
		"refund beyond the drawer":   {func(by By) error { _, err := b.GiveBack(ctx, by, 1, fee.Number, 3000, "x", ""); return err }, ErrDrawer},
		"refund from another drawer": {func(by By) error { _, err := b.GiveBack(ctx, by, 2, fee.Number, 3000, "x", ""); return err }, ErrDrawer},
		"refund without a reason":    {func(by By) error { _, err := b.GiveBack(ctx, by, 1, fee.Number, 1, "", ""); return err }, ErrInvalid},
		"refund of a deposit":        {func(by By) error { _, err := b.GiveBack(ctx, by, 1, fee.Number+1, 1, "x", ""); return err }, ErrNotFound},
		"refund of nothing":          {func(by By) error { _, err := b.GiveBack(ctx, by, 1, 99, 1, "x", ""); return err }, ErrNotFound},
		"deposit beyond the drawer":  {func(by By) error { _, err := b.Deposit(ctx, by, 1, 2001, ""); return err }, ErrDrawer},
		"an end without a shift":     {func(by By) error { _, err := b.End(ctx, by, 3, 0, ""); return err }, ErrNoShift},
		"a key of another line": {func(by By) error {
			by.Key = "key-3"
			_, err := b.Take(ctx, by, 1, cash(5001))
			return err
		}, ErrKeyReused},
	} {
		if err := c.do(b.by()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if s := must(b.Last(ctx, 1))(t); s.Lines != 3 || s.Expected != 2000 {
		t.Errorf("%+v", s)
	}
}

// The same key gives the same line, also after the program was started anew and the shift closed: an
// answer that was lost costs nobody twice.
func TestAskedTwice(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	start, pay, end := b.by(), b.by(), b.by()
	first := must(b.Begin(ctx, start, 1, 0))(t)
	fee := must(b.Take(ctx, pay, 1, cash(5000)))(t)
	back := b.by()
	given := must(b.GiveBack(ctx, back, 1, fee.Number, 5000, "x", ""))(t)
	s := must(b.End(ctx, end, 1, 0, ""))(t)
	other := b.again()
	pay.At += 60_000 // the clock went on
	if l := must(other.Take(ctx, pay, 1, cash(5000)))(t); l != fee {
		t.Errorf("%+v, want %+v", l, fee)
	}
	if l := must(other.Begin(ctx, start, 1, 0))(t); l != first {
		t.Errorf("%+v", l)
	}
	if l := must(other.GiveBack(ctx, back, 1, fee.Number, 5000, "x", ""))(t); l != given {
		t.Errorf("%+v", l)
	}
	if again := must(other.End(ctx, end, 1, 0, ""))(t); again != s {
		t.Errorf("%+v", again)
	}
	if list := must(b.Lines(ctx, first.Shift))(t); len(list) != 4 {
		t.Errorf("%d lines", len(list))
	}
}

// A provisional receipt is replaced by one electronic receipt, which replaces no other.
func TestReplace(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	must(b.Begin(ctx, b.by(), 1, 0))(t)
	one, two := must(b.Take(ctx, b.by(), 1, cash(1000)))(t), must(b.Take(ctx, b.by(), 1, cash(2000)))(t)
	must(b.Take(ctx, b.by(), 1, Payment{Means: Cash, Listed: 20_000, Ground: "x", Evidence: "y"}))(t) // free: nothing to replace
	r := EReceipt{Form: "01BLP2-001", Symbol: "28AA-17T", Number: "0000001", Actor: "m", At: 7}
	for range 2 {
		if err := b.Replace(ctx, one.Number, r); err != nil {
			t.Fatal(err)
		}
	}
	other := r
	other.Number = "0000002"
	for name, err := range map[string]error{"a second one": b.Replace(ctx, one.Number, other), "one of another": b.Replace(ctx, two.Number, r)} {
		if !errors.Is(err, ErrMapped) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.Replace(ctx, 1, other); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no fee: %v", err)
	}
	if err := b.Replace(ctx, two.Number, EReceipt{}); !errors.Is(err, ErrInvalid) {
		t.Errorf("an empty one: %v", err)
	}
	if l := must(b.Line(ctx, one.Number))(t); l.EReceipt == nil || *l.EReceipt != r {
		t.Errorf("%+v", l.EReceipt)
	}
	if left := must(b.Provisional(ctx, 10))(t); len(left) != 1 || left[0].Number != two.Number {
		t.Errorf("%+v", left)
	}
}

// A cash book in which somebody wrote is not opened.
func TestDamage(t *testing.T) {
	for name, spoil := range map[string]string{
		"another amount":     `UPDATE line SET amount = 1 WHERE number = 2`,
		"another actor":      `UPDATE line SET actor = 'x' WHERE number = 2`,
		"a line taken out":   `DELETE FROM line WHERE number = 2`,
		"the last taken off": `DELETE FROM line WHERE number = 4`,
		"texts exchanged":    `UPDATE line SET texts = (SELECT texts FROM line WHERE number = 3) WHERE number = 2`,
		"another receipt":    `UPDATE line SET receipt = 9 WHERE number = 3`,
		"all of it":          `DELETE FROM line`,
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			must(b.Begin(t.Context(), b.by(), 1, 0))(t)
			for range 3 {
				must(b.Take(t.Context(), b.by(), 1, cash(5000)))(t)
			}
			b.Close()
			db := must(sqlitedb.Open(t.Context(), b.path(), sqlitedb.Options{}))(t)
			if err := db.Write(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(spoil); return err }); err != nil {
				t.Fatal(err)
			}
			db.Close()
			if _, err := Open(t.Context(), b.path(), b.keys); !errors.Is(err, ErrDamaged) {
				t.Errorf("opened: %v", err)
			}
		})
	}
}

// Two clerks at two desks, two handles on one file: receipts have no gap and none twice.
func TestTwoDesks(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	handles := []*Till{b.Till, b.again()}
	for drawer := range handles {
		must(b.Begin(ctx, b.by(), drawer+1, 0))(t)
	}
	var wg sync.WaitGroup
	for drawer, h := range handles {
		wg.Go(func() {
			for i := range 20 {
				if _, err := h.Take(ctx, By{Key: fmt.Sprint(drawer, "/", i), Actor: "m", At: 1}, drawer+1, cash(1000)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := b.Verify(ctx); err != nil {
		t.Fatal(err)
	}
	for drawer := range handles {
		if s := must(b.Last(ctx, drawer+1))(t); s.Taken != 20_000 || s.Lines != 21 {
			t.Errorf("%+v", s)
		}
	}
}

// What staff write in words does not lie on the disk in the clear.
func TestNothingInTheClear(t *testing.T) {
	b := open(t)
	must(b.Begin(t.Context(), b.by(), 1, 0))(t)
	p := cash(1)
	p.Amount, p.Ground, p.Evidence, p.Reference = 0, "hộ nghèo Canary", "sổ của bà Canary", "Canary"
	must(b.Take(t.Context(), b.by(), 1, p))(t)
	must(b.End(t.Context(), b.by(), 1, 7, "Canary đếm nhầm"))(t)
	b.Close()
	for _, name := range must(filepath.Glob(b.path() + "*"))(t) {
		if bytes.Contains(must(os.ReadFile(name))(t), []byte("Canary")) {
			t.Errorf("%s holds it", filepath.Base(name))
		}
	}
}

// Whatever is asked in whatever order, the drawer is never below nothing, what a shift expects is the sum
// of what was answered, and no fee is given back twice.
func TestAnyDay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := open(t)
		ctx := t.Context()
		drawer, isOpen := int64(0), false
		left := map[int64]int64{} // of each fee in cash
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			amount := rapid.Int64Range(0, 5).Draw(rt, "amount")
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0:
				if _, err := b.Begin(ctx, b.by(), 1, amount); err == nil {
					drawer, isOpen = amount, true
				} else if !isOpen {
					rt.Fatal(err)
				}
			case 1:
				if l, err := b.Take(ctx, b.by(), 1, Payment{Means: Cash, Amount: amount + 1, Listed: amount + 1}); err == nil {
					drawer += l.Amount
					left[l.Number] = l.Amount
				} else if isOpen {
					rt.Fatal(err)
				}
			case 2:
				for fee, have := range left {
					_, err := b.GiveBack(ctx, b.by(), 1, fee, amount+1, "x", "")
					if fits := isOpen && amount+1 <= have && amount+1 <= drawer; fits != (err == nil) {
						rt.Fatalf("give back %d of %d, drawer %d: %v", amount+1, have, drawer, err)
					} else if fits {
						drawer, left[fee] = drawer-amount-1, have-amount-1
					}
					break
				}
			case 3:
				_, err := b.Deposit(ctx, b.by(), 1, amount+1, "")
				if fits := isOpen && amount+1 <= drawer; fits != (err == nil) {
					rt.Fatalf("deposit %d of %d: %v", amount+1, drawer, err)
				} else if fits {
					drawer -= amount + 1
				}
			case 4:
				s, err := b.End(ctx, b.by(), 1, drawer, "")
				if isOpen != (err == nil) || isOpen && s.Difference() != 0 {
					rt.Fatalf("%+v: %v", s, err)
				}
				isOpen = false
			}
			if isOpen {
				if s := must(b.Last(ctx, 1))(t); s.Expected != drawer {
					rt.Fatalf("expected %d, have %d", s.Expected, drawer)
				}
			}
		}
		if err := b.Verify(ctx); err != nil {
			rt.Fatal(err)
		}
		b.Close()
	})
}
