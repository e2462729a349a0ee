package officepaper

import (
	"fmt"
	"strconv"
)

// Hop is one hand-over of a dossier inside its way.
type Hop struct{ Office, At, Giver, Taker, Result, Note string }

// Share is the time one office has.
type Share struct{ Office, Until string }

// Control is Mẫu 06: who had the dossier when.
type Control struct {
	Head
	Content          string
	From, Owner      Person
	Received, Period string
	Due              string
	Papers           []Papers
	Shares           []Share
	Hops             []Hop
}

// Form implements Form.
func (Control) Form() Name { return NameControl }

func (c Control) fill(v *values) {
	v.person("from", c.From)
	v.person("owner", c.Owner)
	v.papers(c.Papers)
	v.all(map[string]string{"content": c.Content, "received": c.Received, "period": c.Period, "due": c.Due})
	shares := make([][]string, 0, len(c.Shares))
	for i, s := range c.Shares {
		shares = append(shares, []string{strconv.Itoa(i + 1), s.Office, s.Until})
	}
	v.table("shares", []string{"n", "office", "until"}, shares)
	hops := make([][]string, 0, len(c.Hops))
	for i, h := range c.Hops {
		hops = append(hops, []string{strconv.Itoa(i + 1), h.Office, h.At, h.Giver, h.Taker, h.Result, h.Note})
	}
	v.table("hops", []string{"n", "office", "at", "giver", "taker", "result", "note"}, hops)
}

// RegisterRow is one dossier of the register.
type RegisterRow struct {
	Code, Content, Sets, Owner, Address, Phone, Office string
	Received, Due, Result, Returned, Note              string
}

// Register is Mẫu 07: the dossiers of a period, in the order they are given.
type Register struct {
	Head
	Period string
	CutOff string // when it was made, and what came too late for it
	Rows   []RegisterRow
	Signer Signer
}

// Form implements Form.
func (Register) Form() Name { return NameRegister }

func (r Register) fill(v *values) {
	v.all(map[string]string{"period": r.Period, "cut_off": r.CutOff, "count": entries(len(r.Rows))})
	v.signer(r.Signer)
	rows := make([][]string, 0, len(r.Rows))
	for i, x := range r.Rows {
		rows = append(rows, []string{strconv.Itoa(i + 1), x.Code, x.Content, x.Sets, x.Owner, x.Address, x.Phone, x.Office, x.Received, x.Due, x.Result, x.Returned, "", x.Note})
	}
	v.table("rows", []string{"n", "code", "content", "sets", "owner", "address", "phone", "office", "received", "due", "result", "returned", "signed", "note"}, rows)
}

func entries(n int) string { return fmt.Sprintf("%d hồ sơ", n) }

// Copy is one line of certification work (chứng thực).
type Copy struct {
	Name          string
	Pages, Copies int    // 0: written by hand
	Fee           *int64 // đồng; nil: not settled yet
}

// Certification is the receipt of certification work.
type Certification struct {
	Head
	From             Person
	Content          string
	Items            []Copy
	Exempt           string // why nothing is paid
	Received, Due    string
	Where            string
	Contact          string
	Submitter, Taker string
}

// Form implements Form.
func (Certification) Form() Name { return NameCertification }

func (c Certification) fill(v *values) {
	v.person("from", c.From)
	v.all(map[string]string{"content": c.Content, "exempt": c.Exempt, "received": c.Received, "due": c.Due, "where": c.Where, "contact": c.Contact,
		"submitter": c.Submitter, "taker": c.Taker})
	rows, sum, settled := make([][]string, 0, len(c.Items)), int64(0), len(c.Items) > 0
	for i, x := range c.Items {
		fee := ""
		if settled = settled && x.Fee != nil; x.Fee != nil {
			fee = Figures(*x.Fee)
			sum += *x.Fee
		}
		rows = append(rows, []string{strconv.Itoa(i + 1), x.Name, count(x.Pages), count(x.Copies), fee})
	}
	v.table("items", []string{"n", "name", "pages", "copies", "fee"}, rows)
	v.money(sum, settled)
}

// HandoverRow is one dossier of a hand-over.
type HandoverRow struct{ Code, Content, Owner, Address, Sets, Received, Due, Note string }

// Handover is the list of dossiers that go from one desk to another, or to the province.
type Handover struct {
	Head
	Giver, Taker string // offices
	At           string
	Rows         []HandoverRow
	GiverName    string
	TakerName    string
}

// Form implements Form.
func (Handover) Form() Name { return NameHandover }

