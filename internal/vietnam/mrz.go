package vietnam

import (
	"log/slog"
	"strings"
	"time"
)

// MRZ is what the machine-readable zone on the back of a chip card says (ICAO Doc 9303, TD1: three lines
// of thirty). Its check digits find reading errors; they prove nothing about who holds the card.
type MRZ struct {
	Number  CitizenID  `json:"number"`
	Name    PersonName `json:"name"` // capitals without diacritics, "NGUYEN VAN MAU"; compare with SameName
	Birth   Date       `json:"birth"`
	Sex     Sex        `json:"sex"`
	Expires Date       `json:"expires,omitzero"`   // zero when the card has no end
	NameCut bool       `json:"name_cut,omitempty"` // the name fills its line and may have been cut off
}

// LogValue shows nothing.
func (MRZ) LogValue() slog.Value { return hidden }

// Refusals of zones.
var (
	ErrMRZShape = &Problem{"mrz_shape",
		"Chưa đọc đủ ba dòng mã ở mặt sau thẻ. Xin đặt lại thẻ và đọc lại.",
		"the three lines on the back of the card were not read whole; please place the card again"}
	ErrMRZGarbled = &Problem{"mrz_garbled",
		"Ba dòng mã ở mặt sau thẻ có chữ lạ. Xin tắt bộ gõ tiếng Việt và đọc lại.",
		"the lines on the back of the card hold strange letters; switch off the Vietnamese input method and read again"}
	ErrMRZForeign = &Problem{"mrz_foreign",
		"Đây không phải thẻ căn cước Việt Nam.",
		"this is not a Vietnamese citizen card"}
	ErrMRZCheck = &Problem{"mrz_check",
		"Ba dòng mã ở mặt sau thẻ đọc bị sai (số kiểm tra không khớp). Xin lau thẻ và đọc lại.",
		"the lines on the back of the card were misread (a check digit disagrees); please wipe the card and read again"}
)

// ParseMRZ reads a TD1 zone: 90 characters with or without line breaks. Line 1 is IDVNM, the last nine
// digits of the citizen number, their check digit, all twelve digits, "<<" and their check digit. Nothing
// that a check digit contradicts is corrected.
func ParseMRZ(zone string) (MRZ, error) {
	lines, err := zoneLines(zone)
	if err != nil {
		return MRZ{}, err
	}
	l1, l2 := lines[0], lines[1]
	if l1[:5] != "IDVNM" || l2[15:18] != "VNM" {
		return MRZ{}, ErrMRZForeign
	}
	composite := l1[5:] + l2[0:7] + l2[8:15] + l2[18:29]
	if !checked(l1[5:14], l1[14]) || !checked(l1[15:29], l1[29]) || !checked(l2[0:6], l2[6]) ||
		!checked(l2[8:14], l2[14]) || !checked(composite, l2[29]) {
		return MRZ{}, ErrMRZCheck
	}
	number, err := ParseCitizenID(strings.Trim(l1[15:29], "<"))
	if err != nil {
		return MRZ{}, err
	}
	if string(number[3:]) != l1[5:14] {
		return MRZ{}, ErrMRZCheck
	}
	return readZone(number, l2, lines[2])
}

func readZone(number CitizenID, l2, l3 string) (MRZ, error) {
	m := MRZ{Number: number, NameCut: l3[29] != '<'}
	switch l2[7] {
	case 'M':
		m.Sex = Male
	case 'F':
		m.Sex = Female
	default:
		return MRZ{}, ErrMRZShape
	}
	var err error
	// The zone has two digits of the year; the century stands in the citizen number.
	if m.Birth, err = zoneDate(l2[0:6], number.BirthYear()/100); err != nil {
		return MRZ{}, err
	}
	if err := number.Agrees(m.Sex, m.Birth.Year); err != nil {
		return MRZ{}, err
	}
	if l2[8:14] != "<<<<<<" {
		if m.Expires, err = zoneDate(l2[8:14], 20); err != nil {
			return MRZ{}, err
		}
	}
	if strings.ContainsAny(l3, "0123456789") || l3[0] == '<' {
		return MRZ{}, ErrMRZShape
	}
	m.Name = PersonName(strings.Join(strings.FieldsFunc(l3, func(r rune) bool { return r == '<' }), " "))
	return m, nil
}

// zoneLines splits the zone into its three lines and refuses anything but A–Z, 0–9 and "<".
func zoneLines(zone string) (lines [3]string, err error) {
	if len(zone) > 256 {
		return lines, ErrMRZShape
	}
	if !isASCII(zone) {
		return lines, ErrMRZGarbled
	}
	joined := strings.ToUpper(strings.Join(strings.Fields(zone), ""))
	for _, r := range joined {
		if r != '<' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return lines, ErrMRZGarbled
		}
	}
	if len(joined) != 90 {
		return lines, ErrMRZShape
	}
	return [3]string{joined[:30], joined[30:60], joined[60:]}, nil
}

// zoneDate reads yyMMdd.
func zoneDate(s string, century int) (Date, error) {
	if strings.Trim(s, "0123456789") != "" {
		return Date{}, ErrMRZShape
	}
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	return NewDate(century*100+two(0), time.Month(two(2)), two(4))
}

// checked computes the check digit of ICAO Doc 9303: weights 7 3 1, letters from 10, "<" nothing.
func checked(s string, digit byte) bool {
	sum := 0
	for i := range len(s) {
		v := 0
		switch ch := s[i]; {
		case ch >= '0' && ch <= '9':
			v = int(ch - '0')
		case ch >= 'A' && ch <= 'Z':
			v = int(ch-'A') + 10
		}
		sum += v * [3]int{7, 3, 1}[i%3]
	}
	return digit == byte('0'+sum%10)
}
