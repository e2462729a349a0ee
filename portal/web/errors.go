package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"bendo/internal/dossier"
	"bendo/portal/casework"
)

// text is a sentence in the two languages of the pages.
type text = dossier.Text

// refusal is an error as people read it: what happened, and what to do next.
type refusal struct {
	status  int
	code    string
	message text
	next    text
	seconds int64 // retry_after
}

func (r *refusal) Error() string { return r.code }

var (
	badRequest = &refusal{status: 400, code: "bad_request",
		message: text{VI: "Dữ liệu gửi lên không đúng dạng.", EN: "The request is not in the expected form."},
		next:    text{VI: "Tải lại trang rồi thử lại.", EN: "Reload the page and try again."}}
	incomplete = &refusal{status: 422, code: "incomplete",
		message: text{VI: "Nội dung chưa đủ hoặc có ký tự không dùng được.", EN: "Something is missing or cannot be used as typed."},
		next:    text{VI: "Xem lại các ô đã nhập.", EN: "Look at the fields again."}}
	signInFirst = &refusal{status: 401, code: "sign_in",
		message: text{VI: "Phiên làm việc đã hết.", EN: "You are not signed in."},
		next:    text{VI: "Mời đăng nhập lại.", EN: "Please sign in again."}}
	wrongPassword = &refusal{status: 401, code: "wrong_password",
		message: text{VI: "Tên đăng nhập hoặc mật khẩu không đúng.", EN: "The name or the password is not right."},
		next:    text{VI: "Kiểm tra bộ gõ và phím Caps Lock rồi thử lại.", EN: "Check the keyboard and Caps Lock, then try again."}}
	crossSite = &refusal{status: 403, code: "cross_site",
		message: text{VI: "Yêu cầu đến từ một trang khác và đã bị từ chối.", EN: "The request came from another site and was refused."},
		next:    text{VI: "Mở trực tiếp trang này rồi thử lại.", EN: "Open this page directly and try again."}}
	forbidden = &refusal{status: 403, code: "forbidden",
		message: text{VI: "Tài khoản này chỉ được xem.", EN: "This account may only read."},
		next:    text{VI: "Nhờ cán bộ thụ lý thực hiện bước này.", EN: "Ask the officer in charge to take this step."}}
	notFound = &refusal{status: 404, code: "not_found",
		message: text{VI: "Không tìm thấy.", EN: "Not found."},
		next:    text{VI: "Kiểm tra lại số phiếu và thông tin kèm theo.", EN: "Check the slip number and the second detail."}}
	changed = &refusal{status: 409, code: "changed",
		message: text{VI: "Hồ sơ vừa được cán bộ khác xử lý.", EN: "Another officer has just worked on this dossier."},
		next:    text{VI: "Tải lại hồ sơ để xem trạng thái mới.", EN: "Reload the dossier to see where it stands."}}
	internal = &refusal{status: 500, code: "internal",
		message: text{VI: "Hệ thống gặp sự cố, chưa có gì thay đổi.", EN: "Something went wrong here; nothing was changed."},
		next:    text{VI: "Thử lại sau ít phút; nếu vẫn lỗi, báo bộ phận kỹ thuật của tỉnh.", EN: "Try again in a few minutes; if it stays, tell the province's IT."}}
)

// tooMany asks to wait.
func tooMany(seconds int64) *refusal {
	return &refusal{status: 429, code: "too_many", seconds: max(1, seconds),
		message: text{VI: "Đã thử sai nhiều lần.", EN: "There were too many wrong tries."},
		next:    text{VI: "Chờ một lúc rồi thử lại, hoặc hỏi cán bộ tại bộ phận một cửa.", EN: "Wait a while and try again, or ask at the one-stop desk."}}
}

// fail answers an error of any room. What is not known is ours: it is logged and
// told as such.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var known *refusal
	var step *dossier.StepError
	var invalid *casework.InvalidError
	switch {
	case errors.As(err, &known):
	case errors.As(err, &step):
		known = &refusal{status: http.StatusConflict, code: step.Code, message: step.Text(), next: changed.next}
	case errors.As(err, &invalid):
		known = incomplete
	case errors.Is(err, casework.ErrNotFound):
		known = notFound
	case errors.Is(err, casework.ErrChanged):
		known = changed
	case errors.Is(err, casework.ErrForbidden):
		known = forbidden
	default:
		if r.Context().Err() == nil {
			s.log.ErrorContext(r.Context(), "Request failed", "path", r.Pattern, "error", err)
		}
		known = internal
	}
	s.refuse(w, known)
}

func (s *server) refuse(w http.ResponseWriter, r *refusal) {
	type body struct {
		Code       string `json:"code"`
		Message    text   `json:"message"`
		Next       text   `json:"next"`
		RetryAfter int64  `json:"retry_after,omitempty"`
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.seconds > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(r.seconds, 10))
	}
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(map[string]body{"error": {r.code, r.message, r.next, r.seconds}})
}
