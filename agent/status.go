package agent

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bendo/agent/scanbox"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// Status is how the machine stands, as agent status prints it. Nothing in it is
// personal; times are unix ms.
type Status struct {
	Enrolled bool        `json:"enrolled"`
	Running  bool        `json:"running"` // an agent carries now
	Device   string      `json:"device"`
	Book     string      `json:"book"`
	Commune  string      `json:"commune"`
	Office   string      `json:"office"`
	Portal   string      `json:"portal"`
	Version  string      `json:"version"`
	Clock    ClockStatus `json:"clock"`
	Line     LineStatus  `json:"line"`
	Queue    QueueStatus `json:"queue"`
	ScanIn   ScanStatus  `json:"scan_in"`
	Disk     DiskStatus  `json:"disk"`
	Damaged  int         `json:"damaged"` // rows of the book put aside
	// Generation is the portal's, as this book knows it: acknowledgements count under it alone.
	Generation uint64 `json:"generation"`
	// Away counts scans of the book whose bytes are still to come back from the province; Rebuilding
	// says that events are.
	Away       int             `json:"away"`
	Rebuilding bool            `json:"rebuilding"`
	Second     SecondReport    `json:"second"`
	Dossiers   []DossierStatus `json:"dossiers"`
}

// ClockStatus is the trusted clock.
type ClockStatus struct {
	Now     int64  `json:"now"`
	Quality string `json:"quality"`
	WallOff int64  `json:"wall_off_ms"` // the machine's clock is ahead by
	Floor   int64  `json:"floor"`
	Pending int64  `json:"pending,omitempty"` // a signed jump that waits for a second answer
}

