package counter

import (
	"testing"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
)

// What is due soon is due before the end of the second working day after today, over weekends and
// holidays; beyond the calendar's table Monday to Friday are counted.
func TestSoonBy(t *testing.T) {
	for today, last := range map[string]string{
		"2026-11-23": "2026-11-26", // a Monday; the next day is the Day of Vietnamese Culture
		"2026-11-26": "2026-11-30", // a Thursday
		"2026-11-27": "2026-12-01",
		"2026-11-28": "2026-12-01", // a Saturday
		"2026-12-31": "2027-01-05", // the first of January is a holiday, then a weekend
		"2040-11-23": "2040-11-27", // nobody knows the holidays of then: Friday, over the weekend, Tuesday
	} {
		now, err := time.ParseInLocation(time.DateOnly, today, calendar.Zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, hour := range []time.Duration{0, 9 * time.Hour, 24*time.Hour - 1} {
			got := soonBy(calendar.Builtin(), now.Add(hour), soonDays)
			if got.Format("2006-01-02 15:04:05") != last+" 23:59:59" {
				t.Errorf("on %s (+%s): until %s, want %s", today, hour, got, last)
			}
		}
	}
}

// Which dossiers the office owes something to, and whose time runs.
func TestFactsOfASummary(t *testing.T) {
	for name, row := range map[string]struct {
		s                         ledger.Summary
		due                       int64
		waiting, open, ready, ask bool
	}{
		"filed":                          {s: ledger.Summary{Business: dossier.Registered}, waiting: true, open: true},
		"asked before it was taken in":   {s: ledger.Summary{Business: dossier.AwaitingSupplement, AskedAt: 5, Due: 9}, open: true, ask: true},
		"taken in":                       {s: ledger.Summary{Business: dossier.Received, Due: 9}, due: 9, open: true},
		"in work":                        {s: ledger.Summary{Business: dossier.InProcess, Due: 9}, due: 9, open: true},
		"decided":                        {s: ledger.Summary{Business: dossier.Done, Due: 9}, open: true},
		"result ready, nobody says when": {s: ledger.Summary{Business: dossier.Done, HandBack: dossier.HandBackReady, Due: 9}, open: true, ready: true},
		"returned":                       {s: ledger.Summary{Business: dossier.Closed, HandBack: dossier.HandBackDone, ReadyAt: 7, Due: 9}},
		"refused":                        {s: ledger.Summary{Business: dossier.NotReceived, Due: 9}},
		"stopped":                        {s: ledger.Summary{Business: dossier.StoppedByOffice, Due: 9}},
		"withdrawn":                      {s: ledger.Summary{Business: dossier.WithdrawnByPerson, Due: 9}},
	} {
		f := factsOf(row.s)
		if f.Due != row.due || f.Waiting != row.waiting || f.Open != row.open || f.ReadyAt > 0 != row.ready || f.AskedAt > 0 != row.ask {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := factsOf(ledger.Summary{Reference: "a", External: []string{"b"}}); len(f.Old) != 2 || f.Old[0] != "a" {
		t.Errorf("%v", f.Old)
	}
}
