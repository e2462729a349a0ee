package kiosk

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

func say(vi, en string) Text { return Text{VI: vi, EN: en} }

// Problem is what a caller is told when something could not be done: a stable code, a
// sentence, and what to do next. The cause goes to the log, never to the screen.
type Problem struct {
	Code    string `json:"code"`
	Message Text   `json:"message"`
	Next    Text   `json:"next"`

	status     int
	retryAfter time.Duration
	cause      error
}

func (p *Problem) Error() string {
	if p.cause != nil {
		return p.Code + ": " + p.cause.Error()
	}
	return p.Code
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.cause }

// because returns a copy of p that carries its cause for the log.
func (p Problem) because(err error) error {
	p.cause = err
	return &p
}

var callStaff = say("Xin gọi cán bộ một cửa.", "Please call the officer at the desk.")

// The problems of the desk. Codes are stable: screens and scripts compare them.
var (
	problemInternal = Problem{Code: "internal", status: http.StatusInternalServerError,
		Message: say("Máy gặp lỗi. Những gì đã báo “đã lưu” vẫn còn.", "The machine has a fault. Everything shown as saved is still there."), Next: callStaff}
	problemNoVisit = Problem{Code: "no_visit", status: http.StatusUnauthorized,
		Message: say("Phiên làm việc đã kết thúc.", "This visit has ended."),
		Next:    say("Bấm “Bắt đầu lại”. Hồ sơ đang làm dở vẫn còn, tra bằng số phiếu nháp.", "Press “Start over”. An unfinished dossier is kept; find it with the draft slip.")}
	problemBadRequest = Problem{Code: "bad_request", status: http.StatusBadRequest,
		Message: say("Màn hình gửi dữ liệu không đúng.", "The screen sent something the desk cannot read."), Next: callStaff}
	problemTooLarge = Problem{Code: "too_large", status: http.StatusRequestEntityTooLarge,
		Message: say("Tệp quá lớn (tối đa 64 MB).", "The file is too large (at most 64 MB)."),
		Next:    say("Chụp lại từng trang.", "Take the pages one by one.")}
	problemNotFound = Problem{Code: "not_found", status: http.StatusNotFound,
		Message: say("Không tìm thấy. Số phiếu hoặc thông tin thứ hai chưa đúng.", "Nothing found. The slip number or the second fact is not right."),
		Next:    say("Kiểm tra lại số trên phiếu và 4 số cuối căn cước hoặc điện thoại.", "Check the number on the slip and the last 4 digits of the identity card or phone.")}
	problemTooMany = Problem{Code: "too_many", status: http.StatusTooManyRequests,
		Message: say("Đã thử sai nhiều lần với phiếu này.", "Too many wrong tries with this slip."),
		Next:    say("Chờ một giờ, hoặc đưa phiếu cho cán bộ xem.", "Wait an hour, or show the slip to an officer.")}
	problemTooManyHere = Problem{Code: "too_many", status: http.StatusTooManyRequests,
		Message: say("Máy này đã có quá nhiều lần tra cứu sai.", "Too many wrong look-ups at this machine."),
		Next:    say("Chờ một lát, hoặc đưa phiếu cho cán bộ xem.", "Wait a while, or show the slip to an officer.")}
	problemNoPaper = Problem{Code: "no_paper", status: http.StatusNotFound,
		Message: say("Không thấy giấy này.", "This paper is not here."),
		Next:    say("Chụp hoặc quét lại giấy, hoặc gọi cán bộ.", "Take a picture or scan it again, or call staff.")}
	problemNoProcedure = Problem{Code: "unknown_procedure", status: http.StatusNotFound,
		Message: say("Thủ tục này không có trong danh mục.", "This procedure is not in the catalogue."),
		Next:    say("Chọn thủ tục khác, hoặc gọi cán bộ.", "Choose another one, or call staff.")}
	problemNoDraft = Problem{Code: "no_draft", status: http.StatusNotFound,
		Message: say("Không có hồ sơ nháp này trong phiên.", "This draft is not part of the visit."),
		Next:    say("Bắt đầu lại, hoặc gọi cán bộ.", "Start over, or call staff.")}
	problemNotEnrolled = Problem{Code: "not_enrolled", status: http.StatusConflict,
		Message: say("Máy này chưa được tỉnh cấp phép nhận hồ sơ.", "The province has not enrolled this machine yet."),
		Next:    say("Cán bộ kỹ thuật chạy “agent enrol” với mã của tỉnh.", "IT runs “agent enrol” with the province's code.")}
	problemDigest = Problem{Code: "digest_mismatch", status: http.StatusUnprocessableEntity,
		Message: say("Tệp đến không nguyên vẹn.", "The file did not arrive whole."),
		Next:    say("Chụp hoặc chọn lại tệp.", "Take or choose the file again.")}
	problemConsent = Problem{Code: "consent_missing", status: http.StatusUnprocessableEntity,
		Message: say("Chưa có sự đồng ý xử lý dữ liệu cá nhân.", "Consent to the use of personal data is missing."),
		Next:    say("Đọc và bấm “Tôi đồng ý”.", "Read it and press “I agree”.")}
	problemUnfinished = Problem{Code: "problems_left", status: http.StatusUnprocessableEntity,
		Message: say("Hồ sơ còn chỗ chưa đúng.", "The dossier still has something wrong."),
		Next:    say("Sửa các mục được liệt kê, hoặc chọn nộp để cán bộ xem.", "Mend the listed items, or choose to leave them to an officer.")}
	problemDiskFull = Problem{Code: "disk_full", status: http.StatusInsufficientStorage,
		Message: say("Máy hết chỗ lưu. Hồ sơ này chưa được nộp.", "The machine has no room left. This dossier was not filed."),
		Next:    say("Cán bộ nhận bản giấy và báo cho tỉnh.", "Staff take the paper and tell the province.")}
	problemNoRoom = Problem{Code: "disk_full", status: http.StatusInsufficientStorage,
		Message: say("Máy sắp hết chỗ lưu nên tạm dừng nhận hồ sơ mới. Hồ sơ đang làm dở vẫn nộp được.", "The machine is running out of room and takes no new dossier for now. One that was begun can still be filed."),
		Next:    say("Gọi cán bộ: nhận bản giấy và báo cho tỉnh dọn chỗ.", "Call staff: they take the paper and tell the province to make room.")}
	problemFiled = Problem{Code: "already_filed", status: http.StatusConflict,
		Message: say("Hồ sơ này đã nộp rồi.", "This dossier has been filed already."),
		Next:    say("Tra cứu bằng số phiếu.", "Look it up with the slip number.")}
	problemScan = Problem{Code: "scan_refused", status: http.StatusUnprocessableEntity,
		Message: say("Không dùng được tệp này.", "This file cannot be used."),
		Next:    say("Chụp lại, hoặc để cán bộ xem bản giấy.", "Take it again, or let an officer see the paper.")}
	problemSamePage = Problem{Code: "same_page", status: http.StatusConflict,
		Message: say("Trang này đã nằm ở một giấy khác của hồ sơ.", "This very page is already under another paper of this dossier."),
		Next:    say("Một trang chỉ cần một lần, cán bộ xem được. Với giấy này, chọn “Tôi có giấy ở đây” hoặc chụp trang khác.", "One copy is enough, the officer sees it. For this paper choose “I have it on paper here”, or take another page.")}
	problemTooMuchText = Problem{Code: "too_much_text", status: http.StatusUnprocessableEntity,
		Message: say("Phần chữ đã nhập dài quá mức một hồ sơ gửi đi được. Hồ sơ chưa được nộp.", "The text entered is longer than one dossier can carry. It was not filed."),
		Next:    say("Viết ngắn lại, hoặc viết ra giấy rồi chụp kèm hồ sơ.", "Shorten it, or write it on paper and add a picture of that.")}
	problemTooManyFiles = Problem{Code: "too_many_files", status: http.StatusUnprocessableEntity,
		Message: say("Hồ sơ đã có đủ 128 tệp, không thêm được nữa.", "The dossier already has 128 files; no more can be added."),
		Next:    say("Quét nhiều trang thành một tệp PDF, hoặc nộp phần còn lại bằng bản giấy.", "Scan several pages into one PDF, or hand in the rest on paper.")}
	problemUnfit = Problem{Code: "unfit", status: http.StatusUnprocessableEntity,
		Message: say("Hồ sơ có chỗ máy không ghi lại được. Hồ sơ chưa được nộp, bản nháp vẫn còn.", "Something in the dossier cannot be recorded. It was not filed; the draft is kept."), Next: callStaff}
	problemScanLost = Problem{Code: "scan_lost", status: http.StatusConflict,
		Message: say("Có giấy đã chụp không còn trên máy. Hồ sơ chưa được nộp.", "A paper that was taken is no longer on the machine. The dossier was not filed."),
		Next:    say("Mở lại mục giấy tờ, xóa trang không xem được rồi chụp lại.", "Go back to the papers, remove the page that does not open and take it again.")}
	problemNoPrinter = Problem{Code: "no_printer", status: http.StatusNotFound,
		Message: say("Máy này chưa nối máy in.", "No printer is connected to this machine."),
		Next:    say("Ghi lại hoặc chụp số phiếu, hoặc nhờ cán bộ in.", "Write down or photograph the slip number, or ask an officer to print it.")}
	problemPrinter = Problem{Code: "printer", status: http.StatusServiceUnavailable,
		Message: say("Máy in chưa nhận phiếu. Hồ sơ vẫn đã được lưu.", "The printer did not take the slip. The dossier is saved all the same."),
		Next:    say("Gọi cán bộ xem máy in, rồi bấm in lại.", "Call an officer to look at the printer, then print again.")}
	problemSecret = Problem{Code: "state_secret", status: http.StatusUnprocessableEntity,
		Message: say("Hồ sơ mật không nộp qua máy này. Máy không lưu gì.", "Classified dossiers are not filed here. Nothing was stored."),
		Next:    say("Cán bộ hướng dẫn nộp theo đường bảo mật.", "Staff explain the protected way.")}
)

