package calendar

import (
	"fmt"
	"strings"
	"time"
)

// ReasonCode names a reason for programs; the codes never change their meaning.
type ReasonCode string

// The reasons a due date may have.
const (
	Received          ReasonCode = "received"            // when an officer received it
	Submitted         ReasonCode = "submitted"           // when a resident sent it, without an officer
	Resumed           ReasonCode = "resumed"             // when the count went on after a pause
	ReceivedOutside   ReasonCode = "received_outside"    // outside office hours: counted from the next opening
	AfterCutOff       ReasonCode = "after_15h"           // after the cut-off, 15:00 unless set otherwise: the next working day
	ReceiptNotCounted ReasonCode = "receipt_not_counted" // the day of receipt is not counted
	HalfDayRule       ReasonCode = "half_day_rule"       // how half days are counted; a proposal, confirm it
	UnitAssumed       ReasonCode = "unit_assumed"        // the catalogue shows a bare number
	WeekendSkipped    ReasonCode = "weekend_skipped"     // Saturdays and Sundays passed over
	HolidaySkipped    ReasonCode = "holiday_skipped"     // one per weekday off
	MakeupCounted     ReasonCode = "makeup_counted"      // a worked Saturday
	EndMoved          ReasonCode = "end_moved"           // the last day is off: the next working day
	DayUnconfirmed    ReasonCode = "day_unconfirmed"     // announced, but the table was not checked for it
	DayProvisional    ReasonCode = "day_provisional"     // not announced yet
	AlreadyOverdue    ReasonCode = "already_overdue"     // nothing was left when the pause began
	DueAt             ReasonCode = "due"                 // the result
	RespondBefore     ReasonCode = "respond_by"          // the result of RespondBy
)

// maxListed: more weekend days than this are told as a number.
const maxListed = 12

// Reason is one line of the reasoning. Day is the day it speaks of (YYYY-MM-DD), or empty.
type Reason struct {
	Code ReasonCode `json:"code"`
	Day  string     `json:"day,omitempty"`
	Vi   string     `json:"vi"`
	En   string     `json:"en"`
}

// explainDays says which days were passed over and counted in the stretches, and reports whether one
// of them is provisional.
func (n *count) explainDays() (provisional bool) {
	var weekends, unannounced, unchecked []int64
	for _, s := range n.stretches {
		for day := s[0]; day <= s[1]; day++ {
			d, special := n.cal.special[day]
			weekend := isWeekend(day)
			switch {
			case weekend && !d.Works:
				// Off whatever is announced, so its confidence does not matter.
				weekends = append(weekends, day)
				continue
			case weekend:
				n.say(makeupReason(day))
			case special && !d.Works:
				n.say(holidayReason(day, d))
			}
			switch d.Confidence {
			case Provisional:
				unannounced = append(unannounced, day)
			case Medium:
				unchecked = append(unchecked, day)
			}
		}
	}
	n.sayList(weekends, weekendReason)
	n.sayList(unchecked, unconfirmedReason)
	n.sayList(unannounced, provisionalReason)
	return len(unannounced) > 0
}

func (n *count) sayList(days []int64, reason func([]int64) Reason) {
	if len(days) > 0 {
		n.say(reason(days))
	}
}

func receivedReason(t time.Time) Reason {
	vi, en := Moment(t)
	return Reason{Received, t.Format(time.DateOnly), "Tiếp nhận lúc " + vi + ".", "Received at " + en + "."}
}

func submittedReason(t time.Time) Reason {
	vi, en := Moment(t)
	return Reason{Submitted, t.Format(time.DateOnly), "Nộp lúc " + vi + ".", "Submitted at " + en + "."}
}

func resumedReason(t time.Time) Reason {
	vi, en := Moment(t)
	return Reason{Resumed, t.Format(time.DateOnly), "Tính tiếp từ " + vi + ".", "The count goes on from " + en + "."}
}

func outsideHoursReason(start time.Time) Reason {
	vi, en := Moment(start)
	return Reason{ReceivedOutside, start.Format(time.DateOnly),
		"Ngoài giờ làm việc nên tính từ " + vi + ".", "Outside office hours, so counted from " + en + "."}
}

func afterCutOffReason(cut time.Duration) Reason {
	t := at(0, cut).Format("15:04")
	return Reason{AfterCutOff, "", "Tiếp nhận sau " + t + " nên trả kết quả trong ngày làm việc tiếp theo.",
		"Received after " + t + ", so answered on the next working day."}
}

