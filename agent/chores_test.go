package agent

import (
	"context"
	"errors"
	"testing"

	"bendo/syncproto"
)

// house counts what is asked of a book of five events.
type house struct {
	expired, swept, folded int
	read                   []byte
	broken                 error
}

func (h *house) ExpireDrafts(context.Context) (int, error) { h.expired++; return 0, h.broken }
func (h *house) Checkpoint(context.Context) error          { h.folded++; return nil }
func (h *house) Sweep(context.Context) (int, error)        { h.swept++; return 0, nil }

func (h *house) Scrub(_ context.Context, after syncproto.EventID, _ int) (int, syncproto.EventID, error) {
	if after[0] == 5 {
		return 0, after, nil
	}
	after[0]++
	h.read = append(h.read, after[0])
	return 1, after, nil
}

func TestChoresReadTheWholeBookAgainAndAgain(t *testing.T) {
	h := &house{}
	shelves := 0
	c := chores{book: h, objects: func(context.Context) error { shelves++; return nil }}
	for range 2 * sweepEvery {
		if err := c.do(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if h.expired != 2*sweepEvery || h.folded != 2*sweepEvery || h.swept != 2 || shelves != 2 {
		t.Errorf("in two days: %+v", h)
	}
	if len(h.read) != 2*sweepEvery*5/6 || h.read[5] != 1 || h.read[4] != 5 {
		t.Errorf("read %v", h.read)
	}
	h.broken = errors.New("disk")
	if err := c.do(t.Context()); !errors.Is(err, h.broken) || h.folded != 2*sweepEvery+1 {
		t.Errorf("one chore that fails stops the others, or is not told: %v", err)
	}
}
