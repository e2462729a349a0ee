package main

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"bendo/internal/slipcheck"
)

// TestMachineKeysAreWrittenForAStick: beside a serving portal, by the key it prints.
func TestMachineKeysAreWrittenForAStick(t *testing.T) {
	place := []string{"--data", filepath.Join(t.TempDir(), "d")}
	p := start(t, append([]string{"--listen", "127.0.0.1:0"}, place...)...)
	peer := enrol(t, p, t.Name(), place...)
	file := filepath.Join(t.TempDir(), "keys.txt")
	keys := func(more ...string) (said struct {
		Machines  int    `json:"machines"`
		Published bool   `json:"published"`
		PortalKey string `json:"portal_key"`
	}) {
		t.Helper()
		out, err := portal(t, "", append(append([]string{"device", "keys", "--json"}, more...), place...)...)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &said); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		return said
	}
	said := keys("--out", file, "--publish")
	if said.Machines != 1 || !said.Published || keys("--publish").Published {
		t.Fatalf("%+v", said)
	}
	key, err := hex.DecodeString(said.PortalKey)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	list, err := slipcheck.OpenList(data, key)
	if err != nil || len(list.Machines) != 1 || list.Machines[0].Device != peer.Answer.Device {
		t.Fatalf("%+v, %v", list, err)
	}
}
