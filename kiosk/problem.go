package kiosk

import (
	"net/http"

	"bendo/kiosk/reply"
)

// The words of the room reply, which the desk's parts share.
type (
	// Text is a sentence in the two languages every screen has.
	Text = reply.Text
	// Problem is what a caller is told when something could not be done.
	Problem = reply.Problem
	handler = reply.Handler
)

var (
	say       = reply.Say
	callStaff = reply.CallStaff
	answer    = reply.JSON
	ok        = reply.OK
	read      = reply.Read

	problemInternal     = reply.Internal
	problemBadRequest   = reply.BadRequest
	problemNotFound     = reply.NotFound
	problemTooMany      = reply.TooMany
	problemTooMuchText  = reply.TooMuchText
	problemTooManyFiles = reply.TooManyFiles
	problemScanLost     = reply.ScanLost
	problemUnfit        = reply.Unfit
	problemFiled        = reply.Filed
	problemDiskFull     = reply.DiskFull
)

// The problems of the desk. Codes are stable: screens and scripts compare them.
var (
	problemNoVisit = Problem{Code: "no_visit", Status: http.StatusUnauthorized,
		Message: say("Phiên làm việc đã kết thúc.", "This visit has ended."),
		Next:    say("Bấm “Bắt đầu lại”. Hồ sơ đang làm dở vẫn còn, tra bằng số phiếu nháp.", "Press “Start over”. An unfinished dossier is kept; find it with the draft slip.")}
	problemTooLarge = Problem{Code: "too_large", Status: http.StatusRequestEntityTooLarge,
		Message: say("Tệp quá lớn (tối đa 64 MB).", "The file is too large (at most 64 MB)."),
		Next:    say("Chụp lại từng trang.", "Take the pages one by one.")}
	problemTooManyHere = Problem{Code: "too_many", Status: http.StatusTooManyRequests,
		Message: say("Máy này đã có quá nhiều lần tra cứu sai.", "Too many wrong look-ups at this machine."),
		Next:    say("Chờ một lát, hoặc đưa phiếu cho cán bộ xem.", "Wait a while, or show the slip to an officer.")}
	problemNoPaper = Problem{Code: "no_paper", Status: http.StatusNotFound,
		Message: say("Không thấy giấy này.", "This paper is not here."),
		Next:    say("Chụp hoặc quét lại giấy, hoặc gọi cán bộ.", "Take a picture or scan it again, or call staff.")}
	problemNoProcedure = Problem{Code: "unknown_procedure", Status: http.StatusNotFound,
		Message: say("Thủ tục này không có trong danh mục.", "This procedure is not in the catalogue."),
		Next:    say("Chọn thủ tục khác, hoặc gọi cán bộ.", "Choose another one, or call staff.")}
	problemNoDraft = Problem{Code: "no_draft", Status: http.StatusNotFound,
		Message: say("Không có hồ sơ nháp này trong phiên.", "This draft is not part of the visit."),
		Next:    say("Bắt đầu lại, hoặc gọi cán bộ.", "Start over, or call staff.")}
	problemDigest = Problem{Code: "digest_mismatch", Status: http.StatusUnprocessableEntity,
		Message: say("Tệp đến không nguyên vẹn.", "The file did not arrive whole."),
		Next:    say("Chụp hoặc chọn lại tệp.", "Take or choose the file again.")}
	problemConsent = Problem{Code: "consent_missing", Status: http.StatusUnprocessableEntity,
		Message: say("Chưa có sự đồng ý xử lý dữ liệu cá nhân.", "Consent to the use of personal data is missing."),
		Next:    say("Đọc và bấm “Tôi đồng ý”.", "Read it and press “I agree”.")}
	problemUnfinished = Problem{Code: "problems_left", Status: http.StatusUnprocessableEntity,
		Message: say("Hồ sơ còn chỗ chưa đúng.", "The dossier still has something wrong."),
		Next:    say("Sửa các mục được liệt kê, hoặc chọn nộp để cán bộ xem.", "Mend the listed items, or choose to leave them to an officer.")}
	problemNoRoom = Problem{Code: "disk_full", Status: http.StatusInsufficientStorage,
		Message: say("Máy sắp hết chỗ lưu nên tạm dừng nhận hồ sơ mới. Hồ sơ đang làm dở vẫn nộp được.", "The machine is running out of room and takes no new dossier for now. One that was begun can still be filed."),
		Next:    say("Gọi cán bộ: nhận bản giấy và báo cho tỉnh dọn chỗ.", "Call staff: they take the paper and tell the province to make room.")}
	problemScan = Problem{Code: "scan_refused", Status: http.StatusUnprocessableEntity,
		Message: say("Không dùng được tệp này.", "This file cannot be used."),
		Next:    say("Chụp lại, hoặc để cán bộ xem bản giấy.", "Take it again, or let an officer see the paper.")}
	problemSamePage = Problem{Code: "same_page", Status: http.StatusConflict,
		Message: say("Trang này đã nằm ở một giấy khác của hồ sơ.", "This very page is already under another paper of this dossier."),
		Next:    say("Một trang chỉ cần một lần, cán bộ xem được. Với giấy này, chọn “Tôi có giấy ở đây” hoặc chụp trang khác.", "One copy is enough, the officer sees it. For this paper choose “I have it on paper here”, or take another page.")}
	problemElsewhere = Problem{Code: "elsewhere", Status: http.StatusUnprocessableEntity,
		Message: say("Việc này không nộp bằng tờ khai này: nó thuộc thủ tục khác hoặc mẫu khác.", "This matter is not filed with this form: it belongs to another procedure or another form."),
		Next:    say("Xem tờ hướng dẫn trên máy, hoặc gọi cán bộ.", "Look at the guide on the screen, or call an officer.")}
	problemTwice = Problem{Code: "same_page", Status: http.StatusConflict,
		Message: say("Chỉnh xong thì trang này giống hệt một trang đã có của giấy này.", "Mended, this page is exactly another page of this paper."),
		Next:    say("Một trang chỉ cần một lần: xóa trang này đi.", "One copy is enough: delete this page.")}
	problemNoPrinter = Problem{Code: "no_printer", Status: http.StatusNotFound,
		Message: say("Máy này chưa nối máy in.", "No printer is connected to this machine."),
		Next:    say("Ghi lại hoặc chụp số phiếu, hoặc nhờ cán bộ in.", "Write down or photograph the slip number, or ask an officer to print it.")}
	problemPrinter = Problem{Code: "printer", Status: http.StatusServiceUnavailable,
		Message: say("Máy in chưa nhận phiếu. Hồ sơ vẫn đã được lưu.", "The printer did not take the slip. The dossier is saved all the same."),
		Next:    say("Gọi cán bộ xem máy in, rồi bấm in lại.", "Call an officer to look at the printer, then print again.")}
	problemSecret = Problem{Code: "state_secret", Status: http.StatusUnprocessableEntity,
		Message: say("Hồ sơ mật không nộp qua máy này. Máy không lưu gì.", "Classified dossiers are not filed here. Nothing was stored."),
		Next:    say("Cán bộ hướng dẫn nộp theo đường bảo mật.", "Staff explain the protected way.")}
)

// serve turns a handler's error into an answer.
func (d *Desk) serve(h handler) http.HandlerFunc { return reply.Serve(d.Log, h) }
