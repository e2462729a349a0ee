package counter

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/officepaper"
	"bendo/internal/staff"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// PaperBook is what the papers of a dossier are made of; reads see what is durable.
type PaperBook interface {
	Get(ctx context.Context, id syncproto.DossierID) (ledger.Found, error)
	Filing(ctx context.Context, id syncproto.DossierID) (*dossier.SubmittedPayload, error)
	Identity(ctx context.Context) (ledger.Identity, error)
	Prints(ctx context.Context, kind, subject string, limit int) ([]ledger.PrintJob, error)
	NotePrint(ctx context.Context, n int64, state ledger.PrintState, by, job, detail string) (ledger.PrintJob, error)
}

// Printing is the one road to a printer. A paper is in the book's journal before it leaves.
type Printing interface {
	HandIn(ctx context.Context, kind, subject, title string, draw func(w io.Writer, copy int) error) (ledger.PrintJob, error)
	PrintNow(ctx context.Context, n int64) (ledger.PrintJob, error)
	LookupAddress(ctx context.Context, s dossier.State) (string, error)
}

// Papers draws and prints the forms of a dossier (biểu mẫu). Fields are set before Handler is called.
type Papers struct {
	Book      PaperBook
	Packs     *catalog.Shelf
	Calendar  *calendar.Calendar
	Templates *officepaper.Shelf // nil: those that travel with the program
	Printing  Printing
	NameOf    func(id string) string // of a member of staff; "" for one nobody knows; nil: nobody is named
	Practice  bool
}

// PaperView is one form in the list of a dossier.
type PaperView struct {
	Form       string     `json:"form"`
	Number     string     `json:"number,omitempty"` // of the law or the province; empty: none
	Title      reply.Text `json:"title"`
	Legal      string     `json:"legal,omitempty"`
	Confidence string     `json:"confidence"` // verified | secondary | unverified: how far number, title and basis were read in the law
	Ready      bool       `json:"ready"`
	Why        reply.Text `json:"why,omitzero"` // where it is not
	Printed    int        `json:"printed"`      // how often it was handed to a printer
	PrintedAt  int64      `json:"printed_at,omitempty"`
	Copies     int        `json:"copies"` // sheets of one print that are alike
}

var (
	problemNoForm = reply.Problem{Code: "no_form", Status: http.StatusNotFound,
		Message: reply.Say("Không có mẫu giấy này.", "There is no such form."), Next: reply.Say("Chọn một giấy trong danh sách.", "Choose a paper of the list.")}
	problemPaperNotReady = reply.Problem{Code: "paper_not_ready", Status: http.StatusConflict,
		Message: reply.Say("Chưa in được giấy này.", "This paper cannot be made yet.")}
	problemPaperUnfit = reply.Problem{Code: "paper_unfit", Status: http.StatusUnprocessableEntity,
		Message: reply.Say("Nội dung hồ sơ dài quá mức một giấy in được.", "The dossier holds more text than a paper takes."),
		Next:    reply.Say("In từ máy của tỉnh, hoặc viết tay phần còn lại.", "Print it at the province, or write the rest by hand.")}
)

// routes adds the use cases; without papers each answers that they are not here.
// Whoever sees a paper has looked at the dossier: that is written down first.
func (p *Papers) routes(route router, sessions Sessions) {
	use := func(h func(p *Papers, w http.ResponseWriter, r *http.Request) error) handler {
		return func(w http.ResponseWriter, r *http.Request, who Who) error {
			if p == nil {
				return NotHere.Because(nil)
			}
			if id, err := syncproto.ParseDossierID(r.PathValue("id")); err == nil {
				if err := sessions.Looked(r.Context(), who, id); err != nil {
					return err
				}
			}
			return h(p, w, r)
		}
	}
	route("GET /api/counter/dossiers/{id}/papers", staff.Read, use((*Papers).list))
	route("GET /api/counter/dossiers/{id}/papers/{form}", staff.Read, use((*Papers).show))
	route("POST /api/counter/dossiers/{id}/papers/{form}/print", staff.TakeIn, use((*Papers).print))
	route("GET /api/counter/prints/{print}", staff.TakeIn, use((*Papers).printNow))
	route("POST /api/counter/prints/{print}/seen", staff.TakeIn, use((*Papers).printSeen))
}

