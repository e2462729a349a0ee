package vietnam

import "strings"

// Refusals of telephone numbers.
var (
	ErrPhoneChars = &Problem{"phone_chars",
		"Số điện thoại chỉ gồm chữ số (có thể bắt đầu bằng +84).",
		"a telephone number holds digits only (it may begin with +84)"}
	ErrPhoneLength = &Problem{"phone_length",
		"Số điện thoại thiếu hoặc thừa chữ số. Số di động có 10 số, số cố định có 11 số kể cả mã vùng.",
		"the telephone number is too short or too long: a mobile has 10 digits, a landline 11 with its area code"}
	ErrPhoneOld = &Problem{"phone_old",
		"Đầu số di động 11 số (01…) không còn dùng. Xin nhập số 10 chữ số hiện nay.",
		"mobile numbers of 11 digits (01…) are no longer in use; please enter the present number of 10 digits"}
	ErrPhonePrefix = &Problem{"phone_prefix",
		"Số điện thoại phải bắt đầu bằng 03, 05, 07, 08, 09 (di động) hoặc 02 (cố định).",
		"a telephone number begins with 03, 05, 07, 08, 09 (mobile) or 02 (landline)"}
	ErrPhoneForeign = &Problem{"phone_foreign",
		"Đây là số điện thoại nước ngoài. Xin nhập số điện thoại Việt Nam.",
		"this is a foreign telephone number; please enter a Vietnamese one"}
)

// ParsePhone reads a Vietnamese mobile or landline number and returns it in national form. +84, 0084
// and 84 become 0. Only the shape is checked: prefixes are given out to operators year by year, and a
// resident must not be turned away for having a new one.
func ParsePhone(s string) (Phone, error) {
	s = strings.TrimSpace(s)
	rest, plus := strings.CutPrefix(s, "+")
	digits, ok := onlyDigits(rest)
	if !ok {
		return "", ErrPhoneChars
	}
	if !plus {
		digits, plus = strings.CutPrefix(digits, "00")
	}
	national, home := strings.CutPrefix(digits, "84")
	switch {
	case plus && !home:
		return "", ErrPhoneForeign
	case plus, home && (len(national) == 9 || len(national) == 10):
		// "+84 (0)912…" is written too; the 0 is there once in the end. A bare 84 counts as the country
		// only where the length says so; no national number begins without 0.
		digits = "0" + strings.TrimPrefix(national, "0")
	}
	return checkPhone(digits)
}

func checkPhone(d string) (Phone, error) {
	if len(d) < 2 || d[0] != '0' {
		if len(d) >= 10 {
			return "", ErrPhonePrefix
		}
		return "", ErrPhoneLength
	}
	want := 10
	switch d[1] {
	case '3', '5', '7', '8', '9':
	case '2':
		want = 11
	case '1':
		return "", ErrPhoneOld
	default:
		return "", ErrPhonePrefix
	}
	if len(d) != want {
		return "", ErrPhoneLength
	}
	return Phone(d), nil
}

// Mobile tells whether the number can receive a text message.
func (p Phone) Mobile() bool { return len(p) == 10 }

// FormatPhone writes a number as people read it: "0912 345 678", "0275 3822 345", "024 3825 1234".
func FormatPhone(p Phone) string {
	switch {
	case len(p) == 10:
		return string(p[:4] + " " + p[4:7] + " " + p[7:])
	case len(p) == 11 && (p[:3] == "024" || p[:3] == "028"): // the two cities with eight-digit numbers
		return string(p[:3] + " " + p[3:7] + " " + p[7:])
	case len(p) == 11:
		return string(p[:4] + " " + p[4:8] + " " + p[8:])
	}
	return string(p)
}
