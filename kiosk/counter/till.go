package counter

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"bendo/internal/catalog"
	"bendo/internal/ledger"
	"bendo/internal/staff"
	"bendo/internal/till"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// Till is the cash book.
type Till = till.Till

// tillRoutes are the cash book of a shift.
func (c *Counter) tillRoutes(route router) {
	route("GET /api/counter/till", staff.Collect, c.withTill(c.showTill))
	route("GET /api/counter/till/fee", staff.Collect, c.withTill(c.showListed))
	route("GET /api/counter/till/provisional", staff.Collect, c.withTill(c.showProvisional))
	route("POST /api/counter/till/begin", staff.Collect, c.withTill(c.beginShift))
	route("POST /api/counter/till/fees", staff.Collect, c.withTill(c.takeFee))
	route("POST /api/counter/till/refunds", staff.Collect, c.withTill(c.giveBack))
	route("POST /api/counter/till/deposits", staff.Collect, c.withTill(c.deposit))
	route("POST /api/counter/till/end", staff.Collect, c.withTill(c.endShift))
	route("POST /api/counter/till/receipts", staff.Collect, c.withTill(c.replaceReceipt))
}

// withTill answers not_here where there is no cash book, and finds words for what it refuses.
func (c *Counter) withTill(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request, who Who) error {
		if c.Till == nil {
			return NotHere.Because(nil)
		}
		err := h(w, r, who)
		for _, p := range tillProblems {
			if errors.Is(err, p.of) {
				return p.problem.Because(err)
			}
		}
		return err
	}
}

// maxDrawer bounds the drawers of an office.
const maxDrawer = 20

// drawerOf is the drawer of an address; 1 where it names none.
func drawerOf(r *http.Request) (int, error) {
	n, err := whole(r, "drawer", 1, maxDrawer)
	if err == nil && n < 1 {
		err = reply.BadRequest.Because(nil)
	}
	return n, err
}

// showTill answers GET /api/counter/till?drawer=1: the drawer's last shift with its lines.
func (c *Counter) showTill(w http.ResponseWriter, r *http.Request, _ Who) error {
	drawer, err := drawerOf(r)
	if err != nil {
		return err
	}
	return c.tellTill(w, r.Context(), drawer)
}

func (c *Counter) tellTill(w http.ResponseWriter, ctx context.Context, drawer int) error {
	v := tillView{Drawer: drawer, Lines: []lineView{}}
	s, err := c.Till.Last(ctx, drawer)
	if errors.Is(err, till.ErrNotFound) {
		return reply.OK(w, v)
	}
	if err != nil {
		return err
	}
	lines, err := c.Till.Lines(ctx, s.ID)
	if err != nil {
		return err
	}
	v.Open, v.Shift, v.Lines = !s.Closed, c.viewShift(s), c.viewLines(lines)
	return reply.OK(w, v)
}

// beginIn is the body of POST …/begin.
type beginIn struct {
	Key     string `json:"key"`
	Drawer  int    `json:"drawer"`
	Counted int64  `json:"counted"` // đồng
}

func (c *Counter) beginShift(w http.ResponseWriter, r *http.Request, who Who) error {
	var b beginIn
	if err := reply.Read(r, &b); err != nil {
		return err
	}
	if _, err := c.Till.Begin(r.Context(), c.tillBy(b.Key, who), min(b.Drawer, maxDrawer+1), b.Counted); err != nil {
		return err
	}
	return c.tellTill(w, r.Context(), b.Drawer)
}

func (c *Counter) tillBy(key string, who Who) till.By {
	at, _ := c.now()
	return till.By{Key: key, Actor: who.ID, At: at.UnixMilli()}
}

// feeIn is the body of POST …/fees. What the catalogue asks is computed here and never taken from a screen.
type feeIn struct {
	Key       string     `json:"key"`
	Drawer    int        `json:"drawer"`
	Means     till.Means `json:"means"`
	Amount    int64      `json:"amount"`
	Ground    string     `json:"ground,omitempty"`
	Evidence  string     `json:"evidence,omitempty"`
	Reference string     `json:"reference,omitempty"`
	feeFor
}

