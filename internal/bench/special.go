package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"bendo/internal/ledger"
	"bendo/internal/line"
	"bendo/internal/line/packet"
)

// bulk is an office whose agent uploads one large scan over a profile's line.
type bulk struct {
	*lab
	agent  *process
	ledger *ledger.Book
}

// newBulk files the bulk, raises the line and waits until the scan is under way.
func newBulk(ctx context.Context, profile line.Profile, c *cargo, o Options) (b *bulk, err error) {
	l, err := newLab(ctx, o)
	if err != nil {
		return nil, err
	}
	b = &bulk{lab: l}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if err := l.enrolled(ctx); err != nil {
		return nil, err
	}
	if err := l.file(ctx, c.folders(), c.Dossiers); err != nil {
		return nil, err
	}
	if b.ledger, err = l.book(ctx); err != nil {
		return nil, err
	}
	if err := l.line.Change(profile); err != nil {
		return nil, err
	}
	var ready struct{ Ready bool }
	if b.agent, err = l.start(ctx, l.line.Near(), &ready, l.program("agent"), "run", "--data", l.office(), "--json"); err != nil {
		return nil, err
	}
	_, err = b.progress(ctx, c.scanBytes(), time.Minute)
	return b, err
}

func (b *bulk) close() (err error) {
	if b.agent != nil {
		err = b.agent.stop()
	}
	if b.ledger != nil {
		err = errors.Join(err, b.ledger.Close())
	}
	return errors.Join(err, b.lab.close())
}

// left is the bytes of scans the province has not acknowledged, as the agent wrote it down.
func (b *bulk) left(ctx context.Context) (int64, error) {
	t, err := b.ledger.Totals(ctx)
	return t.Bytes, err
}

// progress waits until less than these bytes are left, and says how long that took.
func (b *bulk) progress(ctx context.Context, than int64, patience time.Duration) (time.Duration, error) {
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		left, err := b.left(ctx)
		switch {
		case err != nil:
			return 0, err
		case left < than:
			return time.Since(begun), nil
		case time.Since(begun) > patience || ctx.Err() != nil:
			return 0, fmt.Errorf("no byte was acknowledged for %v", patience)
		}
	}
}

// measureCold carries one record over a line without loss. The portal had it half a round trip before
// the answer was back; when the office's first packet left, the agent had long been started.
func measureCold(ctx context.Context, row Row, c *cargo, o Options, r *Result) error {
	if err := carryOurs(ctx, row, c, o, r); err != nil || !r.Done {
		return err
	}
	profile, _ := line.Named(row.Profile)
	r.RTTs = (r.Records-r.Counts.First.Seconds())/profile.MeanRTT().Seconds() + 0.5
	return nil
}

const (
	warmUp      = 15 * time.Second // until rate and chunk size have settled
	urgentEvery = 4 * time.Second
	urgentTimes = 40
)

// measureUrgent files a dossier without scans every few seconds while the bulk runs.
func measureUrgent(ctx context.Context, row Row, c *cargo, o Options, r *Result) (err error) {
	profile, _ := line.Named(row.Profile)
	profile.Seed = r.Seed
	b, err := newBulk(ctx, profile, c, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	time.Sleep(warmUp)
	before, err := b.look(ctx)
	if err != nil {
		return err
	}
	begun := time.Now()
	fresh := filepath.Join(b.dir, "fresh")
	for i := range urgentTimes {
		dir := filepath.Join(fresh, fmt.Sprint(i))
		if err := writeDossier(filepath.Join(dir, "0"), 990_000+uint64(i), nil); err != nil {
			return err
		}
		if err := b.file(ctx, dir, 1); err != nil {
			return err
		}
		time.Sleep(time.Until(begun.Add(time.Duration(i+1) * urgentEvery)))
	}
	after, err := b.look(ctx)
	if err != nil {
		return err
	}
	lasted := time.Since(begun)
	time.Sleep(4 * urgentEvery) // the last ones arrive
	final, err := b.look(ctx)
	if err != nil {
		return err
	}
	r.Counts = b.line.Counts()
	r.Urgent, err = latency(final, before)
	if err == nil {
		r.Done, r.All = true, lasted.Seconds()
		r.Urgent.Share = float64(after.bytes-before.bytes) * 8 / (float64(profile.RateUp) * lasted.Seconds())
	}
	return err
}

func latency(now, before province) (*Latency, error) {
	var waits []float64
	for reference, w := range now.waits {
		if _, old := before.waits[reference]; !old {
			waits = append(waits, w.received.Sub(w.filed).Seconds())
		}
	}
	if len(waits) < urgentTimes {
		return nil, fmt.Errorf("%d of %d fresh dossiers arrived", len(waits), urgentTimes)
	}
	return &Latency{N: len(waits), P50: percentile(waits, 0.5), P95: percentile(waits, 0.95), Max: percentile(waits, 1)}, nil
}

// cutsFor are the lengths of the cuts after which the first acknowledged byte is waited for.
var cutsFor = []time.Duration{10 * time.Second, 60 * time.Second, 120 * time.Second}

// measureRecovery cuts the line under a running bulk and takes the time from the line's return until
// the office knows of one more byte.
func measureRecovery(ctx context.Context, row Row, c *cargo, o Options, r *Result) (err error) {
	profile, _ := line.Named(row.Profile)
	profile.Seed = r.Seed
	for _, mode := range []line.CutMode{line.Hold, line.Reset, line.Blackhole} {
		if strings.HasSuffix(row.Name, "/"+mode.String()) {
			profile.OnCut = mode
		}
	}
	b, err := newBulk(ctx, profile, c, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	r.Recover = map[string]float64{}
	for _, lasts := range cutsFor {
		time.Sleep(warmUp)
		b.line.Cut()
		time.Sleep(lasts)
		left, err := b.left(ctx)
		if err != nil {
			return err
		}
		took, err := b.comeBack(ctx, left, profile.MeanRTT())
		if err != nil {
			return fmt.Errorf("after a cut of %v: %w", lasts, err)
		}
		r.Recover[lasts.String()] = took.Seconds()
	}
	r.Counts, r.Done = b.line.Counts(), true
	return nil
}

// comeBack restores the line and waits for progress. What the agent writes down sooner than one round trip
// was acknowledged before the cut and does not count.
func (b *bulk) comeBack(ctx context.Context, left int64, rtt time.Duration) (time.Duration, error) {
	b.line.Restore()
	for restored := time.Now(); ; {
		if _, err := b.progress(ctx, left, 3*time.Minute); err != nil {
			return 0, err
		}
		if took := time.Since(restored); took > rtt {
			return took, nil
		}
		var err error
		if left, err = b.left(ctx); err != nil {
			return 0, err
		}
	}
}

// congestion names what both ends use.
func congestion(l *packet.Line) string {
	name, err := l.Near().Congestion()
	if err != nil {
		return "unknown"
	}
	return name
}
