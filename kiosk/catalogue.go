package kiosk

import (
	"io/fs"
	"net/http"
	"path"
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

func (d *Desk) procedures(w http.ResponseWriter, r *http.Request) error {
	type view struct {
		Code       string   `json:"code"`
		Name       Text     `json:"name"`
		Short      Text     `json:"short"`
		Field      Text     `json:"field"`
		Modelled   bool     `json:"modelled"`
		LifeEvents []string `json:"life_events"`
	}
	q := r.URL.Query()
	pack := d.Packs.Current(d.today())
	out := []view{}
	for _, hit := range pack.Search(q.Get("q"), catalog.Filter{Event: q.Get("event"), Field: q.Get("field")}) {
		p := hit.Procedure
		out = append(out, view{p.Code, Text(p.Name), Text(p.Short), Text(p.Field), p.Modelled(), pack.EventsOf(p.Code)})
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
}

// procedure says what a resident must know before the first question, for one of its cases.
func (d *Desk) procedure(w http.ResponseWriter, r *http.Request) error {
	k, err := d.known("", r.PathValue("code"))
	if err != nil {
		return err
	}
	e, err := k.pack.Expect(k.procedure.Code, r.URL.Query().Get("case"), catalog.ChannelCounter)
	if err != nil {
		return problemNoProcedure.because(err)
	}
	p := k.procedure
	return ok(w, map[string]any{"code": p.Code, "name": p.Name, "short": p.Short, "field": p.Field,
		"authority": p.Authority, "receiver": p.Receiver, "route": p.Route, "desk": p.Desk,
		"time": map[string]any{"text": e.Time}, "fee": map[string]any{"text": e.Fee}, "components": papers(e),
		"cases": cases(k), "form": map[string]string{"code": p.FormCode, "version": string(k.pack.Version)},
		"verified": p.Verified, "modelled": p.Modelled(), "pack": k.pack.Version})
}

func papers(e catalog.Expectation) []neededPaper {
	out := []neededPaper{}
	for _, c := range e.Papers {
		out = append(out, neededPaper{c.ID, Text(c.Name), c.Kind, c.Always, c.Originals, c.Copies,
			(*Text)(c.Condition), (*Text)(c.ReplacedByData), (*Text)(c.Swap)})
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
