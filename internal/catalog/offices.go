package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bendo/internal/form"
	"bendo/internal/vietqr"
)

// officesFile holds what a pack knows about single offices. A pack may do without it: then no office
// has an account, and its fees are paid in cash at the desk.
const officesFile = "offices.json"

// Payee is whose account a fee may be transferred to (đơn vị thụ hưởng). It reaches an office only in
// a signed pack: an account that somebody in the office could change would be an account somebody
// will change.
type Payee struct {
	Desks   []string // of the office whose fees go there, as in Procedure.Desk
	Bank    string   // its name, as people know it
	Holder  string   // of the account, as the bank shows it to whoever pays
	Account vietqr.Account
}

// Payee returns the account for a fee of one desk of a commune's office, when the province named one.
func (p *Pack) Payee(commune, desk string) (Payee, bool) {
	for _, payee := range p.payees[commune] {
		if desk != "" && slices.Contains(payee.Desks, desk) {
			return payee, true
		}
	}
	return Payee{}, false
}

// PracticePayee is what a machine shows that practises: no bank has this number, so that no
// application can send money there, and every line of it says so.
func PracticePayee() Payee {
	return Payee{Bank: "Ngân hàng tập thử (không có thật)", Holder: "TÀI KHOẢN TẬP THỬ, KHÔNG CÓ THẬT",
		Account: vietqr.Account{BIN: "000000", Number: "0000000000"}}
}

type officeDoc struct {
	Commune string `json:"commune"` // code of the commune
	Payees  []struct {
		Desks   []string `json:"desks"`
		Bank    string   `json:"bank"`
		Holder  string   `json:"holder"`
		BIN     string   `json:"bin"`
		Account string   `json:"account"`
		Card    bool     `json:"card,omitempty"`
	} `json:"payees"`
}

// offices reads offices.json where the manifest names one; earlier packs have none.
func (r *reader) offices() error {
	if _, there := r.files[officesFile]; !there {
		return nil
	}
	var doc struct {
		Offices []officeDoc `json:"offices"`
	}
	if err := r.file(officesFile, &doc); err != nil {
		return err
	}
	r.pack.payees = map[string][]Payee{}
	for _, o := range doc.Offices {
		if _, twice := r.pack.payees[o.Commune]; twice || o.Commune == "" {
			return fmt.Errorf("%s: office of commune %q stands twice or has no code", officesFile, o.Commune)
		}
		payees, err := r.payees(o)
		if err != nil {
			return fmt.Errorf("%s: commune %s: %w", officesFile, o.Commune, err)
		}
		r.pack.payees[o.Commune] = payees
	}
	return nil
}

// payees refuses whatever could send a fee to nobody or to two: a desk that no procedure names is a
// misspelling, a desk named twice leaves the account to chance.
func (r *reader) payees(o officeDoc) ([]Payee, error) {
	known, taken := map[string]bool{}, map[string]bool{}
	for _, p := range r.pack.Procedures {
		known[p.Desk] = true
	}
	var out []Payee
	for _, in := range o.Payees {
		p := Payee{Desks: in.Desks, Bank: in.Bank, Holder: in.Holder,
			Account: vietqr.Account{BIN: in.BIN, Number: in.Account, Card: in.Card}}
		if err := p.Account.Check(); err != nil {
			return nil, err
		}
		if blank(p.Bank) || blank(p.Holder) || len(p.Desks) == 0 {
			return nil, errors.New("a payee needs its desks, its bank's name and its holder's name")
		}
		if p.Account.BIN == PracticePayee().Account.BIN {
			return nil, errors.New("the practice account stands in a pack; an office needs a real one or none")
		}
		for _, desk := range p.Desks {
			if !known[desk] || desk == "" {
				return nil, fmt.Errorf("no procedure has the desk %q", desk)
			}
			if taken[desk] {
				return nil, fmt.Errorf("the desk %q has two payees", desk)
			}
			taken[desk] = true
		}
		out = append(out, p)
	}
	return out, nil
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// FixedFee is the fee of a procedure where the catalogue settles it: one verified amount in đồng for
// the channel, by no unit, under no condition. Zero is free. False: a person must say what is due
// (FeeText has the words).
func (p Procedure) FixedFee(channel string) (amount int64, fixed bool) {
	c, ok := p.Channel(channel)
	if !ok || c.FeeVND == nil || p.FeeFormula != nil || p.FeeNote != nil || p.Confidence["fee"] != string(form.Verified) {
		return 0, false
	}
	for _, other := range p.Channels {
		if other.Channel == c.Channel && (other.FeeVND == nil || *other.FeeVND != *c.FeeVND) {
			return 0, false // two lines for one channel that differ
		}
	}
	return *c.FeeVND, true
}
