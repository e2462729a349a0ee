package casework

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"bendo/internal/calendar"
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

// codeForm is what a typed code may look like: letters, digits, dots and dashes,
// so that every known shape passes and a sentence does not.
var codeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.\-/]{3,39}$`)

// Issue checks what was typed.
func (Typed) Issue(_ *store.Tx, _, typed string) (string, error) {
	if typed != "" && !codeForm.MatchString(typed) {
		return "", &InvalidError{errors.New("an official code has 4 to 40 letters, digits, dots and dashes")}
	}
	return typed, nil
}

// ShapeB issues PREFIX.COMMUNE-YYMMDD-NNNN, counted per commune and day of
// reception. The shape follows codes seen since 2020 (Quyết định 20/2020/QĐ-TTg);
// that this province uses it, and this prefix, is NOT verified: it is only issued
// when the operator asks for it.
type ShapeB struct{ Prefix string }

// Issue draws the next number of the day, unless the officer typed a code.
func (s ShapeB) Issue(tx *store.Tx, commune, typed string) (string, error) {
	if typed != "" {
		return Typed{}.Issue(tx, commune, typed)
	}
	day := time.UnixMilli(tx.Now).In(calendar.Zone).Format("060102")
	n, err := tx.NextOfficialNumber(commune, day)
	if err != nil {
		return "", fmt.Errorf("drawing an official number: %w", err)
	}
	return fmt.Sprintf("%s.%s-%s-%04d", s.Prefix, commune, day, n), nil
}
