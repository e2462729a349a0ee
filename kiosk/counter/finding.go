package counter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/finder"
	"bendo/internal/ledger"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// Dossiers is the book as finding and the lists need it. *ledger.Book satisfies it.
type Dossiers interface {
	// Summaries are the dossiers that changed beyond a number, in pages.
	Summaries(ctx context.Context, since int64, limit int) (ledger.SummaryPage, error)
	SummariesOf(ctx context.Context, ids []syncproto.DossierID) ([]ledger.Summary, error)
	// DataVersion changes with every commit of any process.
	DataVersion(ctx context.Context) (int64, error)
	Identity(ctx context.Context) (ledger.Identity, error)
}

// Finding keeps the index of an office's dossiers in memory while staff are at work. Its fields are set
// before the first call and not changed after.
//
// The index is made when the first call of somebody signed in needs it, not when the machine starts, and
// forgotten when nobody has called for Keep: an unattended machine has the office's key in memory, for
// the night's sync, but nobody's name, and what is not there lies in no swap file, hibernation image or
// crash report of a machine that was carried away (product.md, goal 3). Sessions lock after a shorter time,
// so a lock alone does not cost a working office its index. Making it again takes seconds for a hundred
// thousand dossiers and nothing a person notices for an office's usual few thousand.
//
// Every call first reads what anybody, the agent's process as well, has committed since the last one, so
// an answer is as new as the book and nothing runs between calls. The first reading of a large book is
// done in pieces, a piece a call: each says how far it is, and none waits longer than Budget.
type Finding struct {
	Book     Dossiers
	Packs    *catalog.Shelf
	Calendar *calendar.Calendar
	Now      func() time.Time
	Keep     time.Duration // 0: 10 minutes
	Budget   time.Duration // of one call for reading; 0: 400 ms

	mu      sync.Mutex
	index   *finder.Index // nil: forgotten
	since   int64         // the change the index has
	version int64         // the book's when it was last read to its end
	whole   bool          // it has been read to its end once
	forget  *time.Timer
}

const (
	defaultKeep   = 10 * time.Minute
	defaultBudget = 400 * time.Millisecond
)

var problemNotReady = reply.Problem{Code: "not_ready", Status: http.StatusServiceUnavailable,
	Next: reply.Say("Chờ vài giây; danh sách tự hiện ra.", "Wait a few seconds; the list appears by itself.")}

// notReady says how far the reading of the book is.
func notReady(read, left int) error {
	p := problemNotReady
	percent := 100 * read / max(read+left, 1)
	p.Message = reply.Say(fmt.Sprintf("Đang mở sổ của xã: %d %%.", percent), fmt.Sprintf("The office's book is being opened: %d %%.", percent))
	return p.After(time.Second)
}

// with runs look on an index that has everything committed before the call. Problem not_ready while the
// book is being read for the first time.
func (f *Finding) with(ctx context.Context, look func(x *finder.Index)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stayAwake()
	if err := f.follow(ctx); err != nil {
		return err
	}
	look(f.index)
	return nil
}

// stayAwake puts off forgetting. The timer's function only lets go of memory: it has nothing to be
// waited for.
func (f *Finding) stayAwake() {
	keep := f.Keep
	if keep == 0 {
		keep = defaultKeep
	}
	if f.forget == nil {
		f.forget = time.AfterFunc(keep, f.Forget)
		return
	}
	f.forget.Reset(keep)
}

// Forget lets go of every name. The next call reads the book anew.
func (f *Finding) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reset()
}

// Knows says whether an index is in memory.
func (f *Finding) Knows() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.index != nil
}

func (f *Finding) reset() { f.index, f.since, f.version, f.whole = nil, 0, 0, false }

// follow reads what changed, under mu.
func (f *Finding) follow(ctx context.Context) error {
	version, err := f.Book.DataVersion(ctx) // before reading: what is committed meanwhile is read again
	if err != nil {
		return err
	}
	if f.whole && version == f.version {
		return nil
	}
	if f.index == nil {
		f.index = &finder.Index{}
	}
	budget := f.Budget
	if budget == 0 {
		budget = defaultBudget
	}
	for began := time.Now(); ; {
		page, err := f.Book.Summaries(ctx, f.since, 0)
		if errors.Is(err, ledger.ErrCursor) && f.since > 0 { // the book was exchanged
			f.reset()
			f.index = &finder.Index{}
			continue
		}
		if err != nil {
			return err
		}
		for _, s := range page.List {
			f.set(s)
		}
		f.since = page.Next
		if !page.More {
			f.version, f.whole = version, true
			return nil
		}
		if !f.whole && time.Since(began) > budget {
			return notReady(f.index.Len(), page.Left)
		}
	}
}

func (f *Finding) set(s ledger.Summary) {
	if s.Erased {
		f.index.Remove(finder.ID(s.ID))
		return
	}
	f.index.Set(factsOf(s))
}

// factsOf is what the index needs of a summary.
func factsOf(s ledger.Summary) finder.Facts {
	f := finder.Facts{ID: finder.ID(s.ID), Slip: string(s.Slip), Procedure: s.Procedure, Official: s.OfficialCode,
		Old: s.External, Applicant: personOf(s.Applicant), Submitter: personOf(s.Submitter),
		FiledAt: s.FiledAt, AskedAt: s.AskedAt, RequestAt: s.PendingAt, Waiting: s.Business == dossier.Registered && s.AskedAt == 0,
		LookUp: s.LookUps > 0, Open: open(s.Business), Scans: s.Scans}
	if s.Reference != "" {
		f.Old = append([]string{s.Reference}, f.Old...)
	}
	if s.HandBack == dossier.HandBackReady {
		f.ReadyAt = max(s.ReadyAt, 1)
	}
	if clockRuns(s) {
		f.Due = s.Due
	}
	return f
}

func personOf(p ledger.Party) finder.Person {
	return finder.Person{Name: p.Name, Born: p.BirthDate, CitizenID: p.CitizenID, Phone: p.Phone}
}

// open says whether a dossier may still come to something.
func open(b dossier.Business) bool {
	switch b {
	case dossier.Closed, dossier.WithdrawnByPerson, dossier.NotReceived, dossier.StoppedByOffice:
		return false
	}
	return true
}

// clockRuns says whether the office still owes an answer and its time runs: not while the resident was
// asked for something, and not once it is decided. Such a dossier may have been late; it is on nobody's
// list of late work.
func clockRuns(s ledger.Summary) bool {
	switch s.Business {
	case dossier.Registered, dossier.Received, dossier.InProcess:
		return s.AskedAt == 0 && s.Due > 0
	}
	return false
}
