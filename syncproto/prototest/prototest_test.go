package prototest

import (
	"flag"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"bendo/syncproto"
)

// A portal at an address can be checked with
//
//	go test ./syncproto/prototest -run TestAddress -args -portal=https://HOST:PORT -code=XXXX-…
//
// Several codes, separated by commas, let the suite look at neighbours too.
var (
	portalFlag = flag.String("portal", "", "address of a portal to check")
	codeFlag   = flag.String("code", "", "enrolment codes for it, separated by commas")
	bugFlag    = flag.Int("bug", 0, "plant this bug into the memory portal (used by TestSuiteCatchesPlantedBugs)")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memoryTarget serves a Memory and gives everything the suite can use.
func memoryTarget(t *testing.T, o MemoryOptions) (Target, *Memory) {
	t.Helper()
	m, err := NewMemory(o)
	must(t, err)
	srv, err := Listen(m, m.Authority(), nil)
	must(t, err)
	t.Cleanup(srv.Close)
	ref := m.AddObject("pack", "base", "1", []byte(strings.Repeat("gói biểu mẫu ", 2_000)))
	newCode := func(t *testing.T, life time.Duration) syncproto.Code {
		c, err := m.NewCode(life)
		must(t, err)
		return c
	}
	return Target{
		Base:        srv.URL,
		Code:        func(t *testing.T) (syncproto.Code, bool) { return newCode(t, time.Hour), true },
		ExpiredCode: func(t *testing.T) syncproto.Code { return newCode(t, -time.Hour) },
		Restart:     func(*testing.T) { m.Restart() },
		Revoke:      func(_ *testing.T, id syncproto.DeviceID) { m.Revoke(id) },
		Object:      &ref,
	}, m
}

func TestMemory(t *testing.T) {
	target, _ := memoryTarget(t, MemoryOptions{Bug: Bug(*bugFlag)})
	Run(t, target)
}

func TestMemoryOverHTTP1(t *testing.T) {
	target, _ := memoryTarget(t, MemoryOptions{})
	target.HTTP1 = true
	Run(t, target)
}

// TestBareTarget: an address and one code must be enough; the rest is skipped.
func TestBareTarget(t *testing.T) {
	full, _ := memoryTarget(t, MemoryOptions{})
	given := false
	Run(t, Target{Base: full.Base, Code: func(t *testing.T) (syncproto.Code, bool) {
		if given {
			return syncproto.Code{}, false
		}
		given = true
		return full.Code(t)
	}})
}

// caughtBy names, for each bug, the test that must be the first to fail.
var caughtBy = map[Bug]string{
	AckBeforeStoring: "I2/Push/what_was_acknowledged_survives",
	ForgetsOnRestart: "I2/Push/what_was_acknowledged_survives",
	CompletesOnEOF:   "Blob/",
	TakesGaps:        "I3/Push/a_gap",
	Overwrites:       "I4/Push/other_bytes",
	SkipsDigest:      "I9/Blob/bytes_with_the_wrong_digest",
	DropsPoison:      "I13/Push/poison",
	ReceiptTooEarly:  "I9,I12/Blob/pieces",
	AnyHello:         "Hello/another_key",
	LetsGhostsWrite:  "I11/Blob/an_older_session",
}

// TestSuiteCatchesPlantedBugs proves that the suite looks: with each bug planted
// the very same run must fail, and at the test that is there for it. It runs this
// test binary again, because a failing subtest cannot be taken back.
func TestSuiteCatchesPlantedBugs(t *testing.T) {
	for bug := AckBeforeStoring; bug <= LetsGhostsWrite; bug++ {
		t.Run(bug.String(), func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestMemory$", "-test.failfast", "-bug="+strconv.Itoa(int(bug)))
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("the suite passed a portal that %s", bug)
			}
			want := "--- FAIL: TestMemory/"
			_, first, found := strings.Cut(string(out), want)
			first, _, _ = strings.Cut(first, "\n")
			if !found || !strings.Contains(first, caughtBy[bug]) {
				t.Fatalf("want the first failure at %q:\n%s", caughtBy[bug], out)
			}
			t.Log("caught by " + first)
		})
	}
}

func TestAddress(t *testing.T) {
	if *portalFlag == "" {
		t.Skip("MISSING: -portal and -code, so no portal at an address was checked")
	}
	codes := strings.Split(*codeFlag, ",")
	Run(t, Target{Base: *portalFlag, Code: func(t *testing.T) (syncproto.Code, bool) {
		if len(codes) == 0 {
			return syncproto.Code{}, false
		}
		c, err := syncproto.ParseCode(codes[0])
		must(t, err)
		codes = codes[1:]
		return c, true
	}})
}
