package vietnam

// Refusals of citizen numbers.
var (
	ErrCitizenIDLength = &Problem{"citizen_id_length",
		"Số định danh cá nhân (số căn cước) phải có đủ 12 chữ số. Xin kiểm tra lại, kể cả số 0 ở đầu.",
		"a citizen number has 12 digits; please check it, the leading 0 included"}
	ErrCitizenIDChars = &Problem{"citizen_id_chars",
		"Số định danh cá nhân chỉ gồm chữ số.",
		"a citizen number holds digits only"}
	ErrOldNumber = &Problem{"old_number",
		"Đây là số chứng minh nhân dân 9 số cũ. Xin dùng số định danh cá nhân 12 số.",
		"this is an old identity card number of 9 digits; please use the citizen number of 12 digits"}
	ErrCitizenIDPlace = &Problem{"citizen_id_place",
		"Ba số đầu của số định danh cá nhân không phải mã tỉnh nào. Xin kiểm tra lại.",
		"the first three digits of the citizen number are no province; please check it"}
	ErrSexMismatch = &Problem{"sex_mismatch",
		"Giới tính không khớp với số định danh cá nhân. Xin kiểm tra lại cả hai.",
		"the sex disagrees with the citizen number; please check both"}
	ErrBirthYearMismatch = &Problem{"birth_year_mismatch",
		"Năm sinh không khớp với số định danh cá nhân. Xin kiểm tra lại cả hai.",
		"the year of birth disagrees with the citizen number; please check both"}
)

// ParseCitizenID reads a citizen number: PPP G YY NNNNNN, where PPP is the place of birth registration
// ("0" and the province code of before 01/07/2025, or from 100 on a code of a foreign country, which
// this package has no list of), G the century and sex (0/1 = 19xx male/female, 2/3 = 20xx, …), YY the
// year, and NNNNNN a serial. There is no check digit: a wrong serial cannot be seen. Spaces, dots and
// hyphens are passed over.
func ParseCitizenID(s string) (CitizenID, error) {
	digits, ok := onlyDigits(s)
	switch {
	case !ok:
		return "", ErrCitizenIDChars
	case len(digits) == 9:
		return "", ErrOldNumber
	case len(digits) != 12:
		return "", ErrCitizenIDLength
	}
	id := CitizenID(digits)
	if _, known := id.BirthProvince(); !known && id[0] == '0' {
		return "", ErrCitizenIDPlace
	}
	return id, nil
}

// BirthPlaceCode returns the first three digits. Like the other readers below it wants a number that
// passed ParseCitizenID and answers the zero value for anything shorter.
func (id CitizenID) BirthPlaceCode() string {
	if len(id) != 12 {
		return ""
	}
	return string(id[:3])
}

// BirthProvince returns the name of the province (as it was called before 01/07/2025) whose civil
// register first entered the person; false for a birth registered abroad.
func (id CitizenID) BirthProvince() (name string, ok bool) {
	code := id.BirthPlaceCode()
	if code == "" || code[0] != '0' {
		return "", false
	}
	former, ok := tables().former[code[1:]]
	return former.Name, ok
}

// Sex is what the fourth digit says.
func (id CitizenID) Sex() Sex {
	switch {
	case len(id) != 12:
		return ""
	case (id[3]-'0')%2 == 0:
		return Male
	}
	return Female
}

// BirthYear is what the fourth to sixth digits say.
func (id CitizenID) BirthYear() int {
	if len(id) != 12 {
		return 0
	}
	century := 1900 + int(id[3]-'0')/2*100
	return century + int(id[4]-'0')*10 + int(id[5]-'0')
}

// Agrees checks a declared sex and year of birth against the number. An empty sex or a year 0 is not
// checked. Errors: ErrSexMismatch, ErrBirthYearMismatch. People whose sex or birth date was corrected
// get a new number, so a disagreement is a mistyped field or another person's card.
func (id CitizenID) Agrees(sex Sex, birthYear int) error {
	if sex != "" && sex != id.Sex() {
		return ErrSexMismatch
	}
	if birthYear != 0 && birthYear != id.BirthYear() {
		return ErrBirthYearMismatch
	}
	return nil
}

// FormatCitizenID groups the digits for reading aloud and comparing: "083 090 999 001".
func FormatCitizenID(id CitizenID) string {
	if len(id) != 12 {
		return string(id)
	}
	return string(id[:3] + " " + id[3:6] + " " + id[6:9] + " " + id[9:])
}
