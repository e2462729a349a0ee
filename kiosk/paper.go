package kiosk

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"bendo/internal/feedback"
	"bendo/internal/ledger"
	"bendo/kiosk/scan"
	"bendo/syncproto"
)

type warningView struct {
	Code    string `json:"code"`
	Message Text   `json:"message"`
}

// body reads an attachment whole and checks it against the digest the screen computed: what
// is stored is what the camera took.
func body(r *http.Request) ([]byte, error) {
	var b bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength <= scan.MaxBytes {
		b.Grow(int(r.ContentLength) + bytes.MinRead) // read without growing: a body is held once
	}
	_, err := b.ReadFrom(http.MaxBytesReader(nil, r.Body, scan.MaxBytes))
	data := b.Bytes()
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, problemTooLarge.Because(err)
	}
	if err != nil {
		return nil, problemDigest.Because(err)
	}
	want, err := contentDigest(r.Header.Get("Content-Digest"))
	if err != nil {
		return nil, problemBadRequest.Because(err)
	}
	if got := sha256.Sum256(data); !bytes.Equal(got[:], want) {
		return nil, problemDigest.Because(nil)
	}
	return data, nil
}

// contentDigest reads RFC 9530's header with its one algorithm that we take: sha-256=:BASE64:.
func contentDigest(h string) ([]byte, error) {
	for part := range strings.SplitSeq(h, ",") {
		if v, found := strings.CutPrefix(strings.TrimSpace(part), "sha-256=:"); found {
			return base64.StdEncoding.DecodeString(strings.TrimSuffix(v, ":"))
		}
	}
	return nil, fmt.Errorf("no sha-256 in Content-Digest")
}