// after returns a copy of p that says when to try again.
func (p Problem) after(wait time.Duration) error {
	p.retryAfter = wait
	return &p
}

// handler is a use case over HTTP: it writes its answer or returns why it could not.
type handler func(w http.ResponseWriter, r *http.Request) error

// serve turns a handler's error into an answer and logs a fault once, without personal data.
func (d *Desk) serve(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		p := problemOf(err)
		if p.status >= 500 {
			d.Log.Error("a use case of the desk ended in a fault", "route", r.Pattern, "code", p.Code, "error", p.cause)
		}
		if p.retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
		}
		answer(w, p.status, map[string]any{"error": p})
	}
}

// problemOf finds the sentence for an error of the book or the disk.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	kind := problemInternal
	var many *ledger.TooMany
	var step *dossier.StepError
	switch {
	case errors.As(err, &step):
		kind = Problem{Code: step.Code, status: http.StatusConflict, Message: step.Text(), Next: callStaff}
	case errors.As(err, &many):
		kind = problemTooMany
		kind.retryAfter = many.RetryAfter
	case errors.Is(err, ledger.ErrNotFound), errors.Is(err, ledger.ErrExpired):
		kind = problemNotFound
	case errors.Is(err, dossier.ErrTooLarge):
		kind = problemTooMuchText
	case errors.Is(err, ledger.ErrLimit):
		kind = problemTooManyFiles
	case errors.Is(err, ledger.ErrLost):
		kind = problemScanLost
	case errors.Is(err, ledger.ErrUnfit):
		kind = problemUnfit
	case errors.Is(err, ledger.ErrFiled):
		kind = problemFiled
	case errors.Is(err, ledger.ErrNotEnrolled):
		kind = problemNotEnrolled
	case sqlitedb.IsFull(err):
		kind = problemDiskFull
	}
	kind.cause = err
	return &kind
}

func answer(w http.ResponseWriter, status int, v any) {
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

func ok(w http.ResponseWriter, v any) error {
	answer(w, http.StatusOK, v)
	return nil
}

// maxJSON bounds a JSON body: the largest known form's answers have 40 kB.
const maxJSON = 1 << 20

// read decodes a JSON body strictly.
func read(r *http.Request, into any) error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxJSON))
	if err != nil {
		return problemBadRequest.because(err)
	}
	if !utf8.Valid(body) {
		return problemBadRequest.because(errors.New("the body is not UTF-8"))
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return problemBadRequest.because(err)
	}
	if rest := bytes.TrimSpace(body[dec.InputOffset():]); len(rest) != 0 {
		return problemBadRequest.because(errors.New("something follows the JSON value"))
	}
	return nil
}