// paperFacts are what the papers of one dossier are made of, read once.
type paperFacts struct {
	state    dossier.State
	filing   *dossier.SubmittedPayload
	identity ledger.Identity
	pack     *catalog.Pack // nil: the dossier's is not here
	address  string
	practice bool
	nameOf   func(id string) string
	calendar *calendar.Calendar // today's; nil: dates are told by what was kept with them
}

func (p *Papers) facts(r *http.Request) (paperFacts, error) {
	id, err := syncproto.ParseDossierID(r.PathValue("id"))
	if err != nil {
		return paperFacts{}, reply.NotFound.Because(err)
	}
	ctx := r.Context()
	found, err := p.Book.Get(ctx, id)
	if err != nil {
		return paperFacts{}, err
	}
	f := paperFacts{state: found.State, practice: p.Practice || found.Practice, nameOf: p.NameOf, calendar: p.Calendar}
	if f.filing, err = p.Book.Filing(ctx, id); err != nil {
		return f, err
	}
	if f.identity, err = p.Book.Identity(ctx); err != nil {
		return f, err
	}
	if p.Packs != nil {
		f.pack, _ = p.Packs.Get(catalog.Version(found.State.Pack))
	}
	f.address, err = p.Printing.LookupAddress(ctx, found.State)
	return f, err
}

func (p *Papers) shelf() (*officepaper.Shelf, error) {
	if p.Templates != nil {
		return p.Templates, nil
	}
	return officepaper.Builtin()
}

func (p *Papers) list(w http.ResponseWriter, r *http.Request) error {
	f, err := p.facts(r)
	if err != nil {
		return err
	}
	shelf, err := p.shelf()
	if err != nil {
		return err
	}
	out := []PaperView{}
	for _, kind := range paperKinds {
		tpl, err := shelf.On(kind.form, f.day())
		if errors.Is(err, officepaper.ErrNoTemplate) {
			continue // the law of that day had no such paper
		}
		if err != nil {
			return err
		}
		v := PaperView{Form: string(kind.form), Number: tpl.Number, Title: reply.Say(paperTitle(tpl), kind.english), Legal: tpl.Legal,
			Confidence: string(tpl.Confidence), Copies: max(1, len(tpl.Copies))}
		why := kind.ready(f)
		if v.Ready = why == (reply.Text{}); !v.Ready {
			v.Why = why
		}
		jobs, err := p.Book.Prints(r.Context(), string(kind.form), kind.subject(f), 100)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if j.State != ledger.PrintFailed {
				v.Printed, v.PrintedAt = v.Printed+1, max(v.PrintedAt, j.BegunAt)
			}
		}
		out = append(out, v)
	}
	return reply.OK(w, map[string]any{"papers": out})
}

// paperTitle writes a title's lines as one sentence.
func paperTitle(t officepaper.Template) string {
	words := []rune(strings.ToLower(strings.Join(t.Title, " ")))
	if len(words) == 0 {
		return ""
	}
	return strings.ToUpper(string(words[0])) + string(words[1:])
}

// paperDrawing is one paper, ready to be drawn as its n-th print.
type paperDrawing struct {
	kind  paperKind
	facts paperFacts
	draw  func(w io.Writer, copy int) error
}

// drawing finds a paper and how it is drawn: one function for what is shown and what is printed.
func (p *Papers) drawing(r *http.Request, name string) (d paperDrawing, err error) {
	kind, found := kindOf(name)
	if !found {
		return d, problemNoForm.Because(nil)
	}
	f, err := p.facts(r)
	if err != nil {
		return d, err
	}
	if why := kind.ready(f); why != (reply.Text{}) {
		problem := problemPaperNotReady
		problem.Next = why
		return d, problem.Because(nil)
	}
	shelf, err := p.shelf()
	if err != nil {
		return d, err
	}
	tpl, err := shelf.On(kind.form, f.day())
	if errors.Is(err, officepaper.ErrNoTemplate) {
		return d, problemNoForm.Because(err)
	}
	if err != nil {
		return d, err
	}
	return paperDrawing{kind, f, func(w io.Writer, copy int) error {
		pdf, err := officepaper.Render(tpl, kind.fill(f, f.head(copy)))
		if errors.Is(err, officepaper.ErrTooLong) {
			return problemPaperUnfit.Because(err)
		}
		if err != nil {
			return err
		}
		_, err = w.Write(pdf)
		return err
	}}, nil
}

