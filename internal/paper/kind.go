package paper

// kind is what a slip calls the thing it was printed for: a dossier (hồ sơ), a petition (phản ánh,
// kiến nghị) or a call-back request (yêu cầu gọi lại).
type kind struct {
	title, subject, person, papers, where, travels, practice, end Words
}

var dossierKind = kind{
	title:   Words{"PHIẾU NỘP HỒ SƠ", "Filing slip"},
	subject: Words{"Thủ tục", "Procedure"},
	person:  Words{"Người nộp đơn", "Applicant"},
	papers:  Words{"Giấy tờ trong hồ sơ", "Papers in the dossier"},
	where:   Words{"Hồ sơ đang ở đâu (lúc in phiếu)", "Where the dossier is (when printed)"},
	travels: Words{"Hồ sơ tự gửi lên tỉnh khi có đường truyền; bà con không phải nộp lại.",
		"The dossier travels to the province by itself when there is a line; do not file again."},
	practice: Words{"Đây là phiếu tập thử: hồ sơ này không được gửi đi và không ai giải quyết.",
		"This is a practice slip: the dossier is not sent and nobody acts on it."},
	end: Words{VI: notMau01},
}

var petitionKind = kind{
	title:   Words{"PHIẾU GỬI PHẢN ÁNH, KIẾN NGHỊ", "Petition slip"},
	subject: Words{"Việc", "Subject"},
	person:  Words{"Người gửi", "Sender"},
	papers:  Words{"Gửi kèm", "Sent with it"},
	where:   Words{"Phản ánh đang ở đâu (lúc in phiếu)", "Where the petition is (when printed)"},
	travels: Words{"Phản ánh tự gửi lên tỉnh khi có đường truyền; bà con không phải gửi lại. Câu trả lời của cơ quan xem tại máy này.",
		"The petition travels to the province by itself when there is a line; do not send it again. The answer is shown at this machine."},
	practice: Words{"Đây là phiếu tập thử: phản ánh này không được gửi đi và không ai trả lời.",
		"This is a practice slip: the petition is not sent and nobody answers it."},
	end: Words{VI: notAReceipt},
}

var callKind = kind{
	title:   Words{"PHIẾU YÊU CẦU GỌI LẠI", "Call-back slip"},
	subject: Words{"Việc", "Subject"},
	person:  Words{"Người yêu cầu", "Asked by"},
	papers:  Words{"Gửi kèm", "Sent with it"},
	where:   Words{"Yêu cầu đang ở đâu (lúc in phiếu)", "Where the request is (when printed)"},
	travels: Words{"Yêu cầu tự gửi lên tỉnh khi có đường truyền; bà con không phải gửi lại. Cán bộ gọi vào số đã ghi. Câu trả lời viết cũng xem được tại máy này.",
		"The request travels to the province by itself when there is a line; do not send it again. An officer calls the number you gave. A written answer is shown at this machine too."},
	practice: Words{"Đây là phiếu tập thử: yêu cầu này không được gửi đi và không ai gọi lại.",
		"This is a practice slip: the request is not sent and nobody calls back."},
	end: Words{VI: notAReceipt},
}

const notAReceipt = "Phiếu này không phải Giấy tiếp nhận hồ sơ (Mẫu 01). Mã trên phiếu có chữ ký số của máy."

func (s Slip) kind() kind {
	if s.Petition {
		return petitionKind
	}
	if s.CallBack {
		return callKind
	}
	return dossierKind
}