func (c *Counter) takeFee(w http.ResponseWriter, r *http.Request, who Who) error {
	var b feeIn
	if err := reply.Read(r, &b); err != nil {
		return err
	}
	f, err := c.listed(r.Context(), b.feeFor)
	if err != nil {
		return err
	}
	l, err := c.Till.Take(r.Context(), c.tillBy(b.Key, who), b.Drawer, till.Payment{Means: b.Means, Amount: b.Amount, Listed: f.amount,
		Dossier: f.dossier, Procedure: f.procedure, Ground: b.Ground, Evidence: b.Evidence, Reference: b.Reference})
	if err != nil {
		return err
	}
	return reply.OK(w, c.viewLine(l))
}

// refundIn is the body of POST …/refunds.
type refundIn struct {
	Key       string `json:"key"`
	Drawer    int    `json:"drawer"`
	Fee       int64  `json:"fee"` // its line
	Amount    int64  `json:"amount"`
	Reason    string `json:"reason"`
	Reference string `json:"reference,omitempty"`
}

func (c *Counter) giveBack(w http.ResponseWriter, r *http.Request, who Who) error {
	var b refundIn
	if err := reply.Read(r, &b); err != nil {
		return err
	}
	l, err := c.Till.GiveBack(r.Context(), c.tillBy(b.Key, who), b.Drawer, b.Fee, b.Amount, b.Reason, b.Reference)
	if err != nil {
		return err
	}
	return reply.OK(w, c.viewLine(l))
}

// depositIn is the body of POST …/deposits.
type depositIn struct {
	Key       string `json:"key"`
	Drawer    int    `json:"drawer"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference,omitempty"`
}

func (c *Counter) deposit(w http.ResponseWriter, r *http.Request, who Who) error {
	var b depositIn
	if err := reply.Read(r, &b); err != nil {
		return err
	}
	l, err := c.Till.Deposit(r.Context(), c.tillBy(b.Key, who), b.Drawer, b.Amount, b.Reference)
	if err != nil {
		return err
	}
	return reply.OK(w, c.viewLine(l))
}

// endIn is the body of POST …/end.
type endIn struct {
	Key     string `json:"key"`
	Drawer  int    `json:"drawer"`
	Counted int64  `json:"counted"`
	Reason  string `json:"reason,omitempty"`
}

func (c *Counter) endShift(w http.ResponseWriter, r *http.Request, who Who) error {
	var b endIn
	if err := reply.Read(r, &b); err != nil {
		return err
	}
	if _, err := c.Till.End(r.Context(), c.tillBy(b.Key, who), b.Drawer, b.Counted, b.Reason); err != nil {
		return err
	}
	return c.tellTill(w, r.Context(), b.Drawer)
}

// receiptIn is the body of POST …/receipts: the electronic receipt of a fee.
type receiptIn struct {
	Fee    int64  `json:"fee"`
	Form   string `json:"form"`
	Symbol string `json:"symbol"`
	Number string `json:"number"`
}

func (c *Counter) replaceReceipt(w http.ResponseWriter, r *http.Request, who Who) error {
	var b receiptIn
	if err := reply.Read(r, &b); err != nil {
		return err
	}
	by := c.tillBy("", who)
	err := c.Till.Replace(r.Context(), b.Fee, till.EReceipt{Form: b.Form, Symbol: b.Symbol, Number: b.Number, Actor: by.Actor, At: by.At})
	if err != nil {
		return err
	}
	l, err := c.Till.Line(r.Context(), b.Fee)
	if err != nil {
		return err
	}
	return reply.OK(w, c.viewLine(l))
}

// showProvisional answers GET …/provisional: receipts that wait for their electronic one.
func (c *Counter) showProvisional(w http.ResponseWriter, r *http.Request, _ Who) error {
	list, err := c.Till.Provisional(r.Context(), maxRows)
	if err != nil {
		return err
	}
	return reply.OK(w, map[string]any{"lines": c.viewLines(list)})
}

