package prototest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// pushed is one exchange of a concurrent history: a batch first…last (none: 0)
// and the applied seq of its answer.
type pushed struct{ first, last uint64 }

type acked struct {
	applied uint64
	gap     bool // answered correction/seq
}

// logModel is the portal's log as one number: what a batch may do to it.
var logModel = porcupine.Model{
	Step: func(state, input, output any) (bool, any) {
		applied, in, out := state.(uint64), input.(pushed), output.(acked)
		if in.first > applied+1 {
			return out.gap && out.applied == applied, applied
		}
		next := max(applied, in.last)
		return !out.gap && out.applied == next, next
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
}

var concurrentTests = []test{
	{"I25/Push/acks of concurrent sessions fit one order", func(t *testing.T, s *suite) {
		start := uint64(len(s.p.Events))
		for range 24 {
			s.p.Add("note", []byte(`{}`))
		}
		history := s.race(t, start, 4, 25)
		model := logModel
		model.Init = func() any { return start }
		if !porcupine.CheckOperations(model, history) {
			t.Fatalf("no order explains the %d answers", len(history))
		}
		s.p.Ok(t, s.p.Request())
		s.p.PushAll(t)
	}},
}

// race lets several sessions of one device push random pieces of the same log.
func (s *suite) race(t *testing.T, start uint64, sessions, each int) []porcupine.Operation {
	t.Helper()
	if s.p.Session == nil {
		s.p.Ok(t, s.p.Request())
	}
	var mu sync.Mutex
	var history []porcupine.Operation
	var wg sync.WaitGroup
	began := time.Now()
	failures := make(chan error, sessions)
	for c := range sessions {
		peer := *s.p
		peer.random = newStream(fmt.Sprint(t.Name(), c))
		peer.Connect(t, s.Base, synchttp.Trust{CA: s.p.Answer.CA})
		ctx := peer.ctx(t)
		random := rand.New(rand.NewPCG(uint64(c), 25))
		wg.Go(func() {
			for range each {
				first := start + 1 + random.Uint64N(20)
				op := pushed{first, first + random.Uint64N(4)}
				call := time.Since(began).Nanoseconds()
				out, err := peer.pushPiece(ctx, op)
				if err != nil {
					failures <- err
					return
				}
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: c, Input: op, Output: out, Call: call, Return: time.Since(began).Nanoseconds()})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	close(failures)
	for err := range failures {
		t.Fatal(err)
	}
	return history
}

func (p *Peer) pushPiece(ctx context.Context, op pushed) (acked, error) {
	b, err := syncproto.SealBatch(p.Log(), op.first, p.Heads[op.first-1], p.Events[op.first-1:op.last], p.Key, p.dict)
	if err != nil {
		return acked{}, err
	}
	req := p.Request(b)
	req.Hello.Generation = 0 // whatever happens, tell the ack
	resp, err := p.Client.Sync(ctx, req)
	if err != nil {
		return acked{}, err
	}
	if resp.Ack == nil {
		return acked{}, errors.New("no ack although none is held")
	}
	if err := resp.Ack.Verify(p.PortalKey()); err != nil {
		return acked{}, err
	}
	gap := resp.Problem(syncproto.Correction)
	if len(resp.Problems) > 0 && (gap == nil || gap.Code != syncproto.CodeSeq) {
		return acked{}, &resp.Problems[0]
	}
	return acked{applied: resp.Ack.Applied, gap: gap != nil}, nil
}