func notCountedReason(first int64) Reason {
	vi, en := dayName(first)
	return Reason{ReceiptNotCounted, isoDate(first),
		"Không tính ngày tiếp nhận; ngày đầu tiên được tính là " + vi + ".",
		"The day of receipt is not counted; the first day counted is " + en + "."}
}

var halfDayReason = Reason{HalfDayRule, "",
	"Không tính buổi tiếp nhận; hạn là lúc hết buổi làm việc.",
	"The session of receipt is not counted; the period ends with a session."}

var overdueReason = Reason{AlreadyOverdue, "",
	"Khi tạm dừng, hồ sơ đã hết thời hạn giải quyết.", "The period had already run out when the count was paused."}

func assumedReason(p Period) Reason {
	vi, en := p.Text()
	return Reason{UnitAssumed, "", "Danh mục không ghi đơn vị thời gian; tạm tính là " + vi + ".",
		"The catalogue states no unit of time; counted as " + en + "."}
}

func makeupReason(day int64) Reason {
	vi, en := dayName(day)
	return Reason{MakeupCounted, isoDate(day), capital(vi) + " là ngày làm bù nên được tính.", en + " is a worked Saturday and counts."}
}

func holidayReason(day int64, d Day) Reason {
	vi, en := dayName(day)
	name := d.Name
	if d.Kind == "tet" && !strings.Contains(name, "Tết") {
		name = "Tết Nguyên đán, " + name // "Mùng 3" alone says nothing
	}
	return Reason{HolidaySkipped, isoDate(day), capital(vi) + " nghỉ: " + name + ".", en + " is a day off (" + name + ")."}
}

func endMovedReason(day int64) Reason {
	vi, en := dayName(day)
	return Reason{EndMoved, isoDate(day), "Ngày cuối là " + vi + ", ngày nghỉ, nên chuyển sang ngày làm việc tiếp theo.",
		"The last day, " + en + ", is a day off, so the period ends on the next working day."}
}

func provisionalReason(days []int64) Reason {
	all := shortDates(days)
	return Reason{DayProvisional, isoDate(days[0]), "Lịch nghỉ chưa công bố chính thức (" + all + "): ngày hẹn là dự kiến.",
		"Days off not announced yet (" + all + "): the date is provisional."}
}

func unconfirmedReason(days []int64) Reason {
	all := shortDates(days)
	return Reason{DayUnconfirmed, isoDate(days[0]), "Lịch nghỉ, làm bù chưa đối chiếu với thông báo: " + all + ".",
		"Days off or worked not checked against the announcement: " + all + "."}
}

func weekendReason(days []int64) Reason {
	if len(days) > maxListed {
		return Reason{WeekendSkipped, isoDate(days[0]), fmt.Sprintf("Không tính %d ngày thứ Bảy, Chủ nhật.", len(days)),
			fmt.Sprintf("%d Saturdays and Sundays are not counted.", len(days))}
	}
	all := shortDates(days)
	return Reason{WeekendSkipped, isoDate(days[0]), "Không tính thứ Bảy, Chủ nhật: " + all + ".", "Saturdays and Sundays not counted: " + all + "."}
}

func shortDates(days []int64) string {
	list := make([]string, len(days))
	for i, day := range days {
		list[i] = midnight(day).Format("02/01")
	}
	return strings.Join(list, ", ")
}

func dueReason(t time.Time) Reason {
	vi, en := Moment(t)
	return Reason{DueAt, t.Format(time.DateOnly), "Hạn trả kết quả: " + vi + ".", "Due: " + en + "."}
}

func respondReason(t time.Time) Reason {
	vi, en := Moment(t)
	return Reason{RespondBefore, t.Format(time.DateOnly), "Cán bộ trả lời trước " + vi + ".", "An officer answers before " + en + "."}
}

// Moment writes a moment as it is read in Viet Nam ("17:00 thứ Năm, 26/11/2026") and in English
// ("17:00 on Thursday 26/11/2026").
func Moment(t time.Time) (vi, en string) {
	t = t.In(Zone)
	dayVi, dayEn := dayName(dayOf(t))
	clock := t.Format("15:04")
	return clock + " " + dayVi, clock + " on " + dayEn
}

var weekdaysVi = [...]string{"Chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"}

func dayName(day int64) (vi, en string) {
	t := midnight(day)
	date := t.Format("02/01/2006")
	return weekdaysVi[t.Weekday()] + ", " + date, t.Weekday().String() + " " + date
}

func capital(s string) string { return strings.Replace(s, "thứ", "Thứ", 1) }
