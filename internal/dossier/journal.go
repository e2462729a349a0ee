package dossier

import (
	"fmt"

	"bendo/internal/feedback"
)

// Text is a sentence in Vietnamese and English.
type Text struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// Sentence says one step of the journal plainly, without any name of a person.
// Steps with ForResident false are for staff.
func Sentence(st Step) Text {
	officeVI, officeEN := st.Office, st.Office
	if officeVI == "" {
		officeVI, officeEN = "cơ quan giải quyết", "the office in charge"
	}
	if text, ok := callSentence(st, officeVI, officeEN); ok {
		return text
	}
	if text, ok := petitionSentence(st, officeVI, officeEN); ok {
		return text
	}
	switch st.Type {
	case Rated:
		return Text{"Người dân đã đánh giá việc giải quyết", "The resident rated how it was handled"}
	case VisitRated:
		return Text{"Người dân đã đánh giá lần đến này", "A resident rated the visit"}
	case Submitted:
		return Text{"Hồ sơ đã được nộp và lưu tại xã", "The dossier was filed and saved at the commune"}
	case TakenIn:
		return Text{"Cán bộ " + officeVI + " đã tiếp nhận hồ sơ", "An officer of " + officeEN + " took the dossier in"}
	case SupplementRequested:
		return Text{fmt.Sprintf("Cán bộ yêu cầu bổ sung giấy tờ (lần %d)", st.N), fmt.Sprintf("An officer asked for more papers (request %d)", st.N)}
	case SupplementProvided:
		return Text{fmt.Sprintf("Người dân đã nộp bổ sung (lần %d), đang chờ cán bộ xem", st.N), fmt.Sprintf("More papers were handed in (request %d); an officer will look at them", st.N)}
	case WithdrawalRequested:
		return Text{"Đã ghi nhận yêu cầu rút hồ sơ, đang chờ cán bộ trả lời", "The wish to withdraw was recorded; an officer will answer"}
	case CorrectionProposed:
		return Text{"Đã ghi nhận đề nghị sửa thông tin, đang chờ cán bộ trả lời", "A correction was proposed; an officer will answer"}
	case Accepted, Declined:
		return answerSentence(st)
	case Processing:
		return Text{"Hồ sơ đang được giải quyết tại " + officeVI, "The dossier is being handled by " + officeEN}
	case FeeRequested:
		return Text{"Cán bộ đề nghị nộp phí, lệ phí", "A fee is to be paid"}
	case Decided:
		if st.Detail == Granted {
			return Text{"Hồ sơ đã được giải quyết xong", "The dossier has been decided"}
		}
		return Text{"Hồ sơ không được giải quyết; cán bộ sẽ giải thích lý do", "The request was not granted; an officer will explain why"}
	case Refused:
		return Text{"Hồ sơ không được tiếp nhận; cán bộ sẽ giải thích lý do", "The dossier was not accepted; an officer will explain why"}
	case Stopped:
		return Text{"Việc giải quyết hồ sơ đã dừng; cán bộ sẽ giải thích lý do", "The handling was stopped; an officer will explain why"}
	case Withdrawn:
		return Text{"Hồ sơ đã được rút theo yêu cầu", "The dossier was withdrawn as requested"}
	case ResultReady:
		return Text{"Đã có kết quả, mời nhận tại " + st.Detail, "The result is ready; please collect it at " + st.Detail}
	case Returned:
		return Text{"Đã trả kết quả", "The result was handed over"}
	case OfficialCodeIssued:
		return Text{"Hồ sơ đã được cấp mã chính thức: " + st.Detail, "The dossier has its official code: " + st.Detail}
	case Apology:
		return Text{"Cơ quan xin lỗi vì chậm trễ và hẹn lại ngày trả kết quả", "The office apologised for the delay and gave a new date"}
	case HandedOver, CustodyAssigned:
		return Text{"Hồ sơ được chuyển sang nơi giữ khác", "The dossier was handed to another office"}
	case ExternalRefGiven:
		return Text{"Đã ghi số hồ sơ của hệ thống " + st.Detail, "The number in the system " + st.Detail + " was recorded"}
	case Note:
		return Text{"Ghi chú nội bộ", "Internal note"}
	case LookedUp:
		return Text{"Cơ quan đã tra cứu giấy tờ", "The office looked a paper up"}
	case LookupReported:
		return Text{"Xã đã báo kết quả tra cứu giấy tờ", "The commune reported what a look-up gave"}
	}
	return Text{"Cơ quan đã cập nhật hồ sơ", "The office updated the dossier"}
}