func (h Handover) fill(v *values) {
	v.all(map[string]string{"giver": h.Giver, "taker": h.Taker, "at": h.At, "giver_name": h.GiverName, "taker_name": h.TakerName, "count": entries(len(h.Rows))})
	rows := make([][]string, 0, len(h.Rows))
	for i, x := range h.Rows {
		rows = append(rows, []string{strconv.Itoa(i + 1), x.Code, x.Content, x.Owner, x.Address, x.Sets, x.Received, x.Due, x.Note})
	}
	v.table("rows", []string{"n", "code", "content", "owner", "address", "sets", "received", "due", "note"}, rows)
}

// ResultRow is one result document of a hand-over.
type ResultRow struct{ Code, Owner, Document, Number, Date, Note string }

// Results is the list of result documents that go from one desk to another.
type Results struct {
	Head
	Giver, Taker string
	At           string
	Rows         []ResultRow
	GiverName    string
	TakerName    string
}

// Form implements Form.
func (Results) Form() Name { return NameResults }

func (r Results) fill(v *values) {
	v.all(map[string]string{"giver": r.Giver, "taker": r.Taker, "at": r.At, "giver_name": r.GiverName, "taker_name": r.TakerName, "count": entries(len(r.Rows))})
	rows := make([][]string, 0, len(r.Rows))
	for i, x := range r.Rows {
		rows = append(rows, []string{strconv.Itoa(i + 1), x.Code, x.Owner, x.Document, x.Number, x.Date, x.Note})
	}
	v.table("rows", []string{"n", "code", "owner", "document", "number", "date", "note"}, rows)
}

// Document is a result document.
type Document struct{ Kind, Number, Abstract, Date string }

// Returned is what a resident signs when the result is in her hands.
type Returned struct {
	Head
	To        Person
	Content   string
	Delegate  Person // who takes it for her
	Authority string // by which paper the delegate does
	Documents []Document
	At        string
	Way       string // at the desk, by post
	Giver     string
	Taker     string
}

// Form implements Form.
func (Returned) Form() Name { return NameReturned }

func (r Returned) fill(v *values) {
	v.person("to", r.To)
	v.person("delegate", r.Delegate)
	v.all(map[string]string{"content": r.Content, "authority": r.Authority, "at": r.At, "way": r.Way, "giver": r.Giver, "taker": r.Taker})
	rows := make([][]string, 0, len(r.Documents))
	for i, x := range r.Documents {
		rows = append(rows, []string{strconv.Itoa(i + 1), x.Kind, x.Number, x.Abstract, x.Date})
	}
	v.table("documents", []string{"n", "kind", "number", "abstract", "date"}, rows)
}

// Charge is one line of a cash receipt.
type Charge struct {
	Text   string
	Amount int64 // đồng
}

// Cash is the provisional receipt of money at the desk (phiếu thu tạm), later mapped to the electronic
// receipt (biên lai điện tử).
type Cash struct {
	Head
	FormNo, Symbol string // of the receipt book, where the province has one
	Payer          Person
	Content        string
	Charges        []Charge
	Mode           string // cash, transfer
	At             string
	Later          string // what becomes of it: the electronic receipt's number, once there is one
	PayerName      string
	Cashier        string
}

// Form implements Form.
func (Cash) Form() Name { return NameCash }

func (c Cash) fill(v *values) {
	v.person("payer", c.Payer)
	v.all(map[string]string{"form_no": c.FormNo, "symbol": c.Symbol, "content": c.Content, "mode": c.Mode, "at": c.At, "later": c.Later,
		"payer_name": c.PayerName, "cashier": c.Cashier})
	rows, sum := make([][]string, 0, len(c.Charges)), int64(0)
	for i, x := range c.Charges {
		rows = append(rows, []string{strconv.Itoa(i + 1), x.Text, Figures(x.Amount)})
		sum += x.Amount
	}
	v.table("charges", []string{"n", "text", "amount"}, rows)
	v.money(sum, len(rows) > 0)
}

// ReportColumn is one column of a report; Group, where several neighbours have the same, stands over them.
type ReportColumn struct {
	Head, Group string
	Width       int    // share of the width; 0 counts as 10
	Align       string // L, C or R; empty: L
}

// Report is a table the caller made whole.
type Report struct {
	Head
	Title   string
	Period  string
	CutOff  string
	Columns []ReportColumn
	Rows    [][]string
	Bold    []int // rows to stand out, by index: totals
	Notes   []string
	Signers []Signer // at most three, beside one another
}

// Form implements Form.
func (Report) Form() Name { return NameReport }

func (r Report) fill(v *values) {
	v.all(map[string]string{"title": r.Title, "period": r.Period, "cut_off": r.CutOff})
	v.list("notes", r.Notes)
	v.table("rows", nil, r.Rows)
	v.columns, v.bold = r.Columns, r.Bold
	for _, s := range r.Signers {
		v.signers = append(v.signers, Signer{plain(s.Position), plain(s.Name)})
	}
}
