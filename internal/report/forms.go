package report

// Name is a report's stable name, as calls and stored reports have it.
type Name string

// The reports.
const (
	Register   Name = "register"
	Handled06  Name = "06"
	Handled06a Name = "ii06a"
	OneStop07b Name = "ii07b"
	Quality    Name = "qd766"
)

// Form is what a report is called and what it rests on. Numbers, titles and legal grounds are data: the
// province corrects them without touching what is counted.
type Form struct {
	Name   Name
	Number string // of the form, as printed
	Title  Text
	Legal  string
	Unsure []Text // what no source at hand states
}

// Forms lists the reports, in the order they are offered.
func Forms() []Form { return append([]Form(nil), forms[:]...) }

// FormOf finds one.
func FormOf(n Name) (Form, bool) {
	for _, f := range forms {
		if f.Name == n {
			return f, true
		}
	}
	return Form{}, false
}

var (
	unsurePeriods = say("Kỳ báo cáo (chốt ngày 14) theo NĐ 09/2019/NĐ-CP Điều 12, chưa đối chiếu nguyên văn.",
		"Periods (closing on the 14th) by NĐ 09/2019/NĐ-CP Điều 12, not compared with its text.")
	unsureTitle = say("Tên biểu và cách đánh số cột chưa đối chiếu với nguyên văn; tỉnh xác nhận trước khi gửi.",
		"The form's title and column numbers were not compared with its text; the province confirms them before it is sent.")
	unsureEarly = say("“Trước hạn” là xong trước ngày hẹn, “đúng hạn” là xong trong ngày hẹn và không sau giờ hẹn; nguồn chỉ phân biệt đúng hạn và quá hạn.",
		"Early is done before the day of the appointment, on time is done on that day and not after its hour; the source only tells on time from late.")
	unsureDue = say("Quá hạn tính theo hạn pháp luật đã trừ thời gian chờ bổ sung; văn bản xin lỗi gia hạn không đổi cách tính này.",
		"Late is reckoned by the law's due date, moved by pauses; an apology with a new date does not change it.")
	unsureOurs = say("Cột có dấu * không thuộc biểu: hồ sơ chờ người dân, rút hoặc dừng, và hồ sơ không ghi thời hạn được để riêng để các cột cộng lại khớp nhau.",
		"Columns marked * are not of the form: what waits for residents, was withdrawn or stopped, or has no stated time stands apart so that the columns add up.")
)

var forms = [...]Form{
	{Name: Register, Number: "Mẫu số 07", Title: say("SỔ THEO DÕI HỒ SƠ", "Register of dossiers"), Legal: "Thông tư 03/2025/TT-VPCP, Phụ lục I",
		Unsure: []Text{unsureTitle, say("Sổ của một kỳ gồm hồ sơ tiếp nhận trong kỳ và hồ sơ kỳ trước chuyển sang; mọi ngày ghi đến hết kỳ.",
			"A period's register holds what was received in it and what was carried over; dates are given up to its end.")}},
	{Name: Handled06, Number: "Biểu 06/VPCP/KSTT", Title: say("TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH", "How procedures were handled"),
		Legal: "Thông tư 01/2020/TT-VPCP ngày 21/10/2020", Unsure: []Text{unsurePeriods, unsureTitle, unsureEarly, unsureDue, unsureOurs}},
	{Name: Handled06a, Number: "Biểu II.06a/VPCP/KSTT", Title: say("TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH TẠI ĐƠN VỊ", "How procedures were handled at the office"),
		Legal: "chưa xác nhận văn bản ban hành", Unsure: []Text{unsurePeriods, unsureTitle, unsureEarly, unsureDue, unsureOurs}},
	{Name: OneStop07b, Number: "Biểu II.07b/VPCP/KSTT", Title: say("SỐ THỦ TỤC HÀNH CHÍNH THỰC HIỆN THEO CƠ CHẾ MỘT CỬA", "Procedures under the one-stop mechanism"),
		Legal: "chưa xác nhận văn bản ban hành", Unsure: []Text{unsurePeriods, unsureTitle,
			say("Đếm theo danh mục đang dùng tại xã; thủ tục của cấp khác không có trong danh mục này thì không đếm được ở đây.",
				"Counted in the catalogue in use at the commune; procedures of other levels that are not in it cannot be counted here.")}},
	{Name: Quality, Number: "QĐ 766/QĐ-TTg", Title: say("BỘ CHỈ SỐ PHỤC VỤ NGƯỜI DÂN, DOANH NGHIỆP (phần xã tính được)", "Quality index (what the commune can reckon)"),
		Legal: "Quyết định 766/QĐ-TTg ngày 23/6/2022", Unsure: []Text{unsurePeriods, unsureDue,
			say("Điểm nhóm theo QĐ 766; cách chấm từng mục theo một hệ thống đã vận hành, đã giản lược, chưa đối chiếu nguyên văn. Dưới ngưỡng thì chưa rõ cách chấm nên không ghi điểm.",
				"Points of the groups by QĐ 766; how each item is scored follows a system in use, simplified, not compared with the text. Below a threshold the scoring is not known and no points are given.")}},
}
