//go:build testclock

package clock

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// This file exists in programs of the torture tests only (go build -tags testclock). It lets a
// test give the machine a wrong wall clock, also while the programs run; a release does not
// contain a byte of it, which a test of this room proves.

// shift is the text of BENDO_TEST_WALL; empty: the wall clock is right.
var shift atomic.Pointer[string]

// ShiftWall sets the wrong clock and returns it. The text is a list of words, or @FILE with a file
// that holds them and is read again at every look:
//
//	set=TIME       the wall clock shows this (RFC 3339) at the true time since=
//	since=TIME     needed beside set and rate: two programs must agree when it began
//	rate=NUMBER    how fast it runs from there; 0 is frozen, -1 runs backwards; default 1
//	offset=SPAN    added to all of it, such as -87660h
//	boot=WORD      the machine was started again: readings of other words are of other boots
//
// Words that cannot be read panic: a test with a right clock would prove nothing.
func ShiftWall(text string) string {
	shift.Store(&text)
	ReadMachine()
	return text
}

type wrong struct {
	set, since int64 // unix ms
	rate       float64
	offset     time.Duration
	boot       string
}

func present() wrong {
	w := wrong{rate: 1}
	p := shift.Load()
	if p == nil || *p == "" {
		return w
	}
	text := *p
	if file, is := strings.CutPrefix(text, "@"); is {
		b, err := os.ReadFile(file)
		if err != nil {
			panic(fmt.Sprintf("the test's clock: %v", err))
		}
		text = string(b)
	}
	for _, word := range strings.Fields(text) {
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "set":
			w.set, err = moment(value) // 1970-01-01T00:00:00Z is 0, which is "not set": say one second later
		case "since":
			w.since, err = moment(value)
		case "rate":
			w.rate, err = strconv.ParseFloat(value, 64)
		case "offset":
			w.offset, err = time.ParseDuration(value)
		case "boot":
			w.boot = value
		default:
			err = fmt.Errorf("unknown")
		}
		if err != nil {
			panic(fmt.Sprintf("the test's clock: word %q: %v", word, err))
		}
	}
	if (w.set != 0 || w.rate != 1) && w.since == 0 {
		panic("the test's clock: set and rate need since")
	}
	if w.set == 0 && w.rate != 1 {
		w.set = w.since
	}
	return w
}

func moment(s string) (int64, error) {
	t, err := time.Parse(time.RFC3339, s)
	return t.UnixMilli(), err
}

func (w wrong) wall(trueMS int64) int64 {
	return w.set + int64(float64(trueMS-w.since)*w.rate) + w.offset.Milliseconds()
}

// Wall is the machine's wall clock, as wrong as the test says.
func Wall() time.Time { return time.UnixMilli(present().wall(time.Now().UnixMilli())) }

// ReadMachine looks at the machine's clocks, as wrong as the test says.
func ReadMachine() Reading {
	r, w := readMachine(), present()
	r.WallMS = w.wall(time.Now().UnixMilli())
	if w.boot != "" {
		r.Boot += "/" + w.boot
	}
	return r
}
