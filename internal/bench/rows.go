package bench

import (
	"time"
)

// Kinds of rows.
const (
	kindCold    = "cold"    // from nothing to the first record at the portal
	kindCarry   = "carry"   // a payload over a line, from the line up until everything is confirmed
	kindUrgent  = "urgent"  // fresh dossiers behind bulk
	kindRecover = "recover" // the first acknowledged byte after a cut
)

// barRSS is the most memory an agent may ever have, in every row.
const barRSS = 40_000_000

// Bars are the limits a row must keep; 0: none. Ratios are against the ideal.
type Bars struct {
	Records time.Duration // all records at the portal
	All     time.Duration // everything confirmed to the office
	UpBytes int64         // IP bytes up
	Wire    float64       // IP bytes up ÷ ideal bytes
	Wall    float64       // All ÷ ideal time
	CPU     time.Duration // processor time of the agent
}

// Row is one line with one payload.
type Row struct {
	Name    string
	Kind    string
	Profile string
	Payload string
	Bars    Bars
	Peers   bool // measured beside others
}

// payloads by name.
var payloads = map[string]Payload{
	"one":     {Name: "one", What: "one dossier without scans", Dossiers: 1, Seed: 950_000},
	"mini":    {Name: "mini", What: "20 dossiers, 4 scans of 60–150 KB", Dossiers: 20, Scans: []int{62_000, 80_000, 98_000, 150_000}, Seed: 900_000},
	"small60": {Name: "small60", What: "60 dossiers without scans", Dossiers: 60, Seed: 910_000},
	"small":   {Name: "small", What: "200 dossiers without scans", Dossiers: 200, Seed: 920_000},
	"mixed":   {Name: "mixed", What: "40 dossiers, 40 scans of 40–200 KB (4.1 MB)", Dossiers: 40, Scans: spread(40, 40_000, 200_000, 4_100_000, 7), Seed: 930_000},
	"big":     {Name: "big", What: "one scan of 8 MB", Dossiers: 1, Scans: []int{8_000_000}, Seed: 940_000},
}

// lines that item by item carry every payload, with the ratios that hold on them for the payloads
// with scans.
var lines = []struct {
	profile    string
	wire, wall float64
}{
	{"2g", 1.10, 1.20}, {"3g", 1.07, 1.15}, {"vsat", 1.07, 1.20}, {"4g-flaky", 0, 0}, {"good", 1.07, 1.40},
	{"2g-cuts", 0, 0}, {"2g-cuts-reset", 0, 0}, {"2g-cuts-nat", 0, 0},
}

// Rows are all rows, those with limits in seconds first.
func Rows() []Row {
	s := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	rows := []Row{
		{"2g/mini", kindCarry, "2g", "mini", Bars{Records: s(4), All: s(58), Wire: 1.10, Wall: 1.20}, true},
		{"2g-cuts/mini", kindCarry, "2g-cuts", "mini", Bars{All: s(100)}, true},
		{"2g-cuts-reset/mini", kindCarry, "2g-cuts-reset", "mini", Bars{All: s(100)}, true},
		{"2g-cuts-nat/mini", kindCarry, "2g-cuts-nat", "mini", Bars{All: s(100)}, true},
		{"2g/small60", kindCarry, "2g", "small60", Bars{All: s(10), UpBytes: 55_000}, true},
		{"4g-cuts-reset/big", kindCarry, "4g-cuts-reset", "big", Bars{All: s(56)}, true},
	}
	for _, l := range lines {
		for _, payload := range []string{"small", "mixed", "big"} {
			b := Bars{CPU: s(1)} // for 200 records
			if payload != "small" {
				b = Bars{Wire: l.wire, Wall: l.wall}
			}
			if l.profile == "3g" && payload == "mixed" {
				b.Records, b.All = s(2.5), s(97)
			}
			rows = append(rows, Row{l.profile + "/" + payload, kindCarry, l.profile, payload, b, true})
		}
	}
	rows = append(rows, Row{"cold", kindCold, "500ms", "one", Bars{}, false})
	for _, p := range []string{"48k", "128k", "256k"} {
		rows = append(rows, Row{"urgent/" + p, kindUrgent, p, "big", Bars{}, false})
	}
	for _, p := range []string{"hold", "reset", "blackhole"} {
		rows = append(rows, Row{"recover/" + p, kindRecover, "128k", "big", Bars{}, false})
	}
	return rows
}
