package sim

import (
	"context"
	"strings"
	"time"
)

// String lists mishaps by name.
func (m Mishap) String() string {
	var names []string
	for i, name := range mishapNames {
		if m&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// Smaller makes a failing run small: the office alone, then the shortest length that
// fails, then one kind of bad luck less after the other. The trace of what is left is
// the shortest prefix anyhow: a run ends at the first promise that breaks. Every step is
// kept only if the run still fails.
func Smaller(ctx context.Context, o Options, r Report) (Options, Report) {
	begun := time.Now()
	try := func(change func(*Options)) bool {
		if time.Since(begun) > 2*time.Minute {
			return false // a full seed takes its time; what is small enough by then is shown
		}
		next := o
		change(&next)
		again, err := Run(ctx, next)
		if err != nil || len(again.Broken) == 0 {
			return false
		}
		o, r = next, again
		return true
	}
	if n := r.Broken[0].Office; n > 0 && o.Only == 0 {
		try(func(x *Options) { x.Only = n })
	}
	day := 24 * time.Hour
	for _, length := range []time.Duration{2 * day, 3 * day, 5 * day, 9 * day, 15 * day} {
		if length < o.Length && try(func(x *Options) { x.Length = length }) {
			break
		}
	}
	for i := range mishapNames {
		if m := Mishap(1) << i; o.Without&m == 0 {
			try(func(x *Options) { x.Without |= m })
		}
	}
	return o, r
}
