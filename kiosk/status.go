package kiosk

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/vietnam"
	"bendo/kiosk/door"
)

type lineView struct {
	State   string `json:"state"` // as the agent names it; "unknown" without an agent
	Since   int64  `json:"since,omitempty"`
	RateBPS int64  `json:"rate_bps,omitempty"`
	RTTMS   int64  `json:"rtt_ms,omitempty"`
	NextTry int64  `json:"next_try,omitempty"`
	Problem string `json:"problem,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// staleAfter is when an agent that stopped writing counts as gone: it writes every 15 s.
const staleAfter = time.Minute

func viewLine(s ledger.AgentStatus, now time.Time) lineView {
	if s.At == 0 || !s.Running || now.UnixMilli()-s.At > staleAfter.Milliseconds() {
		return lineView{State: "unknown", Problem: "agent_not_running"}
	}
	return lineView{State: s.Line, Since: s.Since, RateBPS: s.RateBPS, RTTMS: s.RTTMS, NextTry: s.NextTry, Problem: s.Problem, Detail: s.Code}
}

func (d *Desk) status(w http.ResponseWriter, r *http.Request) error {
	id, err := d.identity(r.Context())
	enrolled := err == nil
	if err != nil && !errors.Is(err, ledger.ErrNotEnrolled) {
		return err
	}
	agent, err := d.book().AgentStatus(r.Context())
	if err != nil {
		return err
	}
	totals, err := d.book().Totals(r.Context())
	if err != nil {
		return err
	}
	practice := d.office.Load().Practice
	return ok(w, map[string]any{
		"office": map[string]string{"commune": id.CommuneName, "name": id.OfficeName, "province": id.ProvinceName,
			"commune_code": id.CommuneCode, "province_code": provinceCode(id.CommuneCode)},
		"enrolled": enrolled && !practice, "practice": practice, "practice_offered": d.OffersPractice && !practice, "places": places(agent), "second": viewSecond(agent),
		"line":    viewLine(agent, d.today()),
		"waiting": map[string]any{"dossiers": totals.Dossiers, "bytes": totals.Bytes},
		"clock":   map[string]string{"quality": d.clockQuality(agent)}, "version": d.Version, "printer": d.prints(), "queue": d.office.Load().Queue != nil, "code_reader": d.ReadCodes != nil, "scanner": d.hears(r), "window": r.Header.Get(door.ScreenHeader) == door.ScreenWindow,
		"languages": d.languageCodes(), "missing_strings": d.missingStrings(), "voice": d.Voice.Counts(), "idle_seconds": int(d.Idle.Seconds()), "consent": ConsentVersion,
		"now": d.today().UnixMilli(),
	})
}

// provinceCode is where a commune lies, so that an address begins with the office's own province.
func provinceCode(commune string) string {
	c, found := vietnam.FindCommune(vietnam.CommuneCode(commune))
	if !found {
		return ""
	}
	return string(c.Province)
}

// places says on how many disks unreceipted dossiers lie.
func places(s ledger.AgentStatus) int {
	if s.Second {
		return 2
	}
	return 1
}

// clockQuality is how far the office's clock may be believed: confirmed by the province since the
// machine started, plausible, or doubtful. A doubtful one is told before anybody reads a date.
func (d *Desk) clockQuality(s ledger.AgentStatus) string {
	switch _, q := d.now(); {
	case doubtful(q) || s.Obstacle == dossier.ReasonClock:
		return "doubtful"
	case q == clock.Trusted:
		return "confirmed"
	}
	return "plausible"
}

// doubtful says that a date made from this time must not be promised to anybody.
func doubtful(q clock.Quality) bool { return q == clock.Jumped || q == clock.Unknown }

func (d *Desk) beat(w http.ResponseWriter, _ *http.Request) error {
	d.heartbeat.Store(time.Now().UnixMilli())
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// events tells the screen that something in the book changed, so that it asks again. It polls
// the book's data version: another process (the agent) commits too. It ends with the screen.
func (d *Desk) events(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	if _, err := fmt.Fprint(w, "retry: 2000\n\n"); err != nil || out.Flush() != nil {
		return
	}
	last, quiet := int64(-1), 0
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
		now, err := d.book().DataVersion(r.Context())
		if err != nil {
			return
		}
		line := ""
		if now != last && last >= 0 {
			line = "event: changed\ndata: {}\n\n"
		} else if quiet++; quiet%15 == 0 {
			line = ": still here\n\n"
		}
		last = now
		if line == "" {
			continue
		}
		if _, err := fmt.Fprint(w, line); err != nil || out.Flush() != nil {
			return
		}
	}
}
