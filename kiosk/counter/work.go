package counter

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"bendo/internal/catalog"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/form"
	"bendo/internal/ledger"
	"bendo/internal/staff"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// Cases is the book as far as work on single dossiers goes. Advance has returned only when the step is
// on disk; see *ledger.Book.
type Cases interface {
	Case(ctx context.Context, id syncproto.DossierID) (ledger.Case, error)
	Advance(ctx context.Context, id syncproto.DossierID, rev int64, actor, eventType string,
		make func(dossier.State, ledger.Moment) (any, error)) (dossier.State, error)
	BlobReader(ctx context.Context, id syncproto.DossierID, sha syncproto.Digest) (ledger.Blob, error)
	Identity(ctx context.Context) (ledger.Identity, error)
}

// Clock is the office's trusted clock with its quality.
type Clock interface {
	Now() (time.Time, clock.Quality)
}

// now is the office's time: what a due date is shown from. A step takes the book's, which is the same
// clock.
func (c *Counter) now() (time.Time, clock.Quality) {
	if c.Clock == nil {
		return time.Now(), clock.Unsure
	}
	return c.Clock.Now()
}

// doubtful says that nobody should print a date by this clock without being asked.
func doubtful(q clock.Quality) bool { return q == clock.Jumped || q == clock.Unknown }

// workRoutes are the calls about one dossier.
func (c *Counter) workRoutes(route router) {
	route("GET /api/counter/dossiers/{id}", staff.Read, c.having(c.showDossier))
	route("GET /api/counter/dossiers/{id}/due", staff.Read, c.having(c.showDue))
	route("GET /api/counter/dossiers/{id}/scans/{sha256}", staff.Read, c.having(c.readScan))
	route("POST /api/counter/dossiers/{id}/steps/{step}", staff.Read, c.having(c.takeStep))
}

// having answers not_here where the counter was given no book to work with.
func (c *Counter) having(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request, who Who) error {
		if c.Cases == nil || c.Packs == nil || c.Calendar == nil {
			return NotHere.Because(nil)
		}
		return h(w, r, who)
	}
}

// Opened is one dossier with what belongs to it, read at one moment: what the screens and the printed
// forms are filled from.
type Opened struct {
	ledger.Case
	Office    ledger.Identity
	Pack      *catalog.Pack     // nil: the pack it was filed under is not on this machine
	Procedure catalog.Procedure // of that pack; with its code alone where there is none
}

// Open reads a dossier; ledger.ErrNotFound when the book has none.
func (c *Counter) Open(ctx context.Context, id syncproto.DossierID) (Opened, error) {
	found, err := c.Cases.Case(ctx, id)
	if err != nil {
		return Opened{}, err
	}
	office, err := c.Cases.Identity(ctx)
	if err != nil {
		return Opened{}, err
	}
	o := Opened{Case: found, Office: office}
	o.Pack, o.Procedure = c.packOf(found.State)
	return o, nil
}

// packOf finds what a dossier was filed under. Law goes by the day of receipt: never today's pack.
func (c *Counter) packOf(s dossier.State) (*catalog.Pack, catalog.Procedure) {
	none := catalog.Procedure{Code: s.Procedure, Name: form.Text{VI: s.Procedure, EN: s.Procedure}, Short: form.Text{VI: s.Procedure, EN: s.Procedure}}
	pack, ok := c.Packs.Get(catalog.Version(s.Pack))
	if !ok {
		return nil, none
	}
	if p, ok := pack.Procedure(s.Procedure); ok {
		return pack, p
	}
	return pack, none
}

// ComponentName is a paper's name in the words of the dossier's pack.
func (o Opened) ComponentName(id string) reply.Text {
	if o.Pack != nil {
		if spec, ok := o.Pack.Component(o.State.Procedure, o.State.Case, id); ok {
			return reply.Say(spec.Name.VI, cmp.Or(spec.Name.EN, spec.Name.VI))
		}
	}
	for _, c := range o.State.Components {
		if c.ID == id && c.Name != "" {
			return reply.Say(c.Name, c.Name)
		}
	}
	return reply.Say(id, id)
}

// OfficeName is the office as residents know it.
func (o Opened) OfficeName() string {
	return cmp.Or(o.Office.OfficeName, "Máy tập thử, chưa đăng ký với tỉnh")
}

// nameOf is a member's name for screens and papers; the id where the roster no longer has it.
func (c *Counter) nameOf(id string) string {
	if c.NameOf == nil || id == "" {
		return id
	}
	return cmp.Or(c.NameOf(id), id)
}

func idOf(r *http.Request) (syncproto.DossierID, error) {
	id, err := syncproto.ParseDossierID(r.PathValue("id"))
	if err != nil {
		return id, problemNoDossier.Because(err)
	}
	return id, nil
}

func (c *Counter) open(r *http.Request) (Opened, error) {
	id, err := idOf(r)
	if err != nil {
		return Opened{}, err
	}
	o, err := c.Open(r.Context(), id)
	if err != nil {
		return Opened{}, problemOf(err)
	}
	return o, nil
}

// look opens a dossier to be shown; that somebody looked is written down first.
func (c *Counter) look(r *http.Request, who Who) (Opened, error) {
	o, err := c.open(r)
	if err != nil {
		return o, err
	}
	return o, c.Sessions.Looked(r.Context(), who, o.State.ID)
}

func (c *Counter) showDossier(w http.ResponseWriter, r *http.Request, who Who) error {
	o, err := c.look(r, who)
	if err != nil {
		return err
	}
	return reply.OK(w, c.view(r.Context(), o, who))
}

// readScan gives a paper's bytes. It is shown and never kept by a browser.
func (c *Counter) readScan(w http.ResponseWriter, r *http.Request, who Who) error {
	o, err := c.look(r, who)
	if err != nil {
		return err
	}
	sha, err := syncproto.ParseDigest(r.PathValue("sha256"))
	if err != nil {
		return problemNoScan.Because(err)
	}
	mime := ""
	for _, sub := range o.State.Submissions {
		for _, ref := range sub.Blobs {
			if ref.SHA256 == sha {
				mime = ref.MIME
			}
		}
	}
	blob, err := c.Cases.BlobReader(r.Context(), o.State.ID, sha)
	if err != nil {
		return problemNoScan.Because(err)
	}
	defer blob.Close()
	h := w.Header()
	h.Set("Content-Type", safeMIME(mime))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.FormatInt(blob.Size(), 10))
	_, _ = io.Copy(w, io.NewSectionReader(blob, 0, blob.Size())) // a screen that went away asks again
	return nil
}

// safeMIME lets a browser show pictures and PDF and nothing that could act.
func safeMIME(mime string) string {
	switch mime {
	case "image/jpeg", "image/png", "image/webp", "application/pdf", "audio/ogg":
		return mime
	}
	return "application/octet-stream"
}
