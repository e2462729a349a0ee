package voice

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	slipShape  = regexp.MustCompile(`\b\d{5}-\d{4}-\d{5}\b`)
	dateShape  = regexp.MustCompile(`\b(\d{1,2})/(\d{1,2})/(\d{4})\b`)
	clockShape = regexp.MustCompile(`\b([01]?\d|2[0-3]):([0-5]\d)\b`)
	moneyShape = regexp.MustCompile(`(\d) *đ($|[^\p{L}])`)
	groups     = regexp.MustCompile(`\b\d{1,3}(?:\.\d{3})+\b`)
	longDigits = regexp.MustCompile(`\b\d{6,}\b|\b0\d{3,}\b`)
	spaced     = regexp.MustCompile(`\b\d{3}(?: \d{3}){2,}\b`)
	codeLike   = regexp.MustCompile(`\b\d\.\d{6}\b`) // 1.001193
)

var englishMonths = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

// Prose writes numbers the way a person reads them out: slips, identity numbers and codes digit by
// digit, dates and times in words, money without its dots. It is for the ear only.
func Prose(language, text string) string {
	for _, digits := range []*regexp.Regexp{slipShape, codeLike, spaced} {
		text = digits.ReplaceAllStringFunc(text, oneByOne)
	}
	text = dateShape.ReplaceAllStringFunc(text, func(date string) string {
		return dateInWords(language, dateShape.FindStringSubmatch(date))
	})
	text = clockShape.ReplaceAllStringFunc(text, func(clock string) string {
		return clockInWords(language, clockShape.FindStringSubmatch(clock))
	})
	// before the dots of an amount go: 1.250.000 is a number, 1250000 would be a code
	text = longDigits.ReplaceAllStringFunc(text, oneByOne)
	text = groups.ReplaceAllStringFunc(text, func(n string) string { return strings.ReplaceAll(n, ".", "") })
	dong := map[bool]string{true: "$1 đồng$2", false: "$1 dong$2"}[language == "vi"]
	return strings.Join(strings.Fields(moneyShape.ReplaceAllString(text, dong)), " ")
}

// oneByOne says digits alone, with a breath where the paper shows a gap.
func oneByOne(digits string) string {
	var b strings.Builder
	for _, r := range digits {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
			b.WriteByte(' ')
		case b.Len() > 0:
			b.WriteString(", ")
		}
	}
	return strings.ReplaceAll(strings.TrimSpace(b.String()), " ,", ",")
}

func dateInWords(language string, part []string) string {
	day, month := number(part[1]), number(part[2])
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return part[0]
	}
	if language == "vi" {
		return "ngày " + strconv.Itoa(day) + " tháng " + strconv.Itoa(month) + " năm " + part[3]
	}
	return strconv.Itoa(day) + " " + englishMonths[month-1] + " " + part[3]
}

func clockInWords(language string, part []string) string {
	hour, minute := number(part[1]), number(part[2])
	if language != "vi" {
		return part[0]
	}
	if minute == 0 {
		return strconv.Itoa(hour) + " giờ"
	}
	return strconv.Itoa(hour) + " giờ " + strconv.Itoa(minute) + " phút"
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}