// feeFor is what a fee is for: a dossier, or a procedure done at the desk without one; with the counts its
// formula asks for.
type feeFor struct {
	Dossier   string `json:"dossier,omitempty"`
	Procedure string `json:"procedure,omitempty"`
	Pages     int    `json:"pages,omitempty"`
	Copies    int    `json:"copies,omitempty"`
	Units     int    `json:"units,omitempty"`
}

// listedFee is what is asked for it.
type listedFee struct {
	amount    int64 // till.Unlisted: an officer says
	dossier   [16]byte
	procedure string
	words     reply.Text
	formula   string // "pages", "units": the counts decide; "" there is none
}

// showListed answers GET …/fee?dossier=…|procedure=…&pages=&copies=&units=.
func (c *Counter) showListed(w http.ResponseWriter, r *http.Request, _ Who) error {
	q := r.URL.Query()
	f := feeFor{Dossier: q.Get("dossier"), Procedure: q.Get("procedure")}
	for name, into := range map[string]*int{"pages": &f.Pages, "copies": &f.Copies, "units": &f.Units} {
		n, err := whole(r, name, 0, 1<<20)
		if err != nil {
			return err
		}
		*into = n
	}
	l, err := c.listed(r.Context(), f)
	if err != nil {
		return err
	}
	v := listedView{Procedure: l.procedure, Text: l.words, Formula: l.formula}
	if l.amount != till.Unlisted {
		v.Listed = &l.amount
	}
	return reply.OK(w, v)
}

// listed decides what is asked. What an officer asked for comes before the catalogue, and the catalogue
// is the one the dossier was filed under: a fee goes by the day of receipt.
func (c *Counter) listed(ctx context.Context, f feeFor) (l listedFee, err error) {
	l.amount, l.words = till.Unlisted, feeUnstated
	if c.Packs == nil {
		return l, NotHere.Because(nil)
	}
	at, _ := c.now()
	pack, channel := c.Packs.Current(at), catalog.ChannelCounter
	l.procedure = f.Procedure
	if f.Dossier != "" {
		if c.Cases == nil {
			return l, NotHere.Because(nil)
		}
		id, err := syncproto.ParseDossierID(f.Dossier)
		if err != nil {
			return l, reply.BadRequest.Because(err)
		}
		one, err := c.Cases.Case(ctx, id)
		if err != nil {
			return l, err
		}
		s := one.State
		l.dossier, l.procedure, channel = id, s.Procedure, string(s.Channel)
		if n := len(s.Fees); n > 0 {
			if n == 1 {
				l.amount, l.words = s.Fees[0].Amount, feeAsked
			}
			return l, nil // of several, an officer says what is still open
		}
		var here bool
		if pack, here = c.Packs.Get(catalog.Version(s.Pack)); !here {
			return l, nil
		}
	}
	p, ok := pack.Procedure(l.procedure)
	if !ok {
		if f.Dossier == "" {
			return l, ledger.ErrNotFound
		}
		return l, nil
	}
	return stated(l, p, channel, f), nil
}

// stated is what the catalogue says, as far as it settles an amount.
func stated(l listedFee, p catalog.Procedure, channel string, f feeFor) listedFee {
	words := p.FeeText(channel)
	l.words = reply.Say(words.VI, words.EN)
	amount, ok := p.FixedFee(channel)
	if formula := p.FeeFormula; formula != nil {
		if formula.FirstTwo > 0 {
			l.formula = "pages"
			amount, ok = till.CopyFee(*formula, f.Pages, max(f.Copies, 1))
		} else {
			l.formula = "units"
			amount, ok = till.UnitFee(*formula, f.Units)
		}
	}
	if ok {
		l.amount = amount
	}
	return l
}

var (
	feeAsked    = reply.Say("Số tiền cán bộ đã đề nghị nộp.", "The amount an officer asked for.")
	feeUnstated = reply.Say("Danh mục lúc nhận hồ sơ không ghi một mức thu rõ ràng. Cán bộ xác định mức thu.", "The catalogue of the day of receipt states no single fee. An officer decides it.")
)

// receiptText is a provisional receipt's number as people read it.
func receiptText(n int64) string {
	if n == 0 {
		return ""
	}
	text := strconv.FormatInt(n, 10)
	for len(text) < 6 {
		text = "0" + text
	}
	return "TT-" + text
}
