package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

// dayText is a day as papers show it; empty for none.
func dayText(at int64) string {
	if at == 0 {
		return ""
	}
	return time.UnixMilli(at).In(Zone).Format("02/01/2006")
}

// clockText is day and hour as papers show them.
func clockText(at int64) string {
	if at == 0 {
		return ""
	}
	return time.UnixMilli(at).In(Zone).Format("15:04 02/01/2006")
}

// ShownSlip groups the 14 digits of a slip number 5-4-5.
func ShownSlip(slip string) string {
	if len(slip) != 14 {
		return slip
	}
	return slip[:5] + "-" + slip[5:9] + "-" + slip[9:]
}

// Shown is a cell as papers show it, in Vietnamese. A number that is not known here is a dash.
func (t *Table) Shown(column int, c Cell) string {
	switch t.Columns[column].Shape {
	case Count:
		if c.Count == nil {
			return "–"
		}
		return itoa(*c.Count)
	case Day:
		return clockText(c.At)
	case Share:
		if c.Value == nil {
			return "–"
		}
		return comma(fmt.Sprintf("%.1f", 100**c.Value)) + " %"
	case Points:
		if c.Value == nil {
			return "–"
		}
		return comma(strconv.FormatFloat(*c.Value, 'f', -1, 64))
	}
	return c.Text
}

// Line is a row as papers show it.
func (t *Table) Line(r Row) []string {
	line := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		line[i] = t.Shown(i, c)
	}
	return line
}

// comma writes a decimal number the Vietnamese way.
func comma(s string) string { return strings.Replace(s, ".", ",", 1) }

// CutOffText says up to which moment the table goes.
func (t *Table) CutOffText() Text {
	end, at := clockText(t.CutOff.PeriodEnd-1), clockText(t.CutOff.KnownAt)
	return say("Số liệu tính đến hết kỳ ("+end+"), theo sổ của xã lúc "+at+".",
		"Counted up to the end of the period ("+end+"), by the commune's book at "+at+".")
}
