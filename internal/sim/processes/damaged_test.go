package processes

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bendo/internal/sqlitedb"
)

// TestSmokeDamagedEvent damages an event that the province has not: it and those behind it wait, the
// answers of the province go on coming, over the line and on a stick, which carries what stands before the
// damage and says what it does not. A rescue names the one, and those behind it arrive.
func TestSmokeDamagedEvent(t *testing.T) {
	t.Parallel()
	a := newAmnesia(t, seedOf(t))
	there := a.filed(2)
	a.sync()
	a.check(a.agent.end())
	before := a.filed(1)
	lost := a.filed(1)
	behind := a.filed(2)
	a.damageEvent(4)

	a.takenIn(false, there[0])
	stick := filepath.Join(a.dir, "usb")
	a.check(os.Mkdir(stick, 0o700))
	a.carriedWithDamage(stick)
	a.stands(slices.Concat(there, before)...)
	a.check(until("the stick brings the answer", func() (bool, error) { return a.tookIn(there[0]) }))

	a.takenIn(false, there[1])
	a.agent = a.runAgent()
	a.check(until("the line brings the answer although an event is damaged", func() (bool, error) { return a.tookIn(there[1]) }))
	a.check(a.agent.end())
	a.stands(slices.Concat(there, before)...)

	var d diagnosis
	r, err := a.run("", nil, "agent", a.at("agent", "doctor", "--salvage", "--json")...)
	a.check(err)
	a.check(oneValue(r.out, &d))
	if r.code != 0 || d.Rescue == nil || len(d.Rescue.Lost) != 1 || d.Rescue.Lost[0].Acked {
		t.Fatalf("the rescue must name slip %v: %v", lost, r)
	}
	a.sync()
	a.stands(slices.Concat(there, before, behind)...)
	a.endAll()
}

// damageEvent turns a bit in the row of an event of the book.
func (a *amnesia) damageEvent(seq int) {
	a.t.Helper()
	db, err := sqlitedb.Open(a.t.Context(), filepath.Join(a.office(), "book.db"), sqlitedb.Options{})
	a.check(err)
	defer db.Close()
	a.check(db.Write(a.t.Context(), func(tx *sql.Tx) error {
		r, err := tx.ExecContext(a.t.Context(), `UPDATE event SET at = at + 1 WHERE seq = ? AND epoch IS NOT NULL`, seq)
		if n, _ := r.RowsAffected(); err == nil && n != 1 {
			err = fmt.Errorf("%d rows have number %d", n, seq)
		}
		return err
	}))
}

// carriedWithDamage takes the stick there and back.
func (a *amnesia) carriedWithDamage(stick string) {
	a.t.Helper()
	r, err := a.run("", nil, "agent", a.at("agent", "bundle", "out", stick, "--json")...)
	a.check(err)
	if said := string(r.out) + string(r.log); !strings.Contains(said, "damaged") {
		a.t.Errorf("nobody is told that the stick lacks what is damaged: %v", r)
	}
	for _, args := range [][]string{{"portal", "bundle", "in"}, {"portal", "bundle", "out"}, {"agent", "bundle", "in"}} {
		r, err := a.run("", nil, args[0], a.at(args[0], "bundle", args[2], stick, "--json")...)
		a.check(err)
		if r.code != 0 {
			a.t.Fatalf("%v: %v", args, r)
		}
	}
}

// stands wants exactly these slips at the province.
func (a *amnesia) stands(slips ...string) {
	a.t.Helper()
	list, err := a.list()
	a.check(err)
	have := []string{}
	for _, d := range list {
		have = append(have, d.Slip)
	}
	slices.Sort(have)
	slices.Sort(slips)
	if !slices.Equal(have, slips) {
		a.t.Errorf("the province has %v, wanted are %v", have, slips)
	}
}

func (a *amnesia) tookIn(slip string) (bool, error) {
	st, err := a.status()
	i := slices.IndexFunc(st.Dossiers, func(d acknowledged) bool { return d.Slip == slip })
	return i >= 0 && st.Dossiers[i].Acks["officer_took_in"] != nil, err
}
