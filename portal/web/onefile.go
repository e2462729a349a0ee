package web

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/paper"
	"bendo/portal/casework"
	"bendo/portal/store"
)

var (
	noPages = &refusal{status: 409, code: "no_pages",
		message: text{VI: "Giấy này chưa có trang ảnh nào về đủ.", EN: "No picture of this paper has arrived whole."},
		next:    text{VI: "Chờ các trang về đủ rồi thử lại, hoặc mở từng tệp.", EN: "Wait until the pages are complete, or open the files one by one."}}
	pagesMixed = &refusal{status: 409, code: "pages_mixed",
		message: text{VI: "Giấy này có tệp không phải ảnh JPEG (như PDF, PNG), nên không gom được cả giấy thành một tệp.", EN: "Not every file of this paper is a JPEG picture (a PDF or PNG, say), so the whole of it does not go into one file."},
		next:    text{VI: "Mở và tải từng tệp.", EN: "Open and save the files one by one."}}
	pagesTooLarge = &refusal{status: 409, code: "pages_too_large",
		message: text{VI: "Các trang ảnh quá lớn để gom thành một tệp.", EN: "The pictures are too large for one file."},
		next:    text{VI: "Mở và tải từng trang.", EN: "Open and save the pages one by one."}}
)

// A document lies in memory several times, up to [paper.MaxPagesBytes] each: few are drawn and sent at once,
// the next waits.
const (
	maxDrawing      = 2
	longestDownload = 5 * time.Minute
)

// oneFile gives the pictures of one paper as one PDF, in their order, as they were filed. The blobs that
// the resident signed for stay what they are: the document is drawn from them anew each time, after
// each was compared with its digest. A paper with a file that is no such picture is refused: its files have their own way.
func (s *server) oneFile(w http.ResponseWriter, r *http.Request, o casework.Officer) {
	id, f, ok := s.shownFiles(w, r, o)
	if !ok {
		return
	}
	at := slices.IndexFunc(f.state.Components, func(c dossier.Component) bool { return c.ID == r.PathValue("component") })
	if at < 0 {
		s.refuse(w, notFound)
		return
	}
	c := f.state.Components[at]
	if f.unheard(c, o) {
		s.refuse(w, notFound)
		return
	}
	select {
	case s.drawing <- struct{}{}:
		defer func() { <-s.drawing }()
	case <-r.Context().Done():
		return
	}
	if err := s.note(r.Context(), o, store.ViewedScan, id); err != nil {
		s.fail(w, r, err)
		return
	}
	pages, err := s.pictures(r, f, c)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var b bytes.Buffer
	name := s.componentName(f.state, c.ID, c.Name).VI
	err = paper.WritePages(&b, paper.Pages{Title: name, At: time.UnixMilli(f.state.FiledAt), JPEGs: pages})
	if errors.Is(err, paper.ErrNoPages) {
		s.refuse(w, noPages)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", scanPolicy)
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": string(f.state.Slip) + "-" + strconv.Itoa(at+1) + ".pdf"}))
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(longestDownload)) // who does not read keeps nobody waiting for ever
	_, _ = w.Write(b.Bytes())
}

// pictures reads the JPEG pages of a paper and compares each with its digest. All of them or none: a
// document without its third page would look whole.
func (s *server) pictures(r *http.Request, f *folder, c dossier.Component) (pages [][]byte, err error) {
	total := int64(0)
	for _, a := range c.Blobs {
		if a.Empty() {
			continue
		}
		if a.MIME != "image/jpeg" {
			return nil, pagesMixed
		}
		blob, found := f.blobs[a.SHA256]
		if !found || !blob.Complete() {
			return nil, noPages
		}
		if total += blob.Ref.Length; total > paper.MaxPagesBytes {
			return nil, pagesTooLarge
		}
		var b bytes.Buffer
		if err := s.db.ReadBlob(r.Context(), blob, &b); err != nil {
			return nil, fmt.Errorf("reading a page: %w", err)
		}
		if sha256.Sum256(b.Bytes()) != a.SHA256 {
			return nil, errors.New("a page is not what was signed for")
		}
		pages = append(pages, b.Bytes())
	}
	return pages, nil
}
