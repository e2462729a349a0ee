package web

import (
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"bendo/internal/dossier"
	"bendo/portal/casework"
	"bendo/portal/store"
	"bendo/syncproto"
)

// shown are the kinds of files a browser may draw inside our page. What a file is
// is read from its first bytes, never from what its sender called it.
var shown = map[string]bool{"image/jpeg": true, "image/png": true, "image/webp": true}

// scanPolicy: a scan runs nothing, wherever it is opened.
const scanPolicy = "default-src 'none'; img-src 'self'; style-src 'none'; frame-ancestors 'none'; sandbox"

// shownFiles opens the dossier a request names, where its files are for this officer's eyes; else it has
// answered.
func (s *server) shownFiles(w http.ResponseWriter, r *http.Request, o casework.Officer) (id syncproto.DossierID, f *folder, ok bool) {
	id, err := syncproto.ParseDossierID(r.PathValue("id"))
	if err != nil {
		s.refuse(w, notFound)
		return id, nil, false
	}
	if f, err = s.open(r.Context(), o.Office, id); err != nil {
		s.fail(w, r, err)
		return id, nil, false
	}
	if hidden(f, o) {
		s.refuse(w, notFound)
		return id, nil, false
	}
	return id, f, true
}

func (s *server) scan(w http.ResponseWriter, r *http.Request, o casework.Officer) {
	sha, err := syncproto.ParseDigest(r.PathValue("sha256"))
	if err != nil {
		s.refuse(w, notFound)
		return
	}
	id, f, ok := s.shownFiles(w, r, o)
	if !ok {
		return
	}
	if f.mute(sha, o) {
		s.refuse(w, notFound)
		return
	}
	b, ok := f.blobs[sha]
	if !ok && f.names(sha) && dossier.IsEmpty(sha) {
		// An empty file stands in the dossier and was never carried: there is nothing to read.
		w.Header().Set("Content-Security-Policy", scanPolicy)
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(f, sha)}))
		return
	}
	if !ok || !b.Complete() {
		s.refuse(w, notFound)
		return
	}
	if err := s.note(r.Context(), o, store.ViewedScan, id); err != nil {
		s.fail(w, r, err)
		return
	}
	head := make([]byte, min(512, b.Ref.Length))
	if _, err := s.db.ReadBlobAt(r.Context(), b, 0, head); err != nil {
		s.fail(w, r, err)
		return
	}
	kind, disposition := "application/octet-stream", "attachment"
	switch sniffed := http.DetectContentType(head); {
	case shown[sniffed]:
		kind, disposition = sniffed, "inline"
	case sniffed == "application/pdf":
		kind = sniffed
	case sniffed == "application/ogg": // a spoken note: Ogg holds sound here, and a page plays it as nothing else
		kind, disposition = "audio/ogg", "inline"
	}
	h := w.Header()
	h.Set("Content-Security-Policy", scanPolicy)
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": fileName(f, sha)}))
	h.Set("Content-Length", strconv.FormatInt(b.Ref.Length, 10))
	if err := s.db.ReadBlob(r.Context(), b, w); err != nil {
		if r.Context().Err() == nil {
			s.log.ErrorContext(r.Context(), "Scan does not open", "dossier", id.String(), "error", err)
		}
		// The head is gone: only breaking off tells the browser that it has not
		// got the whole.
		panic(http.ErrAbortHandler)
	}
}

// names says whether a delivery of the dossier names the scan.
func (f *folder) names(sha syncproto.Digest) bool {
	return slices.ContainsFunc(store.Attachments(f.events), func(a dossier.Blob) bool { return a.SHA256 == sha })
}

// fileName is the name a download gets: what the resident called it, without
// anything a file system could misread.
func fileName(f *folder, sha syncproto.Digest) string {
	for _, a := range store.Attachments(f.events) {
		if a.SHA256 == sha && a.Name != "" {
			name := strings.Map(func(r rune) rune {
				if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) || r == 0x7f {
					return '_'
				}
				return r
			}, path.Base(a.Name))
			return strings.TrimLeft(name, ".")
		}
	}
	return sha.String()[:16]
}
