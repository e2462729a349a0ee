//go:build linux

package herd

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// seed gives the run's seed and prints it; BENDO_SEED repeats one.
func seed(t *testing.T) uint64 {
	n := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("BENDO_SEED"), 10, 64); err == nil {
		n = given
	}
	t.Logf("seed %d", n)
	return n
}

// offices makes machines, each of its own commune, with a backlog of dossiers, of which every fourth
// has a scan.
func (p *province) offices(t *testing.T, n, backlog int) []*office {
	dir := memoryDir(t)
	all := make([]*office, n)
	var group sync.WaitGroup
	turn := make(chan struct{}, 4)
	for i := range all {
		all[i] = p.newOffice(t, fmt.Sprintf("%05d", 20000+i), filepath.Join(dir, fmt.Sprint(i)))
		group.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			for k := range backlog {
				scan := 0
				if k%4 == 0 {
					scan = 20_000 + int(drawn(60_000))
				}
				all[i].file(t, scan)
			}
		})
	}
	group.Wait()
	return all
}

// come lets all machines carry at once, and judges what is at the province afterwards.
func (p *province) come(t *testing.T, all []*office, while func(ctx context.Context)) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	times := &timings{}
	var group, beside sync.WaitGroup
	before, began := p.used(), time.Now()
	for _, o := range all {
		group.Go(func() {
			if err := o.carry(ctx, p, times); err != nil || !o.ended {
				t.Errorf("machine of %s: ended %v, %v", o.commune, o.ended, err)
			}
			o.took = time.Since(began)
		})
	}
	over, end := context.WithCancel(ctx)
	beside.Go(func() {
		for over.Err() == nil {
			for _, x := range p.processes {
				x.measure()
			}
			pause(over, 100*time.Millisecond)
		}
	})
	if while != nil {
		beside.Go(func() { while(over) })
	}
	group.Wait()
	whole, spent := time.Since(began), p.used().since(before)
	end()
	beside.Wait()
	p.judge(t, all)
	var took []time.Duration
	for _, o := range all {
		took = append(took, o.took)
	}
	slices.Sort(took)
	median, last := took[len(took)/2], took[len(took)-1]
	t.Logf("%d machines came at once; all at rest after %v; of one: median %v, last %v (%.2f × the median)",
		len(all), whole.Round(time.Millisecond), median.Round(time.Millisecond), last.Round(time.Millisecond), last.Seconds()/median.Seconds())
	t.Logf("exchanges %s; appends %s; not answered %v", percentiles(times.sync), percentiles(times.append), times.failed)
	t.Log(spent)
	for i, x := range p.processes {
		t.Logf("portal %d: memory at most %d MB", i+1, x.peak>>10)
		if x.peak > 400<<10 {
			t.Errorf("portal %d grew to %d MB", i+1, x.peak>>10)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (p *province) judge(t *testing.T, all []*office) {
	t.Helper()
	var communes []string
	for _, o := range all {
		communes = append(communes, o.commune)
		if cases, complete := p.counted(o.commune); cases != o.filed || complete != o.filed {
			t.Errorf("commune %s filed %d: %d at the province, %d complete", o.commune, o.filed, cases, complete)
		}
	}
	p.intact(communes)
}

// TestHerd: after an outage of the province all its machines return at once, each with a backlog.
// Everybody's is taken, once and whole, and the portal's memory does not grow with the crowd (I27).
func TestHerd(t *testing.T) {
	seed(t)
	p := newProvince(t, 1)
	p.come(t, p.offices(t, machines(size(12, 300)), size(6, 20)), nil)
}

// TestManyPortals: several processes serve one database and one directory of scans (T13, I1, I3, I6,
// I9, I10, I11).
func TestManyPortals(t *testing.T) {
	s := seed(t)
	p := newProvince(t, size(2, 4))
	t.Run("takeover", func(t *testing.T) { takeover(t, p) })
	t.Run("wake", func(t *testing.T) { wake(t, p) })
	t.Run("killed", func(t *testing.T) { killed(t, p, rand.New(rand.NewPCG(s, 1))) })
}

// killed: processes die and begin again while machines carry. Every dossier is there once, every log
// without a gap, every cursor is its rows.
func killed(t *testing.T, p *province, chance *rand.Rand) {
	kills := 0
	all := p.offices(t, size(8, 60), size(8, 60))
	p.come(t, all, func(ctx context.Context) {
		for ctx.Err() == nil {
			pause(ctx, time.Duration(100+chance.IntN(900))*time.Millisecond)
			if ctx.Err() != nil {
				return
			}
			x := p.processes[chance.IntN(len(p.processes))]
			x.kill(syscall.SIGKILL)
			kills++
			pause(ctx, time.Duration(chance.IntN(300))*time.Millisecond)
			p.start(x)
		}
	})
	t.Logf("%d processes, %d kills", len(p.processes), kills)
}
