//go:build testclock

package clock

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestShiftedWall(t *testing.T) {
	t.Cleanup(func() { ShiftWall("") })
	since := time.Now().Add(-time.Hour).Truncate(time.Second).UTC()
	file := filepath.Join(t.TempDir(), "wall")
	for _, c := range []struct {
		text string
		want time.Time
	}{
		{"", time.Now()},
		{"offset=-87660h", time.Now().Add(-87660 * time.Hour)},
		{"set=1970-01-01T00:00:01Z since=" + since.Format(time.RFC3339), time.Unix(3601, 0)},
		{"set=2036-02-07T06:28:16Z rate=0 since=" + since.Format(time.RFC3339), time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC)},
		{"rate=-1 since=" + since.Format(time.RFC3339), since.Add(-time.Hour)},
	} {
		if err := os.WriteFile(file, []byte(c.text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		ShiftWall("@" + file)
		if got := Wall(); got.Sub(c.want).Abs() > 30*time.Second {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
		if got := ReadMachine(); got.WallMS-Wall().UnixMilli() > 30_000 {
			t.Errorf("%q: the reading says %d", c.text, got.WallMS)
		}
	}
	a := ReadMachine()
	ShiftWall("boot=second")
	if b := ReadMachine(); a.Boot != "" && b.Boot == a.Boot {
		t.Error("the machine was started again and the readings say it was not")
	}
}