// petitionSentence says the steps of a petition that are called otherwise than a dossier's.
func petitionSentence(st Step, officeVI, officeEN string) (Text, bool) {
	if st.Type == Answered {
		return Text{officeVI + " đã trả lời phản ánh, kiến nghị", officeEN + " answered the petition"}, true
	}
	if !feedback.IsPetition(st.Of) {
		return Text{}, false
	}
	switch st.Type {
	case Submitted:
		return Text{"Phản ánh đã được gửi và lưu tại xã", "The petition was sent and saved at the commune"}, true
	case TakenIn:
		return Text{"Cán bộ " + officeVI + " đã tiếp nhận phản ánh", "An officer of " + officeEN + " took the petition in"}, true
	case Processing:
		return Text{"Phản ánh đang được xem xét tại " + officeVI, "The petition is being looked into by " + officeEN}, true
	case Refused:
		return Text{"Phản ánh không được tiếp nhận; cán bộ sẽ giải thích lý do", "The petition was not accepted; an officer will explain why"}, true
	case HandedOver, CustodyAssigned:
		return Text{"Phản ánh được chuyển sang nơi khác", "The petition was handed to another office"}, true
	}
	return Text{}, false
}

// callSentence says the steps of a call-back request that are called otherwise than a dossier's.
func callSentence(st Step, officeVI, officeEN string) (Text, bool) {
	if st.Type == Called {
		return calledSentence(st, officeVI, officeEN), true
	}
	if !feedback.IsCallBack(st.Of) {
		return Text{}, false
	}
	switch st.Type {
	case Submitted:
		return Text{"Yêu cầu gọi lại đã được gửi và lưu tại xã", "The call-back request was sent and saved at the commune"}, true
	case TakenIn:
		return Text{"Cán bộ " + officeVI + " đã nhận yêu cầu gọi lại", "An officer of " + officeEN + " took the call-back request in"}, true
	case Processing:
		return Text{officeVI + " đang tìm câu trả lời", officeEN + " is looking for the answer"}, true
	case Answered:
		return Text{officeVI + " đã viết câu trả lời", officeEN + " wrote the answer"}, true
	case Refused:
		return Text{"Yêu cầu gọi lại không được nhận; cán bộ sẽ giải thích lý do", "The call-back request was not accepted; an officer will explain why"}, true
	case Withdrawn:
		return Text{"Yêu cầu gọi lại đã được rút", "The call-back request was withdrawn"}, true
	case HandedOver, CustodyAssigned:
		return Text{"Yêu cầu gọi lại được chuyển sang nơi khác", "The call-back request was handed to another office"}, true
	}
	return Text{}, false
}

func calledSentence(st Step, officeVI, officeEN string) Text {
	switch {
	case st.Detail == feedback.Reached:
		return Text{officeVI + " đã gọi và trả lời qua điện thoại", officeEN + " called and answered by phone"}
	case st.N > 1:
		return Text{fmt.Sprintf("%s đã gọi lần thứ %d nhưng chưa gặp", officeVI, st.N), fmt.Sprintf("%s called for the %s time and reached nobody", officeEN, ordinal(st.N))}
	}
	return Text{officeVI + " đã gọi nhưng chưa gặp", officeEN + " called and reached nobody"}
}

// ordinal writes small numbers as English counts them.
func ordinal(n int) string {
	switch n {
	case 2:
		return "2nd"
	case 3:
		return "3rd"
	}
	return fmt.Sprintf("%dth", n)
}

