package paper

// kind is what a slip calls the thing it was printed for: a dossier (hồ sơ) or a petition (phản
// ánh, kiến nghị).
type kind struct {
	title, subject, person, papers, where, travels, end Words
}

var dossierKind = kind{
	title:   Words{"PHIẾU NỘP HỒ SƠ", "Filing slip"},
	subject: Words{"Thủ tục", "Procedure"},
	person:  Words{"Người nộp đơn", "Applicant"},
	papers:  Words{"Giấy tờ trong hồ sơ", "Papers in the dossier"},
	where:   Words{"Hồ sơ đang ở đâu (lúc in phiếu)", "Where the dossier is (when printed)"},
	travels: Words{"Hồ sơ tự gửi lên tỉnh khi có đường truyền; bà con không phải nộp lại.",
		"The dossier travels to the province by itself when there is a line; do not file again."},
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
	end: Words{VI: "Phiếu này không phải Giấy tiếp nhận hồ sơ (Mẫu 01). Mã trên phiếu có chữ ký số của máy."},
}

func (s Slip) kind() kind {
	if s.Petition {
		return petitionKind
	}
	return dossierKind
}