func (d *Desk) addScan(w http.ResponseWriter, r *http.Request) error {
	id, err := d.writable(r)
	if err != nil {
		return err
	}
	data, err := body(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	s, err := d.attach(r, id, data, q.Get("component"), q.Get("name"))
	if err != nil {
		return err
	}
	return ok(w, s)
}

// attach makes the pages of a file small, then durable, then rows; it answers with the first. A file
// of several pages (TIFF) is attached page by page: a crash in between leaves the first of them, and
// the same file again adds the rest. The photo of a petition shows a place, not a sheet.
func (d *Desk) attach(r *http.Request, id ledger.DraftID, data []byte, component, name string) (scanView, error) {
	if err := checkPaper(component); err != nil {
		return scanView{}, err
	}
	if err := d.enough(roomToAdd + int64(len(data))); err != nil {
		return scanView{}, err
	}
	pages, err := decoding(d, r, func() ([]scan.Result, error) { return scan.Pages(data) })
	if err != nil {
		return scanView{}, refused(err)
	}
	if err := d.freePages(r, id, component, pages); err != nil {
		return scanView{}, err
	}
	var first scanView
	for i, page := range pages {
		if component == feedback.Photo {
			page.Warnings = slices.DeleteFunc(page.Warnings, func(code string) bool { return code == "cut" || code == "skewed" })
		}
		s, err := d.keepPage(r, id, page, ledger.NewScan{Component: component, Name: pageName(name, d.today()),
			MIME: page.MIME, WasLength: int64(page.Was)})
		if err != nil {
			return scanView{}, err
		}
		if i == 0 {
			first = s
		}
	}
	first.Pages = len(pages)
	return first, nil
}

// freePages refuses a file whose very bytes already stand under another paper: attached again they
// would leave that one, and it would look complete until then.
func (d *Desk) freePages(r *http.Request, id ledger.DraftID, component string, pages []scan.Result) error {
	draft, err := d.book().Draft(r.Context(), id)
	if err != nil {
		return err
	}
	for _, page := range pages {
		if s, found := pageOf(draft, sha256.Sum256(page.Data)); found && s.Component != component {
			return problemSamePage.Because(nil)
		}
	}
	return nil
}

func (d *Desk) readScan(w http.ResponseWriter, r *http.Request) error {
	id, err := d.mine(r)
	if err != nil {
		return err
	}
	sha, err := syncproto.ParseDigest(r.PathValue("sha256"))
	if err != nil {
		return problemNotFound.Because(err)
	}
	f, s, err := d.book().ReadScan(r.Context(), id, sha)
	if isUnknown(err) {
		return problemNoPaper.Because(err)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return show(w, f, s.MIME, s.Length)
}

// show sends bytes that came from outside: a picture is shown, anything else is only kept.
func show(w http.ResponseWriter, f io.Reader, kind string, length int64) error {
	if base, _, err := mime.ParseMediaType(kind); err != nil || (base != scan.JPEG && base != scan.PNG) {
		w.Header().Set("Content-Disposition", "attachment")
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", fmt.Sprint(length))
	_, _ = io.Copy(w, f) // a screen that went away needs no answer
	return nil
}

func (d *Desk) removeScan(w http.ResponseWriter, r *http.Request) error {
	id, err := d.mine(r)
	if err != nil {
		return err
	}
	sha, err := syncproto.ParseDigest(r.PathValue("sha256"))
	if err != nil {
		return problemNotFound.Because(err)
	}
	if err := d.book().DetachScan(r.Context(), id, sha); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// saveSignature stores a drawn line or a thumb print, or notes that the paper was signed.
func (d *Desk) saveSignature(w http.ResponseWriter, r *http.Request) error {
	id, err := d.writable(r)
	if err != nil {
		return err
	}
	switch kind := r.URL.Query().Get("kind"); kind {
	case "paper", "":
		err = d.book().SaveSignature(r.Context(), id, kind, "", nil)
	case "drawn", "thumb":
		err = d.savePicture(r, id, kind)
	default:
		err = problemBadRequest.Because(errors.New("no such kind of signature"))
	}
	if err != nil {
		return err
	}
	return ok(w, map[string]any{"saved": true})
}

func (d *Desk) savePicture(r *http.Request, id ledger.DraftID, kind string) error {
	data, err := body(r)
	if err != nil {
		return err
	}
	small, err := decoding(d, r, func() (scan.Result, error) { return scan.Reduce(data) })
	if scan.IsRefusal(err) != "" || err == nil && small.MIME == scan.PDF {
		return problemScan.Because(err)
	}
	if err != nil {
		return err
	}
	return d.book().SaveSignature(r.Context(), id, kind, small.MIME, bytes.NewReader(small.Data))
}

func (d *Desk) tray(w http.ResponseWriter, r *http.Request) error {
	items, err := d.book().Tray(r.Context())
	if err != nil {
		return err
	}
	out := []map[string]any{}
	for _, t := range items {
		if !d.forThis(r, t) {
			continue
		}
		out = append(out, map[string]any{"id": t.ID, "name": t.Name, "length": t.Length, "at": t.At, "mime": t.MIME})
	}
	return ok(w, out)
}

// forThis says whether a scanned paper may be shown to this visit: it came since the visit before
// ended, and not long before this one began. Older papers are another resident's; they stay in
// the tray for staff. Scanned again, a paper counts as new.
func (d *Desk) forThis(r *http.Request, t ledger.TrayItem) bool {
	mine := false
	d.remember(r, func(v *visit) { mine = !time.UnixMilli(t.At).Before(v.since.Truncate(time.Millisecond)) })
	return mine
}

// openTray opens a paper that this visit may see.
func (d *Desk) openTray(r *http.Request) (io.ReadCloser, ledger.TrayItem, error) {
	f, t, err := d.book().ReadTray(r.Context(), r.PathValue("tray"))
	if isUnknown(err) {
		return nil, t, problemNoPaper.Because(err)
	}
	if err != nil {
		return nil, t, err
	}
	if !d.forThis(r, t) {
		f.Close()
		return nil, t, problemNoPaper.Because(nil)
	}
	return f, t, nil
}

func (d *Desk) readTray(w http.ResponseWriter, r *http.Request) error {
	f, t, err := d.openTray(r)
	if err != nil {
		return err
	}
	defer f.Close()
	if t.MIME == scan.TIFF {
		return d.previewTray(w, r, f)
	}
	return show(w, f, t.MIME, t.Length)
}

// previewTray shows the first page of a TIFF, which no browser draws.
func (d *Desk) previewTray(w http.ResponseWriter, r *http.Request, f io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(f, scan.MaxBytes))
	if err != nil {
		return fmt.Errorf("reading the scanned paper: %w", err)
	}
	page, err := decoding(d, r, func() ([]byte, error) { return scan.Preview(data) })
	if err != nil {
		return refused(err)
	}
	return show(w, bytes.NewReader(page), scan.JPEG, int64(len(page)))
}

// assignTray moves a scanned paper into a draft. Attached first, removed from the tray after:
// a crash between the two leaves it in both places, never in none.
func (d *Desk) assignTray(w http.ResponseWriter, r *http.Request) error {
	id, err := d.writable(r)
	if err != nil {
		return err
	}
	var in struct {
		Component string `json:"component"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	f, t, err := d.openTray(r)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(f, scan.MaxBytes))
	f.Close()
	if err != nil {
		return fmt.Errorf("reading the scanned paper: %w", err)
	}
	s, err := d.attach(r, id, data, in.Component, t.Name)
	if err != nil {
		return err
	}
	if err := d.book().RemoveTray(r.Context(), t.ID); err != nil {
		return err
	}
	return ok(w, s)
}
