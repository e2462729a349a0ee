package form

import (
	"strings"
	"time"
)

var digits = [...]string{"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"}

// NumberWords writes a number from 0 to 999,999,999,999,999 in Vietnamese as
// official papers do ("một trăm hai mươi lăm nghìn"); "" outside that range.
func NumberWords(n int64) string {
	if n == 0 {
		return digits[0]
	}
	if n < 0 || n >= 1_000_000_000_000_000 {
		return ""
	}
	units := [...]string{"", " nghìn", " triệu", " tỷ", " nghìn tỷ"}
	var groups []int
	for ; n > 0; n /= 1000 {
		groups = append(groups, int(n%1000))
	}
	var out []string
	for i := len(groups) - 1; i >= 0; i-- {
		if groups[i] == 0 {
			// "một nghìn tỷ" followed by nothing keeps its unit; an empty tỷ group
			// below nghìn tỷ has its "tỷ" already said.
			continue
		}
		unit := units[i]
		if i == 4 && groups[3] != 0 {
			unit = " nghìn" // the tỷ comes with the next group
		}
		out = append(out, group(groups[i], i < len(groups)-1)+unit)
	}
	return strings.Join(out, " ")
}

// group writes 1–999; full says the hundreds are spoken even when they are zero.
func group(n int, full bool) string {
	h, t, u := n/100, n/10%10, n%10
	var w []string
	if h > 0 || full {
		w = append(w, digits[h], "trăm")
	}
	switch {
	case t == 0 && u > 0 && len(w) > 0:
		w = append(w, "linh")
	case t == 1:
		w = append(w, "mười")
	case t > 1:
		w = append(w, digits[t], "mươi")
	}
	switch {
	case u == 0:
	case u == 1 && t > 1:
		w = append(w, "mốt")
	case u == 5 && t > 0:
		w = append(w, "lăm")
	default:
		w = append(w, digits[u])
	}
	return strings.Join(w, " ")
}

// DateWords writes "2026-05-13" as "Ngày mười ba, tháng năm, năm hai nghìn không
// trăm hai mươi sáu"; "" when the date is not one. The fourth month is "tư".
func DateWords(iso string) string {
	d, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return ""
	}
	month := NumberWords(int64(d.Month()))
	if d.Month() == time.April {
		month = "tư"
	}
	return "Ngày " + NumberWords(int64(d.Day())) + ", tháng " + month + ", năm " + NumberWords(int64(d.Year()))
}
