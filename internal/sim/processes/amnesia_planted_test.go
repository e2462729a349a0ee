package processes

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"bendo/portal/store"
)

// TestSmokeAmnesiaSeesPlantedBugs: what the comparisons of a restore are for must not pass them. The
// words are planted in what was read; the two bugs of a portal are planted in its database, and real
// programs make the damage.
func TestSmokeAmnesiaSeesPlantedBugs(t *testing.T) {
	t.Parallel()
	a := newAmnesia(t, seedOf(t))
	slips := a.filed(3)
	a.sync()
	a.takenIn(true, slips[0])
	st, err := a.status()
	a.check(err)
	list, err := a.list()
	a.check(err)
	generation := a.report().Generation
	codes := a.officialCodes()
	wrongs(t, slices.Concat(falseGreen(st, list, generation), allGreen(st, slips), sameCodes(codes, a.codes)))

	t.Run("in what was read", func(t *testing.T) {
		without := slices.DeleteFunc(slices.Clone(list), func(d listed) bool { return d.Slip == slips[1] })
		sees(t, "green on a dossier the province lost", falseGreen(st, without, generation), "is green and the province has not every byte")
		partial := slices.Clone(list)
		partial[0].Attachments = slices.Clone(partial[0].Attachments)
		partial[0].Attachments[0].Complete = false
		sees(t, "green on a dossier that lacks a scan", falseGreen(st, partial, generation), "is green and the province has not every byte")
		stuck := st
		stuck.Dossiers = slices.Clone(st.Dossiers)
		stuck.Dossiers[0].Acks = map[string]*int64{}
		sees(t, "a dossier that stays amber", allGreen(stuck, slips), "is not green")
		twice := maps.Clone(codes)
		twice[slips[1]] = twice[slips[0]]
		sees(t, "a code on two dossiers", sameCodes(twice, a.codes), "stands on slips")
		gone := maps.Clone(codes)
		gone[slips[0]] = ""
		sees(t, "a code that somebody was told and is gone", sameCodes(gone, a.codes), "was told code")
	})
	t.Run("a client that keeps green", func(t *testing.T) {
		// A portal that forgets and keeps its generation makes every machine such a client.
		a.check(a.agent.end())
		a.alter(t, `DELETE FROM cases WHERE slip = (SELECT MIN(slip) FROM cases)`)
		st, err := a.status()
		a.check(err)
		list, err := a.list()
		a.check(err)
		sees(t, "a portal forgot and its generation did not rise", falseGreen(st, list, a.report().Generation), "does not have it")
	})
	t.Run("a portal that holds no codes", func(t *testing.T) {
		// The last code was drawn after the backup; nobody has echoed; the hold is broken.
		a.alter(t, `DELETE FROM official_numbers`)
		a.must("", nil, "portal", "restore")
		a.must("", nil, "portal", "restore", "--release", commune, "--by", officer)
		left := slices.DeleteFunc(slices.Clone(slips[1:]), func(slip string) bool { return a.officialCodes()[slip] != "" || !a.there(slip) })
		if len(left) == 0 {
			t.Fatal("no dossier is left to take in")
		}
		a.takenIn(false, left[0])
		have := a.officialCodes()
		have[slips[0]] = a.codes[slips[0]]
		sees(t, "a number drawn again", sameCodes(have, a.codes), "stands on slips")
	})
}

func (a *amnesia) there(slip string) bool {
	_, there := a.officialCodes()[slip]
	return there
}

// alter changes the province's rows beside the running portal.
func (a *amnesia) alter(t *testing.T, sql string) {
	t.Helper()
	db, err := a.openStore(t.Context())
	a.check(err)
	defer db.Close()
	a.check(db.Write(t.Context(), func(tx *store.Tx) error {
		n, err := tx.Exec(sql)
		if err == nil && n == 0 {
			t.Errorf("%q changed nothing", strings.Fields(sql)[0])
		}
		return err
	}))
}
