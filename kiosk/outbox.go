package kiosk

import (
	"context"
	"net/http"
	"time"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

type outboxRow struct {
	Slip        string        `json:"slip"`
	N           int           `json:"n,omitempty"` // of a supplement
	Procedure   procedureName `json:"procedure"`
	SubmittedAt int64         `json:"submitted_at"`
	Acks        []ackView     `json:"acks"`
	BytesTotal  int64         `json:"bytes_total"`
	BytesWas    int64         `json:"bytes_was,omitempty"` // of the scans before they were made small
	BytesLeft   int64         `json:"bytes_left"`
	Reason      *reasonView   `json:"reason,omitempty"`
	NextTry     int64         `json:"next_try,omitempty"`
	copyView
}

// outboxPage is more than an office files in a week. Whatever waits comes first, the oldest first;
// then what arrived of the last week.
const (
	outboxPage = 500
	outboxPast = 7 * 24 * time.Hour
)

func (d *Desk) outboxRows(ctx context.Context, now time.Time) ([]ledger.OutboxRow, error) {
	rows, err := d.book().Outbox(ctx, ledger.OutboxQuery{WaitingOnly: true, Limit: outboxPage})
	if err != nil {
		return nil, err
	}
	recent, err := d.book().Outbox(ctx, ledger.OutboxQuery{AfterTime: now.Add(-outboxPast).UnixMilli(), Limit: outboxPage})
	if err != nil {
		return nil, err
	}
	waiting := map[syncproto.EventID]bool{}
	for _, row := range rows {
		waiting[row.Event] = true
	}
	for _, row := range recent {
		if !waiting[row.Event] {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// outbox explains where every dossier is. It names nobody, also not by
// the reference another system gave: this page is shown before sign-in.
func (d *Desk) outbox(w http.ResponseWriter, r *http.Request) error {
	agent, err := d.book().AgentStatus(r.Context())
	if err != nil {
		return err
	}
	totals, err := d.book().Totals(r.Context())
	if err != nil {
		return err
	}
	rows, err := d.outboxRows(r.Context(), d.today())
	if err != nil {
		return err
	}
	out := make([]outboxRow, 0, len(rows))
	for _, row := range rows {
		out = append(out, outboxRow{Slip: row.Slip.String(), N: row.N,
			Procedure: d.name("", row.Procedure), SubmittedAt: row.SavedAt, Acks: viewAcks(row.Acks),
			BytesTotal: row.BytesTotal, BytesWas: row.BytesWas, BytesLeft: row.BytesLeft, Reason: viewReason(row.Reason), NextTry: row.NextTry,
			copyView: viewCopies(row.Copies, row.Acks, false)})
	}
	return ok(w, map[string]any{"line": viewLine(agent, d.today()), "dossiers": out,
		"totals": map[string]any{"dossiers": totals.Dossiers, "bytes": totals.Bytes, "minutes": minutes(totals.Bytes, agent.RateBPS)}})
}

// minutes at today's measured speed, rounded up; -1 when no speed is known.
func minutes(bytes, rateBPS int64) int64 {
	if rateBPS <= 0 {
		return -1
	}
	perMinute := rateBPS * 60 / 8
	return (bytes + perMinute - 1) / max(1, perMinute)
}

func (d *Desk) ring(w http.ResponseWriter, r *http.Request) error {
	if err := d.book().RingBell(r.Context()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}
