package kiosk

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"

	"bendo/internal/ledger"
	"bendo/kiosk/scan"
	"bendo/syncproto"
)

// warningTexts say what the machine noticed on a page and how to mend it. A warning never stops
// anybody: the page can be filed as it is, and the officer sees what was noticed.
var warningTexts = map[string]Text{
	"blank":     say("Trang này gần như trắng. Bà con xem lại đã chụp đúng mặt chưa.", "This page is almost empty. Check that the right side was taken."),
	"too_dark":  say("Ảnh tối quá. Đưa giấy ra chỗ sáng rồi chụp lại.", "The picture is too dark. Take it again in better light."),
	"too_small": say("Ảnh nhỏ quá, chữ có thể không đọc được. Đưa giấy lại gần rồi chụp lại.", "The picture is too small to read. Hold the paper closer and take it again."),
	"blurred":   say("Ảnh bị mờ, chữ có thể không đọc được. Giữ yên giấy rồi chụp lại.", "The picture is blurred and may not be readable. Hold the paper still and take it again."),
	"cut":       say("Chữ bị cắt ở mép ảnh. Đặt cả tờ giấy vào trong khung rồi chụp lại.", "The print is cut off at the edge. Lay the whole sheet inside the frame and take it again."),
	"skewed":    say("Trang bị nghiêng. Chỉnh khung cho thẳng, hoặc đặt giấy ngay lại rồi chụp.", "The page is tilted. Straighten the frame, or lay the paper straight and take it again."),
	"duplicate": say("Trang này giống một trang đã có. Nếu chụp nhầm hai lần, xóa một trang.", "This page looks like one that is already here. If it was taken twice, delete one."),
	"locked":    say("Tệp này đòi mật khẩu, cán bộ không mở được. Xin nộp bản giấy hoặc tệp không có mật khẩu.", "This file asks for a password and an officer cannot open it. Hand in the paper, or a file without a password."),
}

var refusalTexts = map[string]Text{
	"empty":           say("Tệp này trống.", "This file is empty."),
	"unknown_kind":    say("Chỉ nhận ảnh (JPEG, PNG, TIFF) hoặc tệp PDF.", "Only pictures (JPEG, PNG, TIFF) or PDF files are taken."),
	"heic":            say("Ảnh của điện thoại này (HEIC) máy chưa đọc được. Chụp lại bằng máy ảnh ở đây, hoặc trên điện thoại chọn lưu ảnh kiểu JPEG (iPhone: Cài đặt, Camera, Định dạng, Tương thích nhất).", "This phone's kind of picture (HEIC) cannot be read here. Take it with the camera of this machine, or let the phone save JPEG (iPhone: Settings, Camera, Formats, Most Compatible)."),
	"unreadable":      say("Ảnh bị hỏng hoặc chưa tải hết.", "The picture is damaged or incomplete."),
	"too_many_pixels": say("Ảnh lớn quá mức máy xử lý được. Quét lại ở 200 hoặc 300 dpi.", "The picture is larger than the machine can handle. Scan it again at 200 or 300 dpi."),
	"too_many_pages":  say("Tệp này có quá nhiều trang. Xin quét lại, mỗi tệp nhiều nhất 50 trang.", "This file has too many pages. Scan again with at most 50 pages in a file."),
	"bad_corners":     say("Bốn góc này không khép thành một tờ giấy. Kéo lại các góc, hoặc lấy cả ảnh.", "These four corners do not make a sheet. Move them again, or take the whole picture."),
}

func warnings(codes []string) []warningView {
	out := []warningView{}
	for _, c := range codes {
		out = append(out, warningView{c, warningTexts[c]})
	}
	return out
}

// refused says in words why a file is no scan.
func refused(err error) error {
	code := scan.IsRefusal(err)
	if code == "" {
		return err
	}
	p := problemScan
	if t, found := refusalTexts[code]; found {
		p.Message = t
	}
	p.Code = "scan_" + code
	return p.Because(err)
}

