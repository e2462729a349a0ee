package counter

import (
	"net/http"

	"bendo/kiosk/reply"
)

// What a call of the counter may end in. Codes are stable: screens compare them.
var (
	problemStaffOnly = reply.Problem{Code: "staff_only", Status: http.StatusForbidden,
		Message: reply.Say("Việc này cán bộ làm tại bàn làm việc.", "Staff do this at their desk."), Next: reply.CallStaff}
	problemNotYours = reply.Problem{Code: "not_your_work", Status: http.StatusForbidden,
		Message: reply.Say("Vai trò của bạn không làm việc này.", "Your role does not do this."),
		Next:    reply.Say("Nhờ người có vai trò phù hợp, hoặc báo tỉnh sửa danh sách cán bộ.", "Ask somebody whose role does, or have the province change the roster.")}
	problemNoRoster = reply.Problem{Code: "no_roster", Status: http.StatusConflict,
		Message: reply.Say("Máy này chưa có danh sách cán bộ do tỉnh ký.", "This machine has no roster signed by the province yet."),
		Next: reply.Say("Tỉnh lập và phát hành danh sách cán bộ của xã; danh sách về theo đường truyền, hoặc bằng tệp mang theo USB.",
			"The province makes and publishes the commune's roster; it comes over the line, or as a file on a stick.")}
	problemSignIn = reply.Problem{Code: "sign_in", Status: http.StatusUnauthorized,
		Message: reply.Say("Chưa đăng nhập.", "Nobody is signed in."), Next: reply.Say("Đăng nhập bằng tên và mật khẩu của bạn.", "Sign in with your name and password.")}
	problemLocked = reply.Problem{Code: "locked", Status: http.StatusLocked,
		Message: reply.Say("Màn hình đã khóa.", "The screen is locked."), Next: reply.Say("Nhập mã PIN của bạn để mở.", "Type your PIN to unlock it.")}
	problemWrongLogin = reply.Problem{Code: "wrong_login", Status: http.StatusUnauthorized,
		Message: reply.Say("Tên đăng nhập hoặc mật khẩu chưa đúng.", "The sign-in name or the password is not right."),
		Next: reply.Say("Thử lại. Quên mật khẩu: báo tỉnh cấp lại; mật khẩu mới về theo danh sách cán bộ.",
			"Try again. If you forgot the password, the province gives a new one; it comes with the roster.")}
	problemWait = reply.Problem{Code: "wait", Status: http.StatusTooManyRequests,
		Message: reply.Say("Đã thử sai nhiều lần.", "There were several wrong tries."),
		Next:    reply.Say("Chờ hết thời gian rồi thử lại. Tắt máy không làm ngắn thời gian chờ.", "Wait, then try again. Switching the machine off does not shorten the wait.")}
	problemNotNow = reply.Problem{Code: "not_valid_now", Status: http.StatusForbidden,
		Message: reply.Say("Thời hạn làm việc của bạn trên danh sách chưa bắt đầu hoặc đã hết.", "Your time on the roster has not begun, or is over."),
		Next:    reply.Say("Báo tỉnh gia hạn trong danh sách cán bộ.", "Have the province extend it on the roster.")}
	problemBadPIN = reply.Problem{Code: "bad_pin", Status: http.StatusUnprocessableEntity,
		Message: reply.Say("Mã PIN có từ 4 đến 8 chữ số.", "A PIN has 4 to 8 digits."), Next: reply.Say("Chọn mã PIN cho ca này.", "Choose a PIN for this shift.")}
	problemWeakPIN = reply.Problem{Code: "weak_pin", Status: http.StatusUnprocessableEntity,
		Message: reply.Say("Mã PIN này quá dễ đoán.", "This PIN is too easy to guess."), Next: reply.Say("Chọn mã không lặp một chữ số và không theo thứ tự.", "Choose one that is not one digit repeated and not digits in a row.")}
	problemWrongPIN = reply.Problem{Code: "wrong_pin", Status: http.StatusUnauthorized,
		Message: reply.Say("Mã PIN chưa đúng.", "The PIN is not right."), Next: reply.Say("Thử lại; sai năm lần thì phải đăng nhập lại bằng mật khẩu.", "Try again; after five wrong ones you sign in with the password.")}
	problemSamePerson = reply.Problem{Code: "same_person", Status: http.StatusConflict,
		Message: reply.Say("Việc này cần người thứ hai.", "This needs a second person."), Next: reply.Say("Nhờ một người khác nhập tên và mật khẩu của họ.", "Ask somebody else to type their name and password.")}
	problemSecondNotAllowed = reply.Problem{Code: "second_not_allowed", Status: http.StatusForbidden,
		Message: reply.Say("Người thứ hai không có vai trò để xác nhận việc này.", "The second person's role does not allow this."), Next: reply.Say("Nhờ lãnh đạo hoặc người có vai trò phù hợp.", "Ask the head, or somebody whose role does.")}
	// NotHere is what a part answers that this machine was not given.
	NotHere = reply.Problem{Code: "not_here", Status: http.StatusNotFound,
		Message: reply.Say("Máy này không có phần việc đó.", "This machine does not have that part."), Next: reply.CallStaff}
)
