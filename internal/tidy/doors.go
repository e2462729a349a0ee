package tidy

import (
	"go/token"
	"slices"
	"strings"
)

// programs are the three that meet only on the road.
var programs = []string{"kiosk", "agent", "portal"}

// pure rooms decide; others do. They take the time and everything else as arguments.
var pure = []string{"internal/form", "internal/dossier", "internal/calendar", "internal/vietnam", "internal/feedback", "internal/finder", "internal/report"}

// floors orders our rooms: imports point down, so a room may import only rooms of a lower floor.
// A new room is given its floor in the change that adds it; so is a change of mind.
var floors = map[string]int{
	// ground: know nothing of ours
	"syncproto": 0, "internal/vietnam": 0, "internal/calendar": 0, "internal/durable": 0,
	"internal/feedback": 0, "internal/sound": 0, "internal/queue/plan": 0, "internal/line": 0, "internal/bell": 0, "internal/bounded": 0, "internal/tidy": 0, "frontend": 0,
	// the road over HTTP; pure domain; what lies directly on the disk
	"internal/carry": 1, "internal/carry/carrytest": 2, "internal/langpack": 1,
	"syncproto/synchttp": 1, "internal/line/packet": 1, "internal/form": 1, "internal/vietqr": 1, "internal/finder": 1, "internal/sqlitedb": 1, "internal/seal": 1, "internal/journal": 1,
	"syncproto/prototest": 2, "internal/clock": 2, "internal/dossier": 2, "internal/vault": 2, "internal/catalog": 2, "internal/staff": 2,
	"internal/paper": 3, "internal/queue": 3, "internal/till": 3, "internal/reconcile": 3, "internal/slipcheck": 3, "internal/catalog/sample": 3,
	"internal/report": 3, "internal/report/xlsx": 4,
	"internal/ledger": 4, "internal/officepaper": 4,
	// the programs' own rooms, inner ones first
	"agent/courier": 5, "agent/scanbox": 5, "agent/keeper": 5, "agent/updater": 5, "agent": 6,
	"kiosk/reply": 5, "kiosk/boot": 5, "kiosk/door": 5, "kiosk/printer": 5, "kiosk/voice": 5, "kiosk/voicenote": 5, "kiosk/scan": 5, "kiosk/codereader": 5, "kiosk/handscanner": 5, "kiosk/keyring": 5, "kiosk/counter": 6, "kiosk": 7, "kiosk/shell": 8,
	"portal/store": 5, "portal/fleet": 6, "portal/intake": 6, "portal/casework": 6, "portal/bundle": 7, "portal/bridge": 7, "portal/report": 7,
	"portal/web": 8, "portal": 9,
	// all three together, in tests and in the demonstration
	"internal/sim/powercut": 1, "internal/sim": 20, "internal/sim/herd": 21, "internal/demo": 20, "internal/bench": 20,
}

// outside packages have one owner each: whoever wants to exchange one finds its only door. The
// key is the import path or its beginning.
var owners = map[string][]string{
	"modernc.org":                   {"internal/sqlitedb"},
	"github.com/wailsapp":           {"kiosk/shell"},
	"github.com/fsnotify/fsnotify":  {"internal/bell", "agent/scanbox"},
	"github.com/cenkalti/backoff":   {"agent/courier"},
	"github.com/jackc/pgx":          {"portal/store", "portal/store/storetest"},
	"github.com/fxamacker/cbor":     {"syncproto"},
	"github.com/santhosh-tekuri":    {"internal/form"},
	"github.com/expr-lang/expr":     {"internal/form"},
	"github.com/xuri/excelize":      {"internal/report/xlsx"},
	"codeberg.org/go-pdf/fpdf":      {"internal/paper", "internal/officepaper"},
	"github.com/Microsoft/go-winio": {"kiosk/boot", "kiosk/shell"},
	"github.com/hanwen/go-fuse":     {"internal/sim/powercut"},
	"github.com/godbus":             {"kiosk/shell"},
}

// Doors are the walls between rooms and the owners of outside packages.
var Doors = []Rule{
	{"the road knows no cargo", eachGo(func(f *File, report func(token.Pos, string, ...any)) {
		eachOwnImport(f, func(to string, at token.Pos) {
			if under(f.Room(), "syncproto") && !under(to, "syncproto") {
				report(at, "the road imports %s: a new form or event must never touch an agent already installed", to)
			}
		})
	})},
	{"programs never import one another", eachGo(func(f *File, report func(token.Pos, string, ...any)) {
		eachOwnImport(f, func(to string, at token.Pos) {
			from, other := programOf(f.Room()), programOf(to)
			if other == "" || from == other || together(f) {
				return
			}
			report(at, "%s imports %s of another program; what two of them share belongs below internal/ or on the road", f.Room(), to)
		})
	})},
	{"imports point down", eachGo(checkFloor)},
	{"every room has a floor", everyRoomHasAFloor},
	{"one owner per outside package", eachGo(func(f *File, report func(token.Pos, string, ...any)) {
		for to, at := range imports(f) {
			for outside, rooms := range owners {
				if under(to, outside) && !slices.Contains(rooms, f.Room()) {
					report(at, "%s belongs to %s", to, strings.Join(rooms, " and "))
				}
			}
		}
	})},
}

// together says whether a file may see all three programs: the simulated province, the demonstration and the measures.
func together(f *File) bool {
	return underAny(f.Room(), []string{"internal/sim", "internal/demo", "internal/bench"})
}

func programOf(room string) string {
	for _, p := range programs {
		if under(room, p) {
			return p
		}
	}
	return ""
}

func eachOwnImport(f *File, look func(room string, at token.Pos)) {
	for to, at := range imports(f) {
		if room, ok := strings.CutPrefix(to, Module+"/"); ok {
			look(room, at)
		}
	}
}

// checkFloor looks at compiled files of rooms; mains wire everything, tests may borrow from above.
func checkFloor(f *File, report func(token.Pos, string, ...any)) {
	from, known := floors[f.Room()]
	if !known || f.IsTest() || f.IsMain() {
		return
	}
	eachOwnImport(f, func(to string, at token.Pos) {
		if floor, known := floors[to]; known && floor >= from {
			report(at, "%s (floor %d) imports %s (floor %d): imports point down; usually a fact on disk is missing between the two", f.Room(), from, to, floor)
		}
	})
}

func everyRoomHasAFloor(t Tree) (out []Finding) {
	seen := map[string]bool{}
	for _, f := range t.Go() {
		room := f.Room()
		if _, known := floors[room]; known || seen[room] || f.IsMain() || f.IsTest() {
			continue
		}
		seen[room] = true
		out = append(out, Finding{f.Path, 0, "the room " + room + " stands on no floor: give it one in internal/tidy/doors.go"})
	}
	return out
}
