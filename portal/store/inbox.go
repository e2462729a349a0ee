package store

import (
	"bytes"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// CaseLine is the clear part of a case, which a list of many thousands can be
// searched by. What a resident wrote is not in it.
type CaseLine struct {
	ID           syncproto.DossierID
	Slip         dossier.Slip
	OfficialCode string
	Procedure    string
	State        string
	Revision     int64
}

// CaseLines calls each for the cases of a commune, newest first, until it says
// false. The callback must not use tx.
func (tx *Tx) CaseLines(commune string, each func(CaseLine) bool) error {
	err := tx.Each(`SELECT dossier, slip, official_code, procedure_code, state, revision FROM cases WHERE commune = ?
		ORDER BY received_at DESC, dossier DESC`, []any{commune}, func(scan func(...any) error) error {
		var l CaseLine
		var id []byte
		var slip string
		if err := scan(&id, &slip, &l.OfficialCode, &l.Procedure, &l.State, &l.Revision); err != nil {
			return err
		}
		l.ID, l.Slip = syncproto.DossierID(id), dossier.Slip(slip)
		if !each(l) {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

var errEnough = errors.New("no more rows are wanted")

// CountCases counts the cases of a commune by state.
func (tx *Tx) CountCases(commune string) (map[string]int, error) {
	counts := map[string]int{}
	err := tx.Each("SELECT state, count(*) FROM cases WHERE commune = ? GROUP BY state", []any{commune}, func(scan func(...any) error) error {
		var state string
		var n int
		err := scan(&state, &n)
		counts[state] = n
		return err
	})
	return counts, err
}

// CasesByID opens some cases of a commune, in the order of ids; one that is not
// there is left out.
func (tx *Tx) CasesByID(commune string, ids []syncproto.DossierID) ([]Case, error) {
	found := map[syncproto.DossierID]caseRow{}
	const atOnce = 500
	for rest := ids; len(rest) > 0; {
		n := min(atOnce, len(rest))
		var keys [][]byte
		for _, id := range rest[:n] {
			keys = append(keys, bytes.Clone(id[:]))
		}
		rest = rest[n:]
		err := tx.together(ask(tx, among{columns: caseColumns, table: "cases c", column: "c.dossier"}, commune, keys,
			func(scan func(...any) error) error {
				r, err := scanCase(commune, scan)
				found[r.ID] = r
				return err
			}))
		if err != nil {
			return nil, fmt.Errorf("reading cases: %w", err)
		}
	}
	cases := make([]Case, 0, len(ids))
	for _, id := range ids {
		r, there := found[id]
		if !there {
			continue
		}
		c, err := tx.openCase(r)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}
