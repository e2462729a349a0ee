package counter

import (
	"errors"
	"net/http"

	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/kiosk/reply"
)

// lookAgain is what to do about a dossier that is no longer as it was shown.
var lookAgain = reply.Say("Xem lại hồ sơ rồi làm tiếp.", "Look at the dossier again, then go on.")

// What work on a dossier may end in, beside the codes of the law's steps (dossier.StepError).
var (
	problemNoDossier = reply.Problem{Code: "not_found", Status: http.StatusNotFound,
		Message: reply.Say("Sổ của xã không có hồ sơ này.", "The office's book does not have this dossier."), Next: reply.Say("Tìm lại theo số phiếu hoặc tên.", "Search again by slip number or name.")}
	problemNoScan = reply.Problem{Code: "scan_away", Status: http.StatusNotFound,
		Message: reply.Say("Ảnh giấy tờ này không nằm trên máy.", "This paper's picture is not on this machine."), Next: reply.Say("Xem ở máy đã nhận hồ sơ, hoặc trên hệ thống của tỉnh.", "Look at it on the machine that took it, or at the province.")}
	problemNoStep = reply.Problem{Code: "no_such_step", Status: http.StatusNotFound,
		Message: reply.Say("Không có bước xử lý này.", "There is no such step."), Next: lookAgain}
	problemChanged = reply.Problem{Code: "changed", Status: http.StatusConflict,
		Message: reply.Say("Hồ sơ đã thay đổi từ lúc mở. Bước này chưa được ghi.", "The dossier has changed since it was opened. The step was not recorded."), Next: lookAgain}
	problemIncomplete = reply.Problem{Code: "incomplete", Status: http.StatusUnprocessableEntity,
		Message: reply.Say("Bước này còn thiếu nội dung. Chưa ghi gì.", "Something is missing for this step. Nothing was recorded."), Next: reply.Say("Điền đủ rồi làm lại.", "Fill it in and try again.")}
	problemPapersMissing = reply.Problem{Code: "incomplete", Status: http.StatusUnprocessableEntity,
		Message: reply.Say("Hồ sơ còn thiếu giấy tờ nên chưa tiếp nhận được.", "Papers are missing, so it cannot be taken in."),
		Next:    reply.Say("Ghi giấy đã nhận thêm, hoặc lập phiếu yêu cầu bổ sung một lần cho tất cả.", "Note what was handed in, or ask for everything at once with one supplement request.")}
	problemClockDoubt = reply.Problem{Code: "clock_doubt", Status: http.StatusConflict,
		Message: reply.Say("Chưa chắc đồng hồ của máy đúng, mà ngày hẹn tính từ giờ này.", "The machine's clock may be wrong, and the due date is counted from it."),
		Next:    reply.Say("So giờ trên màn hình với đồng hồ khác; đúng thì xác nhận, sai thì chỉnh lại giờ.", "Compare the time on the screen with another clock; confirm it, or set it right.")}
	problemSecondSupplement = reply.Problem{Code: "second_supplement", Status: http.StatusConflict,
		Message: reply.Say("Hồ sơ đã có yêu cầu bổ sung trước đó. Luật muốn yêu cầu một lần cho tất cả.", "More papers were asked for before. The law wants everything asked for at once."),
		Next:    reply.Say("Chỉ gửi lần nữa khi có căn cứ; xác nhận để gửi.", "Ask again only with a legal ground; confirm to send.")}
	problemLookUpFirst = reply.Problem{Code: "look_up_first", Status: http.StatusConflict,
		Message: reply.Say("Giấy này cơ quan tra cứu được, chưa tra cứu thì chưa được yêu cầu người dân nộp.", "The office can look this paper up; it must not be demanded before."),
		Next:    reply.Say("Tra cứu trước; không thấy thì ghi “không tìm thấy”, rồi yêu cầu bổ sung.", "Look it up first; when it is not found, note that and then ask for it.")}
	problemSecondNeeded = reply.Problem{Code: "second_needed", Status: http.StatusConflict,
		Message: reply.Say("Từ chối hồ sơ ở đây cần hai người.", "A refusal needs two people here."), Next: reply.Say("Mời người thứ hai có quyền từ chối đăng nhập xác nhận.", "Ask a second person who may refuse to confirm with their login.")}
)

// problemOf says the book's errors as a clerk reads them.
func problemOf(err error) error {
	var p *reply.Problem
	var illegal *dossier.StepError
	switch {
	case errors.As(err, &p):
		return err
	case errors.Is(err, ledger.ErrNotFound):
		return problemNoDossier.Because(err)
	case errors.Is(err, ledger.ErrChanged):
		return problemChanged.Because(err)
	case errors.Is(err, ledger.ErrUnfit):
		return problemIncomplete.Because(err)
	case errors.As(err, &illegal):
		return reply.Problem{Code: illegal.Code, Status: http.StatusConflict, Message: illegal.Text(), Next: lookAgain}.Because(err)
	}
	return err
}

// lacks is problemIncomplete with what is missing named.
func lacks(vi, en string) error {
	p := problemIncomplete
	p.Message = reply.Say("Còn thiếu: "+vi+". Chưa ghi gì.", "Missing: "+en+". Nothing was recorded.")
	return p.Because(nil)
}
