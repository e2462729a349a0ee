package web

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"bendo/internal/catalog"
	"bendo/portal/casework"
	"bendo/portal/store"
)

// Options of New. DB and Work are needed.
type Options struct {
	DB   *store.DB
	Work *casework.Work
	Log  *slog.Logger
	// Proxied: a proxy in front does TLS; cookies are then Secure and the
	// client's address is the last one the proxy names.
	Proxied bool
}

type server struct {
	db      *store.DB
	work    *casework.Work
	log     *slog.Logger
	pack    *catalog.Pack
	proxied bool
	names   *names
	drawing chan struct{} // documents of many pages in memory
}

// New makes the handler of the web door.
func New(o Options) (http.Handler, error) {
	pack, err := catalog.Embedded()
	if err != nil {
		return nil, err
	}
	s := &server{db: o.DB, work: o.Work, log: o.Log, pack: pack, proxied: o.Proxied, names: newNames(), drawing: make(chan struct{}, maxDrawing)}
	if s.log == nil {
		s.log = slog.Default()
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("POST /api/session", s.signIn)
	mux.HandleFunc("DELETE /api/session", s.signOut)
	mux.HandleFunc("GET /api/me", s.signedIn(s.me))
	mux.HandleFunc("GET /api/inbox", s.signedIn(s.inbox))
	mux.HandleFunc("GET /api/ratings", s.signedIn(s.ratings))
	mux.HandleFunc("GET /api/dossiers/{id}", s.signedIn(s.dossier))
	mux.HandleFunc("GET /api/dossiers/{id}/scans/{sha256}", s.signedIn(s.scan))
	mux.HandleFunc("GET /api/dossiers/{id}/components/{component}/pages.pdf", s.signedIn(s.oneFile))
	for path, step := range s.steps() {
		mux.HandleFunc("POST /api/dossiers/{id}/"+path, s.signedIn(step))
	}
	mux.HandleFunc("POST /api/public/status", s.publicStatus)
	mux.HandleFunc("GET /t/{token}", s.slipQR)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) { s.refuse(w, notFound) })
	s.pages(mux)
	return s.guard(mux), nil
}

// pagePolicy: everything comes from this machine, nothing may frame us.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets what every answer carries and refuses other sites.
func (s *server) guard(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { s.refuse(w, crossSite) }))
	checked := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("X-Frame-Options", "DENY")
		if s.proxied {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !strings.HasPrefix(r.URL.Path, "/assets/") {
			h.Set("Cache-Control", "no-store")
		}
		checked.ServeHTTP(w, r)
	})
}

// health answers a balancer: the database answers.
func (s *server) health(w http.ResponseWriter, r *http.Request) {
	err := s.db.Read(r.Context(), func(tx *store.Tx) error { _, err := tx.Generation(); return err })
	if err != nil {
		s.log.ErrorContext(r.Context(), "Database does not answer", "error", err)
		http.Error(w, "database", http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "ok\n")
}

// maxBody bounds every JSON body.
const maxBody = 64 << 10

// decode reads one JSON object with no unknown member.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return badRequest
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return badRequest
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badRequest
	}
	return nil
}

func (s *server) answer(w http.ResponseWriter, r *http.Request, value any, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		s.log.DebugContext(r.Context(), "Answer was not read", "error", err)
	}
}

// address is the client's, as far as the proxy in front can be believed.
func (s *server) address(r *http.Request) string {
	if s.proxied {
		forwarded := r.Header.Get("X-Forwarded-For")
		if i := strings.LastIndexByte(forwarded, ','); i >= 0 {
			forwarded = forwarded[i+1:]
		}
		if ip := net.ParseIP(strings.TrimSpace(forwarded)); ip != nil {
			return ip.String()
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