// show answers with the paper as the next print would be: marked as a reprint where one was made.
func (p *Papers) show(w http.ResponseWriter, r *http.Request) error {
	name, is := strings.CutSuffix(r.PathValue("form"), ".pdf")
	if !is {
		return problemNoForm.Because(nil)
	}
	d, err := p.drawing(r, name)
	if err != nil {
		return err
	}
	copy, err := p.next(r.Context(), d)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := d.draw(&b, copy); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s-%s.pdf"`, d.kind.form, d.facts.state.Slip))
	_, _ = w.Write(b.Bytes()) // the screen asks again when its answer is lost
	return nil
}

// next is which print comes next, as the book will count it.
func (p *Papers) next(ctx context.Context, d paperDrawing) (int, error) {
	jobs, err := p.Book.Prints(ctx, string(d.kind.form), d.kind.subject(d.facts), 1)
	if err != nil || len(jobs) == 0 {
		return 1, err
	}
	if last := jobs[0]; last.State == ledger.PrintFailed && last.ToldBy == ledger.ToldBySystem {
		return last.Copy, nil
	}
	return jobs[0].Copy + 1, nil
}

func (p *Papers) print(w http.ResponseWriter, r *http.Request) error {
	d, err := p.drawing(r, r.PathValue("form"))
	if err != nil {
		return err
	}
	j, err := p.Printing.HandIn(r.Context(), string(d.kind.form), d.kind.subject(d.facts),
		string(d.kind.form)+" "+d.facts.state.Slip.String(), d.draw)
	if err != nil {
		return err
	}
	reply.JSON(w, http.StatusAccepted, viewJob(j))
	return nil
}

// jobView is a print as the residents' side shows it.
type jobView struct {
	Print   int64             `json:"print,omitempty"` // 0: it could not be noted, nobody will know how it ends
	Kind    string            `json:"kind"`
	Subject string            `json:"subject"`
	Copy    int               `json:"copy"` // 2 and more: marked as a reprint
	State   ledger.PrintState `json:"state"`
	ToldBy  string            `json:"told_by,omitempty"`
	Detail  string            `json:"detail,omitempty"`
	At      int64             `json:"at,omitempty"`
	Changed int64             `json:"changed,omitempty"`
}

func viewJob(j ledger.PrintJob) jobView {
	return jobView{j.N, j.Kind, j.Subject, j.Copy, j.State, j.ToldBy, j.Detail, j.BegunAt, j.ChangedAt}
}

func (p *Papers) printNow(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.ParseInt(r.PathValue("print"), 10, 64)
	if err != nil {
		return reply.NotFound.Because(err)
	}
	j, err := p.Printing.PrintNow(r.Context(), n)
	if err != nil {
		return err
	}
	return reply.OK(w, viewJob(j))
}

// printSeen takes the word of whoever looked at the printer; the print system never overrules it.
func (p *Papers) printSeen(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.ParseInt(r.PathValue("print"), 10, 64)
	if err != nil {
		return reply.NotFound.Because(err)
	}
	var in struct {
		Out bool `json:"out"`
	}
	if err := reply.Read(r, &in); err != nil {
		return err
	}
	state := ledger.PrintFailed
	if in.Out {
		state = ledger.PrintDone
	}
	j, err := p.Book.NotePrint(r.Context(), n, state, ledger.ToldByPerson, "", "")
	if err != nil {
		return err
	}
	return reply.OK(w, viewJob(j))
}

// day is the one whose forms hold: when the dossier was taken in, else when it was filed.
func (f paperFacts) day() time.Time {
	if f.state.TakenIn != nil {
		return time.UnixMilli(f.state.TakenIn.At)
	}
	return time.UnixMilli(f.state.FiledAt)
}

// name of a member of staff; what a journal keeps is an id, which no paper shows.
func (f paperFacts) name(id string) string {
	if f.nameOf == nil || id == "" {
		return ""
	}
	return f.nameOf(id)
}

// component names a paper as the dossier's own pack does.
func (f paperFacts) component(id, own string) string {
	if f.pack != nil {
		if c, found := f.pack.Component(f.state.Procedure, f.state.Case, id); found {
			return c.Name.VI
		}
	}
	return cmp.Or(own, id)
}
