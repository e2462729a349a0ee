package processes

import (
	"errors"
	"math/rand/v2"
	"testing"

	"bendo/portal/store/storetest"
)

// TestSmokeDatabaseCrashes files and carries while PostgreSQL crashes and comes back, is killed without
// a word to its sessions, its sessions are cancelled and ended in the middle of the intake,
// transactions fail to serialize, and the portal dies (T13). Afterwards the cursor of
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
		switch n := chance.IntN(12); {
		case n < 1:
			err := server.Kill()
			server.Begin()
			return "PostgreSQL killed", err
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
		case n < 8:
			return conflict(server, s.agent)
		default:
			return "statements cancelled", server.CancelAll()
		}
	}
	s.run(blows)
	if n := server.Said("could not serialize access"); n == 0 && full() {
		t.Error("no transaction failed to serialize")
	} else {
		t.Logf("PostgreSQL refused %d transactions that it could not serialize", n)
	}
}

// conflict: the agent begins again and says hello, in a serializable transaction, while its own row
// is being changed.
func conflict(server *storetest.Server, agent *service) (string, error) {
	killed := make(chan error, 1)
	go func() { killed <- agent.kill() }()
	hit, err := server.Conflict("UPDATE devices SET suspected = suspected")
	what := "serialization failed"
	if !hit {
		what = "nobody to conflict with"
	}
	return what, errors.Join(err, <-killed)
}
