package form

// Code names a kind of problem. Codes are appended, never renamed: they are
// stored with dossiers.
type Code string

// The codes.
const (
	CodeRequired     Code = "required"
	CodeUnknownField Code = "unknown_field"
	CodeUnknownCase  Code = "unknown_case"
	CodeWrongType    Code = "wrong_type"
	CodeNotADate     Code = "not_a_date"
	CodeInFuture     Code = "in_future"
	CodeInPast       Code = "in_past"
	CodePattern      Code = "pattern"
	CodeNotCitizenID Code = "not_a_citizen_id"
	CodeNotAPhone    Code = "not_a_phone"
	CodeNotInList    Code = "not_in_list"
	CodeNotANumber   Code = "not_a_number"
	CodeOutOfRange   Code = "out_of_range"
	CodeRule         Code = "rule"
	CodeTooLong      Code = "too_long"
	CodeTooShort     Code = "too_short"
	CodeBadText      Code = "bad_text"
	CodeTooFew       Code = "too_few"
	CodeTooMany      Code = "too_many"
	CodeDuplicate    Code = "duplicate"
	CodeAddress      Code = "address_incomplete"
	CodePaperMissing Code = "paper_missing"
	CodePaperState   Code = "paper_state"
	CodeDiffers      Code = "differs_from_computed"
	CodeTooBig       Code = "answers_too_big"
	CodeNotJudged    Code = "not_judged"
)

// sentences say what to do. A rule's own message comes before these.
var sentences = map[Code]Text{
	CodeRequired:     {"Mục này cần có, xin điền vào.", "This is needed; please fill it in."},
	CodeUnknownField: {"Tờ khai không có mục này; cán bộ xem lại tệp hồ sơ.", "The form has no such question; staff should check the dossier file."},
	CodeUnknownCase:  {"Không có trường hợp này trong thủ tục; xin chọn lại trường hợp.", "The procedure has no such case; please choose the case again."},
	CodeWrongType:    {"Câu trả lời không đúng kiểu, xin điền lại.", "The answer is not of the right kind; please enter it again."},
	CodeNotADate:     {"Ngày chưa đúng; ghi đủ ngày, tháng, năm dương lịch.", "This is not a date; write day, month and year."},
	CodeInFuture:     {"Ngày này không thể ở sau hôm nay.", "This date cannot be later than today."},
	CodeInPast:       {"Ngày này phải ở sau hôm nay.", "This date must be later than today."},
	CodePattern:      {"Cách ghi chưa đúng, xin xem hướng dẫn của mục này.", "This is not written as expected; see the help of this question."},
	CodeNotCitizenID: {"Số định danh có đúng 12 chữ số; xin xem lại trên thẻ.", "The personal number has exactly 12 digits; please check the card."},
	CodeNotAPhone:    {"Số điện thoại bắt đầu bằng 0 và có 10 số.", "A phone number starts with 0 and has 10 digits."},
	CodeNotInList:    {"Xin chọn một trong các mục có sẵn.", "Please choose one of the given answers."},
	CodeNotANumber:   {"Xin ghi một số nguyên.", "Please write a whole number."},
	CodeOutOfRange:   {"Số này nằm ngoài khoảng cho phép.", "This number is outside the allowed range."},
	CodeRule:         {"Câu trả lời chưa hợp lệ, xin xem lại.", "The answer does not fit; please check it."},
	CodeTooLong:      {"Nội dung quá dài, xin viết gọn lại.", "This is too long; please shorten it."},
	CodeTooShort:     {"Nội dung quá ngắn, xin ghi rõ hơn.", "This is too short; please write more."},
	CodeBadText:      {"Trong câu trả lời có ký tự lạ, xin gõ lại.", "The answer contains characters that cannot be printed; please type it again."},
	CodeTooFew:       {"Danh sách còn thiếu dòng, xin thêm vào.", "The list has too few rows; please add what is missing."},
	CodeTooMany:      {"Danh sách có quá nhiều dòng, xin bớt lại.", "The list has too many rows; please remove some."},
	CodeDuplicate:    {"Có mục bị chọn hai lần, xin bỏ bớt một.", "The same choice stands twice; please remove one."},
	CodeAddress:      {"Địa chỉ chưa đủ: cần tỉnh và xã, hoặc ghi nguyên địa chỉ in trên thẻ.", "The address is incomplete: give province and commune, or the whole address as printed on the card."},
	CodePaperMissing: {"Còn thiếu giấy này; xin mang đến bổ sung.", "This paper is missing; please bring it."},
	CodePaperState:   {"Chưa rõ giấy này có hay không; xin chọn lại.", "It is not clear whether this paper is there; please choose again."},
	CodeDiffers:      {"Số ghi ở đây khác với số máy tính được; xin xem lại.", "This differs from what the machine computes; please check."},
	CodeTooBig:       {"Tờ khai quá lớn, máy không đọc được; xin báo cán bộ.", "The answers are too large to read; please tell the staff."},
	CodeNotJudged:    {"Máy chưa kiểm được mục này; cán bộ sẽ xem.", "The machine could not check this; an officer will."},
}

// Sentence is the general sentence of a code.
func Sentence(c Code) Text { return sentences[c] }
