package kiosk

import (
	"fmt"
	"time"

	"bendo/internal/queue"
)

// forecastView is how long somebody will wait, as a screen and a paper say it.
type forecastView struct {
	Ahead int  `json:"ahead"`
	Known bool `json:"known"`
	Low   int  `json:"low,omitempty"`  // minutes
	High  int  `json:"high,omitempty"` // minutes
	Text  Text `json:"text"`
}

var (
	noForecast  = say("Chưa ước được thời gian chờ", "The wait cannot be guessed yet")
	afterBreak  = say(", chưa kể giờ nghỉ trưa", ", not counting the lunch break")
	perhapsLate = say("Có thể không kịp trong giờ làm việc hôm nay, xin hỏi cán bộ", "It may not fit into today's hours; please ask an officer")
)

// longGuess is where a range in minutes stops helping anybody to decide.
const longGuess = 120

func (d *Desk) viewForecast(f queue.Forecast, now time.Time) forecastView {
	v := forecastView{Ahead: f.Ahead, Known: f.Known, Low: int(f.Low.Minutes()), High: int(f.High.Minutes())}
	pause := d.pause(now, f.High)
	switch {
	case !f.Known:
		v.Text = noForecast
		return v
	case pause == pauseClosed:
		v.Text = perhapsLate
		return v
	case v.Low == 0:
		v.Text = say(fmt.Sprintf("Chờ dưới %d phút", v.High), fmt.Sprintf("Less than %d minutes", v.High))
	case v.Low >= longGuess:
		v.Text = say(fmt.Sprintf("Chờ hơn %d giờ", v.Low/60), fmt.Sprintf("More than %d hours", v.Low/60))
	default:
		v.Text = say(fmt.Sprintf("Chờ khoảng %d–%d phút", v.Low, v.High), fmt.Sprintf("About %d–%d minutes", v.Low, v.High))
	}
	if pause == pauseBreak {
		v.Text = say(v.Text.VI+afterBreak.VI, v.Text.EN+afterBreak.EN)
	}
	return v
}

type pause int

const (
	pauseNone   pause = iota
	pauseBreak        // the office's midday break lies in between
	pauseClosed       // the office closes before
)

// pause says what of the office's hours lies in a wait. An office that gives numbers on a day its
// calendar does not know (a Saturday morning of the police) is taken as open without a break, and a
// doubtful clock knows no hours.
func (d *Desk) pause(now time.Time, wait time.Duration) pause {
	if _, q := d.now(); d.Calendar == nil || queue.Doubtful(q) {
		return pauseNone
	}
	opens, err := d.Calendar.Snap(now)
	if err != nil || !sameDay(opens, now) {
		return pauseNone
	}
	ends, err := d.Calendar.AddWorkingHours(now, wait)
	switch {
	case err != nil:
		return pauseNone
	case !sameDay(ends, now):
		return pauseClosed
	case ends.Sub(now) > wait+time.Minute:
		return pauseBreak
	}
	return pauseNone
}

func sameDay(a, b time.Time) bool { return officeDay(a) == officeDay(b) }
