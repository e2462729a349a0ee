package web

import (
	"io"
	"io/fs"
	"net/http"
	"net/url"

	"bendo/frontend"
)

// notBuilt is what a program without screens says instead of an empty page.
const notBuilt = `<!doctype html><html lang="vi"><meta charset="utf-8"><title>Bến Đò</title>
<h1>Giao diện chưa được dựng</h1><p>Chương trình này được dịch khi chưa có giao diện (frontend not built). Hãy chạy <code>make build</code> rồi khởi động lại.</p>
<p lang="en">This program was compiled without its screens. Run <code>make build</code> and start it again.</p></html>
`

// pages serves the built screens: one entry for officers and the public.
func (s *server) pages(mux *http.ServeMux) {
	dist, built := frontend.Dist()
	entry := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if !built {
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, notBuilt)
			return
		}
		page, err := fs.ReadFile(dist, "portal.html")
		if err != nil {
			s.fail(w, r, err)
			return
		}
		w.Write(page)
	}
	mux.HandleFunc("GET /{$}", entry)
	mux.HandleFunc("GET /tra-cuu", func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); !s.vouched(q) {
			http.Redirect(w, r, "/tra-cuu?"+url.Values{"slip": {q.Get("slip")}}.Encode(), http.StatusSeeOther)
			return
		}
		entry(w, r)
	})
	mux.HandleFunc("GET /ho-so/{id}", entry)
	if built {
		files := http.FileServerFS(dist)
		mux.HandleFunc("GET /assets/", func(w http.ResponseWriter, r *http.Request) {
			// Built names carry a digest of their content.
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			files.ServeHTTP(w, r)
		})
	}
}