// LineStatus is the road.
type LineStatus struct {
	State   string `json:"state"`
	Since   int64  `json:"since"`
	RateBPS int64  `json:"rate_bps"`
	RTTMS   int64  `json:"rtt_ms"`
	NextTry int64  `json:"next_try,omitempty"`
	Problem string `json:"problem,omitempty"`
	Code    string `json:"code,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Seen    int64  `json:"seen"`             // when the agent said so
	Frozen  bool   `json:"frozen,omitempty"` // a fork: sending waits for IT
}

// QueueStatus is what the province has not signed for.
type QueueStatus struct {
	Dossiers int   `json:"dossiers"`
	Events   int   `json:"events"`
	Blobs    int   `json:"blobs"`
	Bytes    int64 `json:"bytes"`
	Oldest   int64 `json:"oldest,omitempty"`
}

// ScanStatus counts files in the scanner's folder.
type ScanStatus struct {
	Waiting  int `json:"waiting"`
	Overdue  int `json:"overdue"` // unsealed for more than ten minutes
	Rejected int `json:"rejected"`
}

// DossierStatus is one submission. Slip has 14 digits.
type DossierStatus struct {
	Slip      string            `json:"slip"`
	Reference string            `json:"reference"`
	Procedure string            `json:"procedure"`
	N         int               `json:"n"` // 0 the filing, else the supplement
	Acks      map[string]*int64 `json:"acks"`
	Reason    string            `json:"reason"`
	NextTry   int64             `json:"next_try"`
	BytesLeft int64             `json:"bytes_left"`
	// CopiedAt is when it was last written whole to a stick, 0 never or complete at the province;
	// no receipt. Places is 2 when it also lies in the second place.
	CopiedAt int64 `json:"copied_at,omitempty"`
	Places   int   `json:"places,omitempty"`
}

// stale is when a status of the agent no longer counts.
const stale = 40 * time.Second

// Status reads how things stand; it works beside a running agent and before enrolment.
// scanIn is the scanner's folder, "" the default one.
func (o *Office) Status(ctx context.Context, scanIn string, now time.Time) (Status, error) {
	s := Status{Version: o.Version, Clock: clockStatus(o.Clock.Report())}
	id, err := o.Book.Identity(ctx)
	if err == nil {
		s.Enrolled, s.Device, s.Book = true, id.Device.String(), id.Book.String()
		s.Commune, s.Office, s.Portal, s.Generation = id.CommuneCode, id.OfficeName, id.Portal, id.Generation
	} else if !errors.Is(err, ledger.ErrNotEnrolled) {
		return s, err
	}
	if err := o.lineStatus(ctx, &s, now); err != nil {
		return s, err
	}
	t, err := o.Book.Totals(ctx)
	if err != nil {
		return s, err
	}
	s.Queue = QueueStatus{t.Dossiers, t.Events, t.Blobs, t.Bytes, t.Oldest}
	damaged, err := o.Book.Quarantine(ctx)
	if err != nil {
		return s, err
	}
	s.Damaged = len(damaged)
	if s.Enrolled {
		if s.Rebuilding, err = o.Book.Unsettled(ctx); err != nil {
			return s, err
		}
		if _, s.Away, err = o.Book.AwayScans(ctx, syncproto.BlobKey{}, 0); err != nil {
			return s, err
		}
	}
	if s.Second, err = o.secondReport(ctx); err != nil {
		return s, err
	}
	s.Disk = o.diskStatus()
	s.ScanIn = scanStatus(scanIn, o.Dir, now)
	s.Dossiers, err = o.dossiers(ctx)
	return s, err
}

// dossiers reads every submission of the book, the oldest first.
func (o *Office) dossiers(ctx context.Context) ([]DossierStatus, error) {
	out := []DossierStatus{}
	for q := (ledger.OutboxQuery{Limit: 500}); ; {
		rows, err := o.Book.Outbox(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out = append(out, dossierStatus(r))
		}
		if len(rows) < q.Limit {
			return out, nil
		}
		last := rows[len(rows)-1]
		q.After, q.AfterTime = last.Event, last.SavedAt
	}
}

// lineStatus believes the agent's last words for forty seconds: it writes every
// fifteen, and says goodbye when it ends. The lock is not asked: holding it for a
// moment could keep an agent from starting.
func (o *Office) lineStatus(ctx context.Context, s *Status, now time.Time) error {
	a, err := o.Book.AgentStatus(ctx)
	if err != nil {
		return err
	}
	s.Running = a.Running && now.UnixMilli()-a.At < stale.Milliseconds()
	s.Line = LineStatus{State: a.Line, Since: a.Since, RateBPS: a.RateBPS, RTTMS: a.RTTMS, NextTry: a.NextTry,
		Problem: a.Problem, Code: a.Code, Detail: a.Detail, Seen: a.At}
	if !s.Running || s.Line.State == "" {
		s.Line.State, s.Line.NextTry = "offline", 0
	}
	log, err := o.Book.LogState(ctx)
	if errors.Is(err, ledger.ErrNotEnrolled) {
		return nil
	}
	s.Line.Frozen = log.Frozen
	return err
}

func clockStatus(r clock.Report) ClockStatus {
	return ClockStatus{r.NowMS, r.Quality.String(), r.WallOffMS, r.FloorMS, r.PendingMS}
}

func dossierStatus(r ledger.OutboxRow) DossierStatus {
	d := DossierStatus{Slip: strings.ReplaceAll(r.Slip.String(), "-", ""), Reference: r.Reference, Procedure: r.Procedure, N: r.N,
		Acks: map[string]*int64{}, Reason: string(r.Reason), NextTry: r.NextTry, BytesLeft: r.BytesLeft}
	for _, a := range r.Acks {
		d.Acks[string(a.Code)] = ackTime(a)
	}
	if d.CopiedAt = r.Copies.USB; !r.Acks[1].Done || !r.Acks[2].Done {
		d.Places = 1
		if r.Copies.Second > 0 {
			d.Places = 2
		}
	}
	return d
}

func ackTime(a dossier.Ack) *int64 {
	if !a.Done {
		return nil
	}
	return &a.At
}

// scanStatus counts; a folder that cannot be read counts nothing.
func scanStatus(dir, data string, now time.Time) (s ScanStatus) {
	if dir == "" {
		dir = scanbox.Default(data)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return s
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		s.Waiting++
		if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > 10*time.Minute {
			s.Overdue++
		}
	}
	set, err := os.ReadDir(filepath.Join(dir, "rejected"))
	if err != nil {
		return s
	}
	for _, e := range set {
		if !strings.HasSuffix(e.Name(), ".why.txt") {
			s.Rejected++
		}
	}
	return s
}