func answerSentence(st Step) Text {
	yes := st.Type == Accepted
	switch {
	case st.Of == SupplementProvided && yes:
		return Text{fmt.Sprintf("Cán bộ đã nhận đủ phần bổ sung (lần %d)", st.N), fmt.Sprintf("An officer accepted the added papers (request %d)", st.N)}
	case st.Of == SupplementProvided:
		return Text{fmt.Sprintf("Cán bộ chưa chấp nhận phần bổ sung (lần %d); xin hỏi cán bộ", st.N), fmt.Sprintf("An officer did not accept the added papers (request %d); please ask", st.N)}
	case st.Of == WithdrawalRequested && yes:
		return Text{"Hồ sơ đã được rút theo yêu cầu", "The dossier was withdrawn as requested"}
	case st.Of == WithdrawalRequested && st.Detail == ReasonTooLate:
		return Text{"Không rút được vì hồ sơ đã có quyết định trước đó", "It could not be withdrawn: it had already been decided"}
	case st.Of == WithdrawalRequested:
		return Text{"Yêu cầu rút hồ sơ không được chấp nhận; xin hỏi cán bộ", "The wish to withdraw was declined; please ask an officer"}
	case st.Of == LookupReported:
		return Text{"Cán bộ đã ghi kết quả tra cứu giấy tờ", "An officer recorded what a look-up gave"}
	case st.Of == CorrectionProposed && yes:
		return Text{"Cán bộ đã chấp nhận đề nghị sửa thông tin", "An officer accepted the correction"}
	case st.Of == CorrectionProposed:
		return Text{"Cán bộ không chấp nhận đề nghị sửa thông tin; xin hỏi cán bộ", "An officer declined the correction; please ask"}
	}
	return Text{"Cán bộ đã trả lời một yêu cầu", "An officer answered a request"}
}

// StateText is where the dossier stands, in one plain sentence.
func StateText(s State) Text {
	for _, r := range s.Pending {
		if r.Type == WithdrawalRequested {
			return Text{"Đã ghi nhận yêu cầu rút", "Withdrawal requested"}
		}
	}
	if len(s.Unknown) > 0 && s.NationalCode > 0 {
		return CodeText(s.NationalCode)
	}
	if s.Reply != nil && s.Business == Done {
		return Text{"Đã có trả lời", "Answered"}
	}
	if text, ok := callState(s); ok {
		return text
	}
	switch s.Business {
	case Registered:
		if s.Supplements > 0 {
			return Text{"Đã nhận bổ sung, đang chờ tiếp nhận", "Added papers received, waiting to be taken in"}
		}
		return Text{"Đã nộp, đang chờ tiếp nhận", "Filed, waiting to be taken in"}
	case Done:
		if s.HandBack == HandBackReady {
			return Text{"Đã có kết quả, mời đến nhận", "The result is ready to collect"}
		}
	case AwaitingSupplement:
		for _, r := range s.Pending {
			if r.Type == SupplementProvided {
				return Text{"Đã nộp bổ sung, đang chờ cán bộ xem", "Papers added, an officer will look at them"}
			}
		}
	}
	return CodeText(s.NationalCode)
}

// callState says where a call-back request stands, where calls say more than the national label.
func callState(s State) (Text, bool) {
	if !feedback.IsCallBack(s.Procedure) {
		return Text{}, false
	}
	missed := s.missedCalls()
	switch {
	case s.Business == Registered:
		return Text{"Đã gửi, đang chờ tiếp nhận", "Sent, waiting to be taken in"}, true
	case s.Business == Done:
		return Text{"Đã gọi và trả lời", "Called and answered"}, true
	case s.Business == InProcess && missed == 1:
		return Text{"Đã gọi 1 lần, chưa gặp", "Called once, nobody was reached"}, true
	case s.Business == InProcess && missed > 1:
		return Text{fmt.Sprintf("Đã gọi %d lần, chưa gặp", missed), fmt.Sprintf("Called %d times, nobody was reached", missed)}, true
	}
	return Text{}, false
}

// CodeText is the national label of a code, in the words of the National Public
// Service Portal.
func CodeText(code uint8) Text {
	if int(code) < len(codeTexts) {
		return codeTexts[code]
	}
	return codeTexts[0]
}

var codeTexts = [11]Text{
	{"Chưa rõ", "Not known"},
	{"Mới đăng ký", "Newly registered"},
	{"Được tiếp nhận", "Received"},
	{"Không được tiếp nhận", "Not received"},
	{"Đang xử lý", "Being processed"},
	{"Yêu cầu bổ sung giấy tờ", "More papers asked for"},
	{"Yêu cầu thực hiện nghĩa vụ tài chính", "Payment asked for"},
	{"Công dân yêu cầu rút hồ sơ", "Withdrawn by the citizen"},
	{"Dừng xử lý", "Stopped"},
	{"Đã xử lý xong", "Processed"},
	{"Đã trả kết quả", "Result returned"},
}
