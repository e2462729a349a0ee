package processes

import (
	"math/rand/v2"
	"testing"

	"bendo/portal/store/storetest"
)

// TestSmokeDatabaseCrashes files and carries while PostgreSQL crashes and comes back, its sessions are
// cancelled and ended in the middle of the intake, and the portal dies (T13). Afterwards the cursor of
// the log is its rows: no gap, none twice (I2, I3). BENDO_TORTURE=full makes it 1,000 blows.
func TestSmokeDatabaseCrashes(t *testing.T) {
	t.Parallel() // it waits more than it works
	blows := 12
	if full() {
		blows = 1000
	}
	server, address := storetest.OwnServer(t)
	seed := seedOf(t)
	s := stormOf(t, seed, "--database", address)
	s.portal.lenient = true
	chance := rand.New(rand.NewPCG(seed, 13))
	s.strike = func() (string, error) {
		switch n := chance.IntN(10); {
		case n < 2:
			server.Crash()
			server.Begin()
			return "PostgreSQL crashed", nil
		case n < 3:
			server.Crash()
			err := s.portal.kill() // it is started again while the database is away
			server.Begin()
			return "PostgreSQL crashed and the portal died", err
		case n < 5:
			return "portal killed", s.portal.kill()
		case n < 6:
			return "sessions killed", server.KillSession()
		default:
			return "statements cancelled", server.CancelAll()
		}
	}
	s.run(blows)
}