// maxCompared bounds how many pages are laid over a new one, the newest first.
const maxCompared = 4

// twin finds the page of the draft that shows the same sheet as a new one. A page that cannot be
// compared is no twin: the search only saves a resident from filing a page twice.
func (d *Desk) twin(r *http.Request, draft ledger.Draft, page scan.Result, not syncproto.Digest) syncproto.Digest {
	own, compared := syncproto.Digest(sha256.Sum256(page.Data)), 0
	for i := len(draft.Scans) - 1; i >= 0 && compared < maxCompared; i-- {
		old := draft.Scans[i]
		if old.SHA256 == not || old.SHA256 == own || !scan.Alike(old.Print, page.Print) {
			continue
		}
		compared++
		data, err := d.stored(r, draft.ID, old.SHA256)
		if err != nil {
			continue
		}
		if same, err := scan.Same(data, page.Data); err == nil && same {
			return old.SHA256
		}
	}
	return syncproto.Digest{}
}

// stored reads a page of a draft whole.
func (d *Desk) stored(r *http.Request, id ledger.DraftID, sha syncproto.Digest) ([]byte, error) {
	f, _, err := d.book().ReadScan(r.Context(), id, sha)
	if isUnknown(err) {
		return nil, problemNoPaper.Because(err)
	}
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, scan.MaxBytes))
	return data, errors.Join(err, f.Close())
}

// aPage is the draft and the page that a call names; whose says whether the draft may be touched.
func (d *Desk) aPage(r *http.Request, whose func(*http.Request) (ledger.DraftID, error)) (ledger.DraftID, syncproto.Digest, error) {
	id, err := whose(r)
	if err != nil {
		return id, syncproto.Digest{}, err
	}
	sha, err := syncproto.ParseDigest(r.PathValue("sha256"))
	if err != nil {
		return id, sha, problemNotFound.Because(err)
	}
	return id, sha, nil
}

// lookView is what the machine sees on a page and proposes.
type lookView struct {
	Width    int           `json:"width"`
	Height   int           `json:"height"`
	Corners  []scan.Point  `json:"corners,omitempty"` // four in turn from the top left, shares of width and height
	By       string        `json:"by,omitempty"`      // edges | lines
	Warnings []warningView `json:"warnings"`
	Like     *sheetName    `json:"like,omitempty"` // the page it repeats
	Accepted bool          `json:"accepted,omitempty"`
}

// sheetName says which page of which paper.
type sheetName struct {
	Component string `json:"component"`
	Page      int    `json:"page"` // from 1
	SHA256    string `json:"sha256"`
}

// lookAtScan says what the machine sees on a stored page: its proposal is never carried out unasked.
func (d *Desk) lookAtScan(w http.ResponseWriter, r *http.Request) error {
	id, sha, err := d.aPage(r, d.mine)
	if err != nil {
		return err
	}
	draft, err := d.book().Draft(r.Context(), id)
	if err != nil {
		return err
	}
	s, found := pageOf(draft, sha)
	if !found {
		return problemNoPaper.Because(nil)
	}
	data, err := d.stored(r, id, sha)
	if err != nil {
		return err
	}
	v := lookView{Warnings: warnings(standing(draft, s)), Accepted: s.Accepted}
	if s.MIME == scan.JPEG || s.MIME == scan.PNG {
		seen, err := decoding(d, r, func() (scan.View, error) { return scan.Look(data) })
		if err != nil {
			return refused(err)
		}
		v.Width, v.Height, v.Corners, v.By = seen.Width, seen.Height, seen.Corners, seen.By
	}
	if name, found := nameOf(draft, s.Like); found {
		v.Like = &name
	}
	return ok(w, v)
}

