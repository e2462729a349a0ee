package agent

import (
	"context"
	"testing"
	"time"
	"strings"
	"bendo/internal/line"
)

func TestZZLine(t *testing.T) {
	for _, m := range []line.CutMode{line.Reset, line.Blackhole} {
		pr, _ := line.Named("2gcuts")
		pr.OnCut = m
		name := m.String()
		p := newProvince(t)
		l := &line.Line{Listen: "127.0.0.1:0", Target: strings.TrimPrefix(p.URL, "https://"), Profile: pr}
		if err := l.Open(); err != nil { t.Fatal(err) }
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		o := newOffice(t)
		if _, err := o.Enrol(t.Context(), "https://"+l.Addr(), p.code(t)); err != nil { t.Fatal(err) }
		for i := 1; i <= 3; i++ { file(t, o, i) }
		began := time.Now()
		c2, cancel := context.WithTimeout(t.Context(), 200*time.Second)
		err := o.SyncUntilEmpty(c2, nil)
		cancel()
		st, _ := o.Status(t.Context(), "", time.Now())
		up, down := l.Counts().Wire()
		t.Logf("%s: %v %v up %d down %d line %+v", name, time.Since(began), err, up, down, st.Line)
		stop(); <-done
	}
}
