package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"bendo/internal/ledger"
	"bendo/internal/staff"
	"bendo/kiosk/counter"
)

// rosterCmd keeps the province's signed roster of this office's staff, or shows which one is in use and
// checks the journal of signing in.
type rosterCmd struct {
	store
	File string `arg:"" optional:"" help:"The signed roster, from provincial IT. Without it the roster that is here is shown."`
	JSON bool   `help:"Print {\"version\",\"issued\",\"members\",\"journal\"} of the roster in use and the journal of signing in."`
}

// Run refuses a roster that the province did not sign for this commune, and one older than the one in use.
func (c *rosterCmd) Run(ctx context.Context, s *streams) (err error) {
	keys, err := c.keeper(s)
	if err != nil {
		return err
	}
	book, err := ledger.Open(ctx, c.Data, keys, ledger.Options{Log: s.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	id, err := book.Identity(ctx)
	if err != nil {
		return err
	}
	roster, err := c.roster(ctx, rostersOf(book, id, s.log))
	if err != nil {
		return err
	}
	journal, err := book.CheckStaffLog(ctx)
	if err != nil {
		return err
	}
	if err := c.say(s, roster, journal); err != nil {
		return err
	}
	if len(journal.Problems) > 0 {
		return errReported
	}
	return nil
}

func (c *rosterCmd) roster(ctx context.Context, rosters *counter.Rosters) (staff.Roster, error) {
	if c.File == "" {
		r, _, err := rosters.Roster(ctx)
		return r, err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return staff.Roster{}, fmt.Errorf("reading the roster: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > staff.MaxRosterBytes {
		return staff.Roster{}, fmt.Errorf("%s: %w", c.File, staff.ErrRoster)
	}
	file, err := os.ReadFile(c.File)
	if err != nil {
		return staff.Roster{}, fmt.Errorf("reading the roster: %w", err)
	}
	return rosters.Take(ctx, file)
}

// rosterShown is the JSON form; scripts rely on the names. It names nobody.
type rosterShown struct {
	Version int64             `json:"version"`
	Issued  int64             `json:"issued"`
	Members int               `json:"members"`
	Journal ledger.StaffCheck `json:"journal"`
}

func (c *rosterCmd) say(s *streams, r staff.Roster, journal ledger.StaffCheck) error {
	if c.JSON {
		return printJSON(s.out, rosterShown{r.Version, r.Issued, len(r.Members), journal})
	}
	if r.Version == 0 {
		fmt.Fprintln(s.out, "Máy này chưa có danh sách cán bộ do tỉnh ký.")
	} else {
		fmt.Fprintf(s.out, "Danh sách cán bộ tỉnh lập lúc %s: %d người.\n", moment(r.Issued), len(r.Members))
	}
	for _, p := range journal.Problems {
		fmt.Fprintln(s.out, "NHẬT KÝ ĐĂNG NHẬP KHÔNG KHỚP:", p)
	}
	_, err := fmt.Fprintf(s.out, "Nhật ký đăng nhập: %d dòng, mã chuỗi %s.\n", journal.Lines, journal.Head)
	return err
}

// rostersOf is the roster of an enrolled office.
func rostersOf(book *ledger.Book, id ledger.Identity, log *slog.Logger) *counter.Rosters {
	return &counter.Rosters{Book: book, Portal: id.PortalKey, Commune: id.CommuneCode, Log: log}
}
