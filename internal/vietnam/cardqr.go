package vietnam

import (
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Card is what the QR code of a citizen card says: claims, not proof, because the code is not signed.
type Card struct {
	Number    CitizenID  `json:"number"`
	OldNumber string     `json:"old_number,omitempty"` // the identity card number before (9 or 12 digits), or empty
	Name      PersonName `json:"name"`
	Birth     Date       `json:"birth"`
	Sex       Sex        `json:"sex"`
	Residence string     `json:"residence"` // the text of the card, verbatim but for NFC and white space
	Issued    Date       `json:"issued"`
	Extra     []string   `json:"extra,omitempty"`  // fields after the seventh, as read: newer cards carry more, their meaning is unknown
	Doubts    []Doubt    `json:"doubts,omitempty"` // what an officer should compare with the card
}

// LogValue shows nothing.
func (Card) LogValue() slog.Value { return hidden }

// Doubt is a mark on a card that was read, but not with full confidence.
type Doubt string

// The doubts a card may carry.
const (
	// DoubtDiacritics: nothing in name and residence carries a Vietnamese mark; a scanner that types has
	// probably dropped them. Compare the spelling with the card.
	DoubtDiacritics Doubt = "diacritics_lost"
	// DoubtOldNumber: the second field is no identity card number; it was left out.
	DoubtOldNumber Doubt = "old_number_odd"
	// DoubtResidence: the card names no residence.
	DoubtResidence Doubt = "residence_missing"
)

// Refusals of card codes; those of the single fields (ErrCitizenIDLength, ErrDateImpossible,
// ErrSexMismatch, …) are used as they are.
var (
	ErrCardEmpty = &Problem{"card_empty",
		"Chưa đọc được mã QR. Xin đưa thẻ căn cước vào máy quét lần nữa.",
		"nothing was read; please hold the card under the scanner again"}
	ErrCardGarbled = &Problem{"card_garbled",
		"Máy quét gõ sai chữ. Xin tắt bộ gõ tiếng Việt (Telex, VNI) và Caps Lock rồi quét lại; nếu vẫn sai, xin nhập bằng tay.",
		"the scanner typed wrong letters; switch off the Vietnamese input method (Telex, VNI) and Caps Lock and scan again, or type the data"}
	ErrCardTruncated = &Problem{"card_truncated",
		"Mã QR trên thẻ mới đọc được một phần. Xin quét lại, giữ yên thẻ.",
		"the card's code was read only in part; please hold the card still and scan it again"}
	ErrCardTwice = &Problem{"card_twice",
		"Thẻ bị quét hai lần liền nhau. Xin xóa ô này và quét lại một lần.",
		"the card was scanned twice in a row; please clear the field and scan once"}
	ErrCardNotACard = &Problem{"card_not_a_card",
		"Đây không phải mã QR trên thẻ căn cước. Xin quét mã QR ở mặt trước của thẻ.",
		"this is not the QR code of a citizen card; please scan the code on the front of the card"}
	ErrCardIsPayment = &Problem{"card_is_payment",
		"Đây là mã QR chuyển tiền, không phải mã QR trên thẻ căn cước.",
		"this is a payment code, not the code of a citizen card"}
	ErrCardDates = &Problem{"card_dates",
		"Ngày cấp thẻ lại trước ngày sinh. Xin quét lại hoặc nhập bằng tay.",
		"the card is issued before the birth; please scan again or type the data"}
)

// maxCardBytes is several times the longest card seen (about 200 bytes; room for more fields).
const maxCardBytes = 4096

// ParseCardQR reads the QR code of a citizen card as a scanner delivers it: seven fields joined by "|",
// number, old number, name, birth ddMMyyyy, Nam/Nữ, residence, issue ddMMyyyy; more fields are kept raw.
// Every other shape is refused with a *Problem that says what to do. What it cannot see: letters changed
// inside the residence that still look like letters; so the screen shows what was read.
func ParseCardQR(payload string) (Card, error) {
	text, err := scannedText(payload)
	if err != nil {
		return Card{}, err
	}
	fields := strings.Split(text, "|")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	number, err := cardNumber(fields[0], len(fields))
	if err != nil {
		return Card{}, err
	}
	if len(fields) < 7 {
		return Card{}, ErrCardTruncated
	}
	return readCard(number, fields)
}

// scannedText undoes what scanners add around a code and refuses what is not text of a card.
func scannedText(payload string) (string, error) {
	if len(payload) > maxCardBytes {
		return "", ErrCardNotACard
	}
	s := strings.TrimSpace(payload)
	// "]Q" and a digit: the symbology mark of ISO/IEC 15424, which some scanners send first.
	if strings.HasPrefix(s, "]Q") && len(s) > 3 {
		s = s[3:]
	}
	if s == "" {
		return "", ErrCardEmpty
	}
	if strings.HasPrefix(s, "000201") {
		return "", ErrCardIsPayment
	}
	text, err := Normalize(s)
	if err != nil || misread(text) {
		return "", ErrCardGarbled
	}
	return text, nil
}

// misread recognises UTF-8 that was read as a one-byte character set: "Nguyễn" arrives as "Nguyá»…n".
func misread(s string) bool {
	for _, sign := range []string{"á»", "áº", "Ä‘", "Ä\u0090", "Æ°", "Æ¡", "Ã¡", "Ã´", "Ãª", "Ã‚", "Ä‚", "Ãƒ", "Ã©", "Ã¢", "Äƒ"} {
		if strings.Contains(s, sign) {
			return true
		}
	}
	return false
}

// cardNumber judges the first field, by which the wrong codes are told apart.
func cardNumber(first string, fields int) (CitizenID, error) {
	id, err := ParseCitizenID(first)
	digits := strings.TrimFunc(first, func(r rune) bool { return r >= '0' && r <= '9' }) == ""
	switch {
	case err == nil && len(first) == 12:
		return id, nil
	case fields == 1:
		// One field: another code altogether, or the scanner's keyboard has no "|".
		if looksLikeCard(first) {
			return "", ErrCardGarbled
		}
		return "", ErrCardNotACard
	case !digits && fields >= 5:
		// A Vietnamese keyboard layout types ă â ê ô for digits.
		return "", ErrCardGarbled
	case !digits || first == "":
		return "", ErrCardNotACard
	}
	return "", err
}

// looksLikeCard: twelve digits, then something else, and one sign six times or more where "|" would be.
func looksLikeCard(s string) bool {
	if len(s) < 13 || strings.Trim(s[:12], "0123456789") != "" {
		return false
	}
	sep, size := utf8.DecodeRuneInString(s[12:])
	return size > 0 && !unicode.IsDigit(sep) && sep != ' ' && strings.Count(s, string(sep)) >= 6
}

func readCard(number CitizenID, f []string) (Card, error) {
	c := Card{Number: number, Residence: f[5]}
	var err error
	if c.Name, err = cardName(f[2]); err != nil {
		return Card{}, err
	}
	if c.Birth, err = cardDate(f[3]); err != nil {
		return Card{}, err
	}
	if c.Sex, err = cardSex(f[4]); err != nil {
		return Card{}, err
	}
	if len(f[6]) == 20 && strings.Trim(f[6], "0123456789") == "" {
		return Card{}, ErrCardTwice // its date of issue runs into the number of the second reading
	}
	if c.Issued, err = cardDate(f[6]); err != nil {
		return Card{}, err
	}
	if err := number.Agrees(c.Sex, c.Birth.Year); err != nil {
		return Card{}, err
	}
	if c.Issued.Compare(c.Birth) < 0 {
		return Card{}, ErrCardDates
	}
	c.OldNumber = f[1]
	if f[1] != "" && !isOldNumber(f[1]) {
		c.OldNumber = ""
		c.Doubts = append(c.Doubts, DoubtOldNumber)
	}
	if c.Residence == "" {
		c.Doubts = append(c.Doubts, DoubtResidence)
	}
	if isASCII(f[2]) && isASCII(f[5]) {
		c.Doubts = append(c.Doubts, DoubtDiacritics)
	}
	if len(f) > 7 {
		c.Extra = append([]string(nil), f[7:]...)
	}
	return c, nil
}

// cardName refuses names that only a keyboard makes: digits inside, or "nGUYỄN" from Caps Lock.
func cardName(s string) (PersonName, error) {
	name, err := ParseName(s)
	if err == ErrNameEmpty {
		return "", ErrCardTruncated
	}
	if err != nil || swappedCase(s) {
		return "", ErrCardGarbled
	}
	return name, nil
}

// swappedCase: some word begins small and goes on in capitals.
func swappedCase(s string) bool {
	for _, word := range strings.Fields(s) {
		first, size := utf8.DecodeRuneInString(word)
		if unicode.IsLower(first) && strings.ContainsFunc(word[size:], unicode.IsUpper) {
			return true
		}
	}
	return false
}

// cardDate reads ddMMyyyy.
func cardDate(s string) (Date, error) {
	switch {
	case strings.Trim(s, "0123456789") != "":
		return Date{}, ErrCardGarbled
	case len(s) < 8:
		return Date{}, ErrCardTruncated
	case len(s) > 8:
		return Date{}, ErrCardGarbled
	}
	return ParseDate(s)
}

// cardSex reads the field that shows best what a keyboard did to the text. "Nu" is what is left of "Nữ"
// when marks are dropped, and is accepted; "Nuwx", "N?" and "nAM" are not.
func cardSex(s string) (Sex, error) {
	switch s {
	case "Nam", "NAM", "nam":
		return Male, nil
	case "Nữ", "NỮ", "nữ", "Nu", "NU", "nu":
		return Female, nil
	case "":
		return "", ErrCardTruncated
	}
	return "", ErrCardGarbled
}

func isOldNumber(s string) bool {
	return (len(s) == 9 || len(s) == 12) && strings.Trim(s, "0123456789") == ""
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
