package line

import (
	"strings"
	"testing"
	"time"
)

func TestProfileCheck(t *testing.T) {
	for name, c := range map[string]struct {
		p    Profile
		want string
	}{
		"zero is perfect":   {Profile{}, ""},
		"negative rate":     {Profile{RateUp: -1}, "rate is negative"},
		"jitter over delay": {Profile{Delay: 1, Jitter: 2}, "jitter"},
		"certain loss":      {Profile{Loss: 1}, "loss"},
		"half a period":     {Profile{CutEvery: time.Second}, "periodic"},
		"all of the period": {Profile{CutEvery: time.Second, CutFor: time.Second}, "periodic"},
		"burst too short":   {Profile{Loss: 0.8, Burst: 2}, "bursts"},
		"bursts":            {Profile{Loss: 0.02, Burst: 4}, ""},
		"overlapping cuts":  {Profile{Cuts: []Cut{{At: 5, For: 5}, {At: 1, For: 5}}}, "overlaps"},
		"empty cut":         {Profile{Cuts: []Cut{{At: 5}}}, "empty"},
		"unknown mode":      {Profile{OnCut: 9}, "CutMode(9)"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.p.Check()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestNamedProfilesAreSound(t *testing.T) {
	if len(Names()) < 14 {
		t.Errorf("only %d profiles", len(Names()))
	}
	for _, name := range Names() {
		p, ok := Named(name)
		if !ok {
			t.Errorf("no profile %q", name)
		}
		if err := p.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok := Named("carrier pigeon"); ok {
		t.Error("an unknown name was found")
	}
}

func TestWireEstimate(t *testing.T) {
	c := Counts{Connections: 1, Up: Flow{Bytes: 14480, Segments: 10, Repeated: 1500}, Down: Flow{Bytes: 100, Segments: 1}}
	up, down := c.Wire()
	if want := int64(14480 + 10*52 + 1500 + 52 + 60 + 104); up != want {
		t.Errorf("up %d, want %d", up, want)
	}
	if want := int64(100 + 52 + 5*52 + 60 + 104); down != want {
		t.Errorf("down %d, want %d", down, want)
	}
	if c.Payload() != 14580 {
		t.Errorf("payload %d", c.Payload())
	}
}
