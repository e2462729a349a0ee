// Package reply is how the desk's handlers answer: JSON, or a problem (a stable code, a sentence in
// the two languages every screen has, and what to do next).
//
// It promises that a cause goes to the log once and never to a screen, and that a body is read
// strictly: UTF-8, one value, no member nobody knows. It refuses bodies beyond a mebibyte. It holds
// no state; a power cut leaves nothing of it.
package reply

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/sqlitedb"
)

// Text is a sentence in the two languages every screen has.
type Text = dossier.Text

// Say makes one.
func Say(vi, en string) Text { return Text{VI: vi, EN: en} }

// Problem is what a caller is told when something could not be done: a stable code, a
// sentence, and what to do next. The cause goes to the log, never to the screen.
type Problem struct {
	Code    string `json:"code"`
	Message Text   `json:"message"`
	Next    Text   `json:"next"`

	Status     int           `json:"-"` // of HTTP
	RetryAfter time.Duration `json:"-"` // 0: not said
	Cause      error         `json:"-"`
}

func (p *Problem) Error() string {
	if p.Cause != nil {
		return p.Code + ": " + p.Cause.Error()
	}
	return p.Code
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Cause }

// Because returns a copy of p that carries its cause for the log.
func (p Problem) Because(err error) error {
	p.Cause = err
	return &p
}

// After returns a copy of p that says when to try again.
func (p Problem) After(wait time.Duration) error {
	p.RetryAfter = wait
	return &p
}

// CallStaff is what to do next where a machine knows nothing better.
var CallStaff = Say("Xin gọi cán bộ một cửa.", "Please call the officer at the desk.")

// The problems every part of the desk may meet. Codes are stable: screens and scripts compare them.
var (
	Internal = Problem{Code: "internal", Status: http.StatusInternalServerError,
		Message: Say("Máy gặp lỗi. Những gì đã báo “đã lưu” vẫn còn.", "The machine has a fault. Everything shown as saved is still there."), Next: CallStaff}
	BadRequest = Problem{Code: "bad_request", Status: http.StatusBadRequest,
		Message: Say("Màn hình gửi dữ liệu không đúng.", "The screen sent something the desk cannot read."), Next: CallStaff}
	NotFound = Problem{Code: "not_found", Status: http.StatusNotFound,
		Message: Say("Không tìm thấy. Số phiếu hoặc thông tin thứ hai chưa đúng.", "Nothing found. The slip number or the second fact is not right."),
		Next:    Say("Kiểm tra lại số trên phiếu và 4 số cuối căn cước hoặc điện thoại.", "Check the number on the slip and the last 4 digits of the identity card or phone.")}
	TooMany = Problem{Code: "too_many", Status: http.StatusTooManyRequests,
		Message: Say("Đã thử sai nhiều lần với phiếu này.", "Too many wrong tries with this slip."),
		Next:    Say("Chờ một giờ, hoặc đưa phiếu cho cán bộ xem.", "Wait an hour, or show the slip to an officer.")}
	TooMuchText = Problem{Code: "too_much_text", Status: http.StatusUnprocessableEntity,
		Message: Say("Phần chữ đã nhập dài quá mức một hồ sơ gửi đi được. Hồ sơ chưa được nộp.", "The text entered is longer than one dossier can carry. It was not filed."),
		Next:    Say("Viết ngắn lại, hoặc viết ra giấy rồi chụp kèm hồ sơ.", "Shorten it, or write it on paper and add a picture of that.")}
	TooManyFiles = Problem{Code: "too_many_files", Status: http.StatusUnprocessableEntity,
		Message: Say("Hồ sơ đã có đủ 128 tệp, không thêm được nữa.", "The dossier already has 128 files; no more can be added."),
		Next:    Say("Quét nhiều trang thành một tệp PDF, hoặc nộp phần còn lại bằng bản giấy.", "Scan several pages into one PDF, or hand in the rest on paper.")}
	ScanLost = Problem{Code: "scan_lost", Status: http.StatusConflict,
		Message: Say("Có giấy đã chụp không còn trên máy. Hồ sơ chưa được nộp.", "A paper that was taken is no longer on the machine. The dossier was not filed."),
		Next:    Say("Mở lại mục giấy tờ, xóa trang không xem được rồi chụp lại.", "Go back to the papers, remove the page that does not open and take it again.")}
	Unfit = Problem{Code: "unfit", Status: http.StatusUnprocessableEntity,
		Message: Say("Hồ sơ có chỗ máy không ghi lại được. Hồ sơ chưa được nộp, bản nháp vẫn còn.", "Something in the dossier cannot be recorded. It was not filed; the draft is kept."), Next: CallStaff}
	Filed = Problem{Code: "already_filed", Status: http.StatusConflict,
		Message: Say("Hồ sơ này đã nộp rồi.", "This dossier has been filed already."),
		Next:    Say("Tra cứu bằng số phiếu.", "Look it up with the slip number.")}
	NotEnrolled = Problem{Code: "not_enrolled", Status: http.StatusConflict,
		Message: Say("Máy này chưa được tỉnh cấp phép nhận hồ sơ.", "The province has not enrolled this machine yet."),
		Next:    Say("Cán bộ kỹ thuật chạy “agent enrol” với mã của tỉnh.", "IT runs “agent enrol” with the province's code.")}
	DiskFull = Problem{Code: "disk_full", Status: http.StatusInsufficientStorage,
		Message: Say("Máy hết chỗ lưu. Hồ sơ này chưa được nộp.", "The machine has no room left. This dossier was not filed."),
		Next:    Say("Cán bộ nhận bản giấy và báo cho tỉnh.", "Staff take the paper and tell the province.")}
)

