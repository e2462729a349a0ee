package synchttp

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// TestUrgencyEnds: every urgent request counts once, and a scan does not wait for ever.
func TestUrgencyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var u urgency
		first, second := u.begin(), u.begin()
		first()
		first() // told twice: once when it was written and once at its end
		over := u.over
		select {
		case <-over:
			t.Fatal("one of two was enough")
		default:
		}
		second()
		<-over
		u.wait(nil)
		stuck := u.begin()
		defer stuck()
		begun := time.Now()
		u.wait(nil)
		if took := time.Since(begun); took != yieldFor {
			t.Errorf("a scan waited %v for something that is never written", took)
		}
	})
}

// I17: while something urgent is being written no part of a scan goes between its frames.
func TestScanWaitsForWhatIsUrgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var u urgency
		end := u.begin()
		body := &small{r: bytes.NewReader(make([]byte, 10)), part: 10, urgency: &u}
		done := make(chan time.Time)
		go func() {
			_, _ = body.Read(make([]byte, 10))
			done <- time.Now()
		}()
		time.Sleep(time.Second)
		written := time.Now()
		end()
		if at := <-done; at.Before(written) {
			t.Error("a part of a scan went before what is urgent was written")
		}
	})
}

func TestParts(t *testing.T) {
	for _, c := range []struct {
		size int
		m    manner
		want int
	}{
		{15 << 10, steady, steadyPart}, {32 << 10, steady, steadyPart}, {64 << 10, steady, largePart},
		{8 << 10, careful, carefulPart}, {32 << 10, careful, carefulPart}, {64 << 10, careful, largePart},
		{4 << 10, brisk, leastPart}, {16 << 10, brisk, 2 << 10}, {32 << 10, brisk, 4 << 10}, {64 << 10, brisk, 8 << 10},
	} {
		if got := partOf(c.size, c.m); got != c.want {
			t.Errorf("parts of %d bytes, manner %d: %d, want %d", c.size, c.m, got, c.want)
		}
	}
}
