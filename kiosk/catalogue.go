package kiosk

import (
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"bendo/internal/catalog"
)

func (d *Desk) lifeEvents(w http.ResponseWriter, _ *http.Request) error {
	type view struct {
		ID         string   `json:"id"`
		Title      Text     `json:"title"`
		Say        Text     `json:"say"`
		Icon       string   `json:"icon"`
		FirstPage  bool     `json:"first_page"`
		Procedures []string `json:"procedures"`
	}
	out := []view{}
	for _, e := range d.Packs.Current(d.today()).Events {
		v := view{ID: e.ID, Title: Text(e.Name), Say: Text(e.Say), Icon: e.Icon, FirstPage: e.FirstPage, Procedures: []string{}}
		for _, p := range e.Procedures {
			v.Procedures = append(v.Procedures, p.Code)
		}
		v.Procedures = append(v.Procedures, e.Also...)
		out = append(out, v)
	}
	return ok(w, out)
}

// pageSize bounds an answer, whatever is asked: a screen holds six, and a pack may hold thousands.
const pageSize = 50

type procedureRow struct {
	Code       string   `json:"code"`
	Name       Text     `json:"name"`
	Short      Text     `json:"short"`
	Plain      Text     `json:"plain"` // people's words, never printed on a legal form
	Field      Text     `json:"field"`
	Modelled   bool     `json:"modelled"`
	LifeEvents []string `json:"life_events"`
}

func rows(pack *catalog.Pack, hits []catalog.Hit) []procedureRow {
	out := []procedureRow{}
	for _, h := range hits {
		p := h.Procedure
		out = append(out, procedureRow{p.Code, Text(p.Name), Text(p.Short), Text(pack.PlainName(p.Code)), Text(p.Field), p.Modelled(), pack.EventsOf(p.Code)})
	}
	return out
}

// procedures answers one page: by words, by life event, by field, or all of them by the alphabet.
// What words do not find comes with what is near.
func (d *Desk) procedures(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	pack := d.Packs.Current(d.today())
	hits, total := pack.Page(q.Get("q"), catalog.Filter{Event: q.Get("event"), Field: q.Get("field")},
		number(q.Get("offset"), 0, len(pack.Procedures)), number(q.Get("limit"), pageSize, pageSize))
	out := map[string]any{"total": total, "rows": rows(pack, hits)}
	if total == 0 && q.Get("q") != "" {
		near := pack.Near(q.Get("q"))
		events := []string{}
		for _, e := range near.Events {
			events = append(events, e.ID)
		}
		out["near"] = map[string]any{"rows": rows(pack, near.Procedures), "events": events}
	}
	return ok(w, out)
}

// number reads a count of an address; what is none is the usual one.
func number(text string, usual, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return usual
	}
	return min(n, most)
}

func (d *Desk) fields(w http.ResponseWriter, _ *http.Request) error {
	out := []map[string]any{}
	for _, f := range d.Packs.Current(d.today()).Fields() {
		out = append(out, map[string]any{"name": Text(f.Name), "procedures": f.Procedures})
	}
	return ok(w, out)
}

type neededPaper struct {
	ID             string `json:"id"`
	Name           Text   `json:"name"`
	Kind           string `json:"kind"`
	Always         bool   `json:"always"`
	Originals      int    `json:"originals"`
	Copies         int    `json:"copies"`
	Condition      *Text  `json:"condition,omitempty"`
	ReplacedByData *Text  `json:"replaced_by_data,omitempty"`
	Instead        *Text  `json:"instead,omitempty"`
	Written        bool   `json:"written,omitempty"` // the form at the kiosk is this paper
}

// procedure says what a resident must know before the first question, for one of its cases.
func (d *Desk) procedure(w http.ResponseWriter, r *http.Request) error {
	k, err := d.known("", r.PathValue("code"))
	if err != nil {
		return err
	}
	e, err := k.pack.Expect(k.procedure.Code, r.URL.Query().Get("case"), catalog.ChannelCounter)
	if err != nil {
		return problemNoProcedure.Because(err)
	}
	p := k.procedure
	return ok(w, map[string]any{"code": p.Code, "name": p.Name, "short": p.Short, "plain": k.pack.PlainName(p.Code), "field": p.Field,
		"decision": p.Decision, "results": results(p), "remarks": p.Remarks(), "next": p.NextText(),
		"authority": p.Authority, "receiver": p.Receiver, "route": p.Route, "desk": p.Desk,
		"time": map[string]any{"text": e.Time}, "fee": map[string]any{"text": e.Fee}, "components": papers(e),
		"cases": cases(k), "form": map[string]string{"code": p.FormCode, "version": string(k.pack.Version)},
		"verified": p.Verified, "modelled": p.Modelled(), "assisted": p.Assisted, "pack": k.pack.Version})
}

func results(p catalog.Procedure) []string {
	out := []string{}
	for _, r := range p.Results {
		out = append(out, r.Name)
	}
	return out
}

func papers(e catalog.Expectation) []neededPaper {
	out := []neededPaper{}
	for _, c := range e.Papers {
		out = append(out, neededPaper{c.ID, Text(c.Name), c.Kind, c.Always, c.Originals, c.Copies,
			(*Text)(c.Condition), (*Text)(c.ReplacedByData), (*Text)(c.Swap), c.Written})
	}
	return out
}

func cases(k known) []map[string]any {
	out := []map[string]any{}
	for _, c := range k.form.Cases {
		out = append(out, map[string]any{"id": c.ID, "name": c.Name, "choose": c.Choose})
	}
	return out
}

// form gives the questions; ?pack= names the pack a draft was begun with.
func (d *Desk) form(w http.ResponseWriter, r *http.Request) error {
	k, err := d.known(r.URL.Query().Get("pack"), r.PathValue("code"))
	if err != nil {
		return err
	}
	return ok(w, k.form)
}

// page serves the built screens: the resident's at /, the desk's at /desk. Addresses inside a
// screen are the screen's own and get its page.
func (d *Desk) page(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name != "" {
		if info, err := fs.Stat(d.Pages, name); err == nil && !info.IsDir() {
			http.ServeFileFS(w, r, d.Pages, name)
			return
		}
		if strings.HasPrefix(name, "assets/") || strings.HasPrefix(name, "api/") {
			http.NotFound(w, r)
			return
		}
	}
	entry := "kiosk.html"
	if name == "desk" || strings.HasPrefix(name, "desk/") {
		entry = "desk.html"
	}
	if _, err := fs.Stat(d.Pages, entry); err != nil {
		http.Error(w, "The screens were not built into this program; run make build.", http.StatusServiceUnavailable)
		return
	}
	http.ServeFileFS(w, r, d.Pages, entry)
}