// Handler is a use case over HTTP: it writes its answer or returns why it could not.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Serve turns a handler's error into an answer and logs a fault once, without personal data.
func Serve(log *slog.Logger, h Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		p := Of(err)
		if p.Status >= 500 && p.Cause != nil { // without one it is a wait that was announced, not a fault
			log.Error("a use case of the desk ended in a fault", "route", r.Pattern, "code", p.Code, "error", p.Cause)
		}
		if p.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int((p.RetryAfter+time.Second-1)/time.Second)))
		}
		JSON(w, p.Status, map[string]any{"error": p})
	}
}

// Of finds the sentence for an error of the book or the disk.
func Of(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	kind := Internal
	var many *ledger.TooMany
	var step *dossier.StepError
	switch {
	case errors.As(err, &step):
		kind = Problem{Code: step.Code, Status: http.StatusConflict, Message: step.Text(), Next: CallStaff}
	case errors.As(err, &many):
		kind = TooMany
		kind.RetryAfter = many.RetryAfter
	case errors.Is(err, ledger.ErrNotFound), errors.Is(err, ledger.ErrExpired):
		kind = NotFound
	case errors.Is(err, dossier.ErrTooLarge):
		kind = TooMuchText
	case errors.Is(err, ledger.ErrLimit):
		kind = TooManyFiles
	case errors.Is(err, ledger.ErrLost):
		kind = ScanLost
	case errors.Is(err, ledger.ErrUnfit):
		kind = Unfit
	case errors.Is(err, ledger.ErrFiled):
		kind = Filed
	case errors.Is(err, ledger.ErrNotEnrolled):
		kind = NotEnrolled
	case sqlitedb.IsFull(err):
		kind = DiskFull
	}
	kind.Cause = err
	return &kind
}

// JSON writes v as the answer.
func JSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		slog.Error("an answer of the desk cannot be written as JSON", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the screen asks again when its answer is lost
}

// OK answers with v.
func OK(w http.ResponseWriter, v any) error {
	JSON(w, http.StatusOK, v)
	return nil
}

// maxJSON bounds a JSON body: the largest known form's answers have 40 kB.
const maxJSON = 1 << 20

// Read decodes a JSON body strictly.
func Read(r *http.Request, into any) error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxJSON))
	if err != nil {
		return BadRequest.Because(err)
	}
	if !utf8.Valid(body) {
		return BadRequest.Because(errors.New("the body is not UTF-8"))
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return BadRequest.Because(err)
	}
	if rest := bytes.TrimSpace(body[dec.InputOffset():]); len(rest) != 0 {
		return BadRequest.Because(errors.New("something follows the JSON value"))
	}
	return nil
}
