package counter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/ledger"
	"bendo/internal/report"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// readingNow names how facts are read off a dossier by this program: a newer one reads all again.
const readingNow = dossier.FoldVersion*1000 + report.Reading

// keepBatch is how many dossiers' facts one transaction keeps.
const keepBatch = 500

// count makes a report of a period as the book stands now.
func (s *Reports) count(ctx context.Context, name report.Name, period report.Period) (report.Table, error) {
	office, err := s.officeName(ctx)
	if err != nil {
		return report.Table{}, err
	}
	now, quality := s.Now() // before the book is read: what is learnt meanwhile is not promised
	cases, err := s.known(ctx)
	if err != nil {
		return report.Table{}, err
	}
	return report.Make(name, report.Input{Cases: cases, Procedures: s.procedures(time.UnixMilli(min(period.To-1, now.UnixMilli()))), Period: period,
		Office: office, KnownAt: now.UnixMilli(), Clock: quality.String()})
}

// known are the facts of every dossier the book ever had. Those that changed since the last call are read
// and kept; the first call after a start reads what was kept.
func (s *Reports) known(ctx context.Context) ([]report.Case, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cases == nil {
		if err := s.recall(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.learn(ctx); err != nil {
		return nil, err
	}
	list := make([]report.Case, 0, len(s.cases))
	for _, c := range s.cases {
		list = append(list, c)
	}
	return list, nil
}

// recall reads the facts that were kept.
func (s *Reports) recall(ctx context.Context) error {
	cases := map[syncproto.DossierID]report.Case{}
	mark, err := s.Facts.ReportFacts(ctx, func(f ledger.ReportFacts) error {
		var c report.Case
		if err := json.Unmarshal(f.Body, &c); err != nil {
			return fmt.Errorf("the facts of dossier %s: %w", f.Dossier, err)
		}
		cases[f.Dossier] = c
		return nil
	})
	if err != nil {
		return err
	}
	s.cases = cases
	if s.mark = mark; mark.Reading != readingNow {
		s.mark = ledger.ReportMark{Reading: readingNow} // those whose key is gone stay as they were read
	}
	return nil
}

// learn reads what changed since the mark. The facts are kept before the mark moves: a crash between
// leaves dossiers that are read again.
func (s *Reports) learn(ctx context.Context) error {
	fresh := map[syncproto.DossierID]report.Case{}
	each := func(e ledger.Everyone) error {
		c, ok := report.CaseOf(e.State)
		if !ok || feedback.Reserved(e.State.Procedure) {
			return nil // erased: what was known stays; or no dossier of a procedure
		}
		s.name(&c, catalog.Version(e.State.Pack))
		fresh[c.ID] = c
		return nil
	}
	next, err := s.Facts.Everyone(ctx, s.mark.Changed, each)
	if errors.Is(err, ledger.ErrCursor) { // the book was made anew since: its changes are numbered otherwise
		clear(fresh)
		next, err = s.Facts.Everyone(ctx, 0, each)
	}
	if err != nil {
		return err
	}
	if next == s.mark.Changed && len(fresh) == 0 {
		return nil
	}
	return s.keep(ctx, fresh, ledger.ReportMark{Changed: next, Reading: readingNow})
}

func (s *Reports) keep(ctx context.Context, fresh map[syncproto.DossierID]report.Case, mark ledger.ReportMark) error {
	var batch []ledger.ReportFacts
	for id, c := range fresh {
		body, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("keeping the facts of dossier %s: %w", c.ID, err)
		}
		if batch = append(batch, ledger.ReportFacts{Dossier: id, Body: body}); len(batch) == keepBatch {
			if err := s.Facts.KeepReportFacts(ctx, batch, s.mark); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if err := s.Facts.KeepReportFacts(ctx, batch, mark); err != nil {
		return err
	}
	for id, c := range fresh {
		s.cases[id] = c
	}
	s.mark = mark
	return nil
}

// name adds what the catalogue knows, by the pack the dossier was filed with, else by the present one.
func (s *Reports) name(c *report.Case, version catalog.Version) {
	pack, ok := s.Packs.Get(version)
	if !ok {
		pack = s.Packs.Current(time.UnixMilli(c.Filed))
	}
	p, ok := pack.Procedure(c.Procedure)
	if !ok {
		c.Name = report.Text{VI: c.Procedure, EN: c.Procedure}
		return
	}
	c.Name, c.Field, c.NoResult = report.Text(p.Name), report.Text(p.Field), len(p.Results) == 0
}

func isErased(err error) bool { return errors.Is(err, seal.ErrErased) }
