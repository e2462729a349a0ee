package sim

import (
	"fmt"
	"time"

	"bendo/agent/courier"
)

// The bounds that hold at any moment of a machine's life.
const (
	// honest is how long a screen may call the road good while something is owed and
	// nothing moves (I15).
	honest = 45 * time.Second
	// mostInHour requests: an evening of cuts makes some eight hundred, a busy day of
	// scans more; a tight loop makes thousands. mostInVain is in one minute, without
	// anything acknowledged in it (I18).
	mostInHour = 3600
	mostInVain = 60
	// starves is how long an event may wait on a clear line with a portal that lives
	// (I20): the longest pause of a road that only a person can mend is 7.5 minutes,
	// a lost message costs up to a minute and a half.
	starves = 25 * time.Minute
	// stale is how long a page of the feed may lie at the portal while the line is
	// clear: polls are every quarter of an hour at night.
	stale = 60 * time.Minute
)

// watch is what is known about a machine at each step.
type watch struct {
	hour, inHour int
	minute       int
	inVain       int

	shown   courier.Status
	shownAt time.Duration
	movedAt time.Duration // something was acknowledged, or there was nothing to acknowledge
	owed    bool          // events or scans may go
	owedAt  time.Duration
	aliveAt time.Duration
}

func (w *watch) started(o *office) {
	w.aliveAt, w.movedAt, w.shownAt, w.shown, w.owed = o.w.now, o.w.now, o.w.now, courier.Status{}, false
	w.owes(o)
}

// before judges the time since the last step, in which nothing changed.
func (w *watch) before(o *office) {
	quiet := max(w.movedAt, w.owedAt, w.shownAt)
	if w.owed && w.shown.State == courier.Online && w.shown.Problem == nil && o.w.now-quiet > honest {
		o.w.breaks(o, fmt.Sprintf("I15: for %s nothing moved, something was owed, and the screen said online", o.w.now-quiet))
	}
}

func (w *watch) shows(o *office, s courier.Status) {
	if o.book.bug == SilentStatus {
		s.State, s.Problem = courier.Online, nil
	}
	if s.State != w.shown.State || (s.Problem == nil) != (w.shown.Problem == nil) {
		w.shownAt = o.w.now
	}
	w.shown = s
}

func (w *watch) progress(o *office) { w.movedAt, w.inVain = o.w.now, 0 }

// owes looks whether something may go now: events of a log that is not frozen, scans.
func (w *watch) owes(o *office) {
	l := o.book.log()
	owed := !l.frozen && l.acked < uint64(len(l.events))
	if !owed && l.gen == o.book.id.Generation {
		list, _ := o.book.PendingBlobs(o.w.ctx, 1)
		owed = len(list) > 0
	}
	if owed && !w.owed {
		w.owedAt = o.w.now
	}
	w.owed = owed
}

// request counts calls (I18).
func (w *watch) request(o *office) {
	if h := int(o.w.now / time.Hour); h != w.hour {
		w.hour, w.inHour = h, 0
	}
	if m := int(o.w.now / time.Minute); m != w.minute {
		w.minute, w.inVain = m, 0
	}
	w.inHour++
	w.inVain++
	if w.inHour == mostInHour || w.inVain == mostInVain {
		o.w.breaks(o, fmt.Sprintf("I18: a tight loop: %d requests in an hour, %d of them in a minute without any progress", w.inHour, w.inVain))
	}
}

// look is once an hour: nobody starves (I20, I27).
func (w *world) look() {
	end := w.portal.FeedEnd()
	for _, o := range w.offices {
		if !o.alive || o.place.forked || w.now < o.rotUntil+90*time.Minute {
			continue
		}
		if o.clock.tls() != nil || o.watch.shown.State == courier.Clock {
			continue // two signed times an hour apart mend it; the end of the run proves that they did
		}
		calm := max(o.weather.clearSince(w.now), o.watch.aliveAt, w.mishapAt)
		if at, waits := o.oldest(); waits && w.now-max(calm, at) > starves {
			o.w.breaks(o, fmt.Sprintf("I20: an event waits since %s, the line is clear since %s", at, calm))
		}
		was := w.feedWas[0]
		if c := o.book.cursor; w.now-calm > stale && w.lookedAt == w.now-time.Hour && was.Epoch == end.Epoch && c.Epoch == was.Epoch && c.Pos < was.Pos {
			o.w.breaks(o, fmt.Sprintf("I20: the feed was at %d an hour ago, the office is at %d, the line is clear since %s", was.Pos, c.Pos, calm))
		}
	}
	w.feedWas[0], w.lookedAt = end, w.now
}

// oldest is when the oldest event that was not acknowledged yet was filed.
func (o *office) oldest() (time.Duration, bool) {
	l := o.book.log()
	if l.frozen || l.acked >= uint64(len(l.events)) {
		return 0, false
	}
	f := o.place.filed[l.events[l.acked].Header.ID]
	if f == nil {
		return 0, false
	}
	return f.at, true
}
