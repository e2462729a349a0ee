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
	// NotHere is what a part answers that this machine was not given.
	NotHere = reply.Problem{Code: "not_here", Status: http.StatusNotFound,
		Message: reply.Say("Máy này không có phần việc đó.", "This machine does not have that part."), Next: reply.CallStaff}
)
