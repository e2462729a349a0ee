package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/dossier"
	"bendo/portal/store"
)

// Codes issues official dossier codes (mã hồ sơ). Which shape a province uses,
// and who issues the number, is the province's configuration.
type Codes interface {
	// Issue returns the code for a dossier taken in now; typed is what the
	// officer wrote, empty for nothing. It returns an empty code when none is
	// issued yet.
	Issue(tx *store.Tx, commune, typed string) (string, error)
}

// Typed issues nothing: the officer copies the code of the system that really
// processes the dossier, or leaves it for later.
type Typed struct{}

// Issue checks what was typed.
func (Typed) Issue(_ *store.Tx, _, typed string) (string, error) {
	if typed != "" && !dossier.IsOfficialCode(typed) {
		return "", &InvalidError{errors.New("an official code has 4 to 40 letters, digits, dots and dashes")}
	}
	return typed, nil
}

// ShapeB issues PREFIX.COMMUNE-YYMMDD-NNNN, counted per commune and day of
// reception. The shape follows codes seen since 2020 (Quyết định 20/2020/QĐ-TTg);
// that this province uses it, and this prefix, is NOT verified: it is only issued
// when the operator asks for it.
type ShapeB struct{ Prefix string }

// Issue draws the next number of the day, unless the officer typed a code. While
// codes are held after a restore it issues none: the dossier gets its code later
// (IssueOwed).
func (s ShapeB) Issue(tx *store.Tx, commune, typed string) (string, error) {
	if typed != "" {
		return Typed{}.Issue(tx, commune, typed)
	}
	// After a restore a number may be in use that only a machine still knows of.
	if held, err := tx.CodesHeld(commune); err != nil || held {
		return "", err
	}
	day := time.UnixMilli(tx.Now).In(calendar.Zone).Format("060102")
	n, err := tx.NextOfficialNumber(commune, day)
	if err != nil {
		return "", fmt.Errorf("drawing an official number: %w", err)
	}
	return fmt.Sprintf("%s.%s-%s-%04d", s.Prefix, commune, day, n), nil
}

// Owes says that a dossier taken in without a code gets one later by itself.
func (ShapeB) Owes() bool { return true }

// system is the officer of what the portal does by itself.
const system = "system"

// IssueOwed issues the codes of dossiers that were taken in while codes were held,
// where they are held no more. It may be cut and called again; each code is a step
// of its own. It says how many it issued.
func (w *Work) IssueOwed(ctx context.Context) (issued int, err error) {
	var owed []store.OwedCode
	err = w.db.Read(ctx, func(tx *store.Tx) error {
		owed, err = tx.OwedCodes()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("looking for codes that are owed: %w", err)
	}
	var failed []error
	for _, o := range owed { // one that cannot be read must not keep all others waiting
		done, err := w.issueOwed(ctx, o)
		if err != nil {
			failed = append(failed, fmt.Errorf("issuing the code of dossier %s: %w", o.Dossier, err))
		}
		if done {
			issued++
		}
		if ctx.Err() != nil {
			break
		}
	}
	return issued, errors.Join(failed...)
}

func (w *Work) issueOwed(ctx context.Context, o store.OwedCode) (issued bool, err error) {
	officer := Officer{Name: system, Office: o.Commune, Role: store.Officer}
	err = w.db.Write(ctx, func(tx *store.Tx) error {
		issued = false
		a := &act{w: w, tx: tx, officer: officer}
		if err := a.load(Step{Dossier: o.Dossier}); err != nil {
			return err
		}
		if dossier.Legal(a.state, dossier.Province, dossier.OfficialCodeIssued) != nil {
			// It has one by now (an echo brought it), or it is somebody else's.
			return tx.PaidCode(o.Commune, o.Dossier)
		}
		code, err := w.codes.Issue(tx, o.Commune, "")
		if err != nil || code == "" {
			return err // still held
		}
		if err := a.author(dossier.OfficialCodeIssued, &dossier.OfficialCodePayload{Code: code}); err != nil {
			return err
		}
		issued = true
		return tx.PaidCode(o.Commune, o.Dossier)
	})
	if err == nil && issued {
		w.ring(o.Commune)
	}
	return issued, err
}
