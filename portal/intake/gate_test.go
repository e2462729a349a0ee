package intake

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bendo/syncproto"
)

// The crowd waits in its order, bounded in number and time; whoever is sent away
// is told when to come again, each at another moment.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		ctx := context.Background()
		var held []func()
		for range gatePlaces {
			leave, err := g.enter(ctx)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, leave)
		}
		var mu sync.Mutex
		var order, away []int
		retry := map[uint32]bool{}
		for i := range gateWaiters + 40 {
			go func() {
				leave, err := g.enter(ctx)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					away = append(away, i)
					problem := syncproto.ProblemOf(err)
					if problem == nil || problem.Code != syncproto.CodeBusy || problem.RetryAfterS < 2 {
						t.Errorf("sent away with %v", err)
						return
					}
					retry[problem.RetryAfterS] = true
					return
				}
				order = append(order, i)
				leave()
				leave() // a second call gives no second place
			}()
			synctest.Wait()
		}
		if len(away) != 40 || away[0] != gateWaiters || len(order) != 0 {
			t.Fatalf("%d sent away from the %d-th on, %d let in", len(away), away[0], len(order))
		}
		if len(retry) < 5 {
			t.Errorf("40 machines were told to return at %d different times", len(retry))
		}
		held[0]()
		synctest.Wait()
		if len(order) != gateWaiters {
			t.Fatalf("%d of %d came through one place", len(order), gateWaiters)
		}
		for i, n := range order {
			if i != n {
				t.Fatalf("the %d-th to go in was the %d-th to come", i, n)
			}
		}
		// The place is free again; with all taken a newcomer's patience ends.
		again, err := g.enter(ctx)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := g.enter(ctx); !errors.Is(err, &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeBusy}) || time.Since(began) != gatePatience {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		again()
		for _, leave := range held[1:] {
			leave()
		}
	})
}

func TestOneMachineHasFewRequests(t *testing.T) {
	g := newGate()
	one, other := syncproto.DeviceID{1}, syncproto.DeviceID{2}
	var done []func()
	for range perDevice {
		d, err := g.admit(one)
		if err != nil {
			t.Fatal(err)
		}
		done = append(done, d)
	}
	if _, err := g.admit(one); !errors.Is(err, &syncproto.Problem{Kind: syncproto.Limit, Code: syncproto.CodeRate}) {
		t.Fatalf("one more: %v", err)
	}
	if _, err := g.admit(other); err != nil {
		t.Fatalf("a neighbour pays for it: %v", err)
	}
	for _, d := range done {
		d()
	}
	if _, err := g.admit(one); err != nil || len(g.devices) != 2 {
		t.Fatalf("afterwards: %v, %d counted", err, len(g.devices))
	}
}
