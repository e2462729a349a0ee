package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/staff"
)

// staffDesk is a portal's place with no portal serving: every command works alone.
type staffDesk struct {
	t     *testing.T
	place []string
}

// run gives one command's answer into a value.
func (d staffDesk) run(stdin string, into any, args ...string) {
	d.t.Helper()
	out, err := portal(d.t, stdin, append(append([]string{"staff"}, args...), append(d.place, "--commune", "28807", "--json")...)...)
	if err != nil {
		d.t.Fatalf("%v: %v", args, err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		d.t.Fatalf("%v: %v in %s", args, err, out)
	}
}

func (d staffDesk) refused(stdin string, args ...string) {
	d.t.Helper()
	if out, err := portal(d.t, stdin, append(append([]string{"staff"}, args...), append(d.place, "--commune", "28807", "--json")...)...); err == nil {
		d.t.Errorf("%v was done: %s", args, out)
	}
}

// roster writes the stick's file and opens it as a machine would.
func (d staffDesk) roster(key ed25519.PublicKey) staff.Roster {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "roster")
	d.run("", &struct{}{}, "roster", "--out", file)
	data, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := staff.Open(data, key, "28807")
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// TestStaffOfACommune: from the first member to the last, as provincial IT types it.
func TestStaffOfACommune(t *testing.T) {
	d := staffDesk{t, []string{"--data", filepath.Join(t.TempDir(), "d")}}
	var keys struct {
		PortalKey string `json:"portal_key"`
	}
	out, err := portal(t, "", append([]string{"device", "keys", "--json"}, d.place...)...)
	if err != nil || json.Unmarshal(out, &keys) != nil {
		t.Fatal(err)
	}
	key, err := hex.DecodeString(keys.PortalKey)
	if err != nil {
		t.Fatal(err)
	}
	var lan, ba staffAdded
	d.run("", &lan, "add", "Nguyễn Thị Lan", "--login", "Chi.Lan", "--role", "clerk", "--role", "post", "--until", "2026-12-31")
	d.run("một mật khẩu dài\n", &ba, "add", "Lê Văn Ba", "--login", "anh.ba", "--role", "head", "--password-stdin")
	if lan.Password == "" || lan.Published || ba.Password != "" || lan.ID == ba.ID {
		t.Fatalf("%+v %+v", lan, ba)
	}
	d.refused("", "add", "Ai Đó", "--login", "chi.lan", "--role", "clerk") // the name is taken
	d.refused("", "add", "Ai Đó", "--login", "ai.do", "--role", "mayor")
	d.refused("", "add", "Ai Đó", "--login", "Ái Đồ", "--role", "clerk")
	d.refused("", "add", "Ai Đó", "--login", "ai.do", "--role", "clerk", "--until", "31/12/2026")
	d.refused("", "add", "Ai Đó", "--login", "ai.do", "--role", "clerk", "--from", "2026-12-31", "--until", "2026-12-01")
	d.refused("", "add", strings.Repeat("dài ", 60), "--login", "ai.do", "--role", "clerk")
	d.refused("ngắn\n", "add", "Ai Đó", "--login", "ai.do", "--role", "clerk", "--password-stdin")
	d.refused("", "set", "ai.do", "--name", "Ai Đó")

	r := d.roster(key)
	m, found := r.ByLogin("chi.lan")
	if !found || m.ID != lan.ID || m.Name != "Nguyễn Thị Lan" || len(r.Members) != 2 || !m.Verifier.Fits(lan.Password) || r.TwoRefuse {
		t.Fatalf("%+v", r)
	}
	last := time.Date(2026, 12, 31, 23, 59, 59, 0, inOffice).UnixMilli()
	if !m.ValidAt(last) || m.ValidAt(last+1000) {
		t.Errorf("the last day does not end at midnight of Viet Nam: %d", m.Until)
	}
	var said rosterSaid
	if d.run("", &said, "publish"); !said.Published || said.Members != 2 {
		t.Fatalf("%+v", said)
	}
	var set staffAdded
	if d.run("", &set, "set", "chi.lan", "--role", "specialist", "--until", "-", "--new-password"); !set.Published || set.Password == "" {
		t.Fatalf("%+v", set)
	}
	var policy struct{ Published bool }
	if d.run("", &policy, "policy", "--two-refuse"); !policy.Published {
		t.Error("where two are needed to refuse is told nobody")
	}
	r = d.roster(key)
	m, _ = r.ByID(lan.ID)
	if m.Verifier.Fits(lan.Password) || !m.Verifier.Fits(set.Password) || m.Until != 0 || len(m.Roles) != 1 || m.Roles[0] != staff.Specialist || !r.TwoRefuse {
		t.Fatalf("%+v", r)
	}
	if d.run("", &said, "publish"); said.Published || said.Version != r.Version {
		t.Fatalf("what the changes published is published again: %+v", said)
	}
	d.run("", &set, "remove", "chi.lan")
	d.refused("", "remove", "chi.lan")
	var list []staffListed
	if d.run("", &list, "list"); len(list) != 1 || list[0].Login != "anh.ba" {
		t.Fatalf("%+v", list)
	}
	if d.run("", &list, "list", "--removed"); len(list) != 2 {
		t.Fatalf("who it was is forgotten: %+v", list)
	}
	if r = d.roster(key); len(r.Members) != 1 {
		t.Fatalf("%+v", r)
	}
}