// mendScan cuts, straightens and turns a stored page as the resident agreed. The new page takes the
// place of the old one, whose bytes go: asked again after a lost answer it says that the old page is not
// here, and the list of the paper shows the new one.
func (d *Desk) mendScan(w http.ResponseWriter, r *http.Request) error {
	id, sha, err := d.aPage(r, d.writable)
	if err != nil {
		return err
	}
	var in struct {
		Corners []scan.Point `json:"corners"`
		Turn    int          `json:"turn"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	data, err := d.stored(r, id, sha)
	if err != nil {
		return err
	}
	page, err := decoding(d, r, func() (scan.Result, error) {
		return scan.Mend(data, scan.Edit{Corners: in.Corners, Turn: in.Turn})
	})
	if err != nil {
		return refused(err)
	}
	draft, err := d.book().Draft(r.Context(), id)
	if err != nil {
		return err
	}
	old, _ := pageOf(draft, sha)
	if bytes.Equal(page.Data, data) {
		return ok(w, viewScan(old, warnings(standing(draft, old))))
	}
	if err := alreadyThere(draft, old, page); err != nil {
		return err
	}
	s, err := d.keepPage(r, id, page, ledger.NewScan{MIME: page.MIME, Replaces: sha})
	if err != nil {
		return err
	}
	return ok(w, s)
}

// alreadyThere refuses a mended page whose very bytes are another page of the draft: kept, it would take
// that one's row away from where the resident put it.
func alreadyThere(draft ledger.Draft, old ledger.Scan, page scan.Result) error {
	other, found := pageOf(draft, sha256.Sum256(page.Data))
	switch {
	case !found:
		return nil
	case other.Component == old.Component:
		return problemTwice.Because(nil)
	}
	return problemSamePage.Because(nil)
}

// acceptScan notes that the resident wants the page as it is: the officer will look.
func (d *Desk) acceptScan(w http.ResponseWriter, r *http.Request) error {
	id, sha, err := d.aPage(r, d.writable)
	if err != nil {
		return err
	}
	if err := d.book().AcceptScan(r.Context(), id, sha); err != nil {
		if isUnknown(err) {
			return problemNoPaper.Because(err)
		}
		return err
	}
	return ok(w, map[string]any{"saved": true})
}

// keepPage stores a small page with what the machine noticed on it.
func (d *Desk) keepPage(r *http.Request, id ledger.DraftID, page scan.Result, n ledger.NewScan) (scanView, error) {
	draft, err := d.book().Draft(r.Context(), id)
	if err != nil {
		return scanView{}, err
	}
	n.Warnings, n.Print = page.Warnings, page.Print
	if n.Like, err = decoding(d, r, func() (syncproto.Digest, error) { return d.twin(r, draft, page, n.Replaces), nil }); err != nil {
		return scanView{}, err
	}
	if !n.Like.IsZero() {
		n.Warnings = append(n.Warnings, "duplicate")
	}
	keep := d.book().AttachScan
	if !n.Replaces.IsZero() {
		keep = d.book().ReplaceScan
	}
	s, err := keep(r.Context(), id, n, bytes.NewReader(page.Data))
	if err != nil {
		return scanView{}, err
	}
	return viewScan(s, warnings(n.Warnings)), nil
}

func pageOf(draft ledger.Draft, sha syncproto.Digest) (ledger.Scan, bool) {
	for _, s := range draft.Scans {
		if s.SHA256 == sha {
			return s, true
		}
	}
	return ledger.Scan{}, false
}

// nameOf counts a page among those of its paper.
func nameOf(draft ledger.Draft, sha syncproto.Digest) (sheetName, bool) {
	s, found := pageOf(draft, sha)
	if !found || sha.IsZero() {
		return sheetName{}, false
	}
	n := sheetName{Component: s.Component, SHA256: sha.String()}
	for _, other := range draft.Scans {
		if other.Component == s.Component {
			n.Page++
		}
		if other.SHA256 == sha {
			break
		}
	}
	return n, true
}

// standing are a page's warnings that still hold: a twin that was deleted is none.
func standing(draft ledger.Draft, s ledger.Scan) []string {
	var out []string
	for _, code := range s.Warnings {
		if _, found := pageOf(draft, s.Like); code != "duplicate" || found && !s.Like.IsZero() {
			out = append(out, code)
		}
	}
	return out
}
