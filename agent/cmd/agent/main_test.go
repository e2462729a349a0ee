package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/agent"
	"bendo/syncproto/prototest"
)

func command(t *testing.T, args ...string) (code int, out, messages string) {
	t.Helper()
	var o, m bytes.Buffer
	code = run(t.Context(), args, &o, &m)
	return code, o.String(), m.String()
}

func TestCommands(t *testing.T) {
	m, err := prototest.NewMemory(prototest.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := prototest.Listen(m, m.Authority(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	c, err := m.NewCode(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "d")
	if code, _, msg := command(t, "sync", "--data", dir, "--until-empty"); code == 0 || !strings.Contains(msg, "enrol") {
		t.Errorf("sync before enrolment: %d %s", code, msg)
	}
	if code, out, msg := command(t, "status", "--data", dir); code != 0 || !strings.Contains(out, "chưa được ghi danh") {
		t.Errorf("status before enrolment: %d %s %s", code, out, msg)
	}
	if code, out, msg := command(t, "enrol", "--data", dir, "--portal", srv.URL, "--code", c.String()); code != 0 || !strings.Contains(out, "Ủy ban nhân dân xã Thử") {
		t.Errorf("enrol: %d %s %s", code, out, msg)
	}
	if code, _, msg := command(t, "sync", "--data", dir, "--until-empty", "--timeout", "30s"); code != 0 {
		t.Errorf("sync: %d %s", code, msg)
	}
	code, out, msg := command(t, "status", "--data", dir, "--json")
	var s agent.Status
	if err := json.Unmarshal([]byte(out), &s); code != 0 || err != nil || strings.Count(out, "\n") != 1 || !s.Enrolled || s.Clock.Quality == "" {
		t.Errorf("status: %d %q %v %s", code, out, err, msg)
	}
	if code, out, _ := command(t, "status", "--data", dir); code != 0 || !strings.Contains(out, "Tỉnh đã nhận đủ mọi hồ sơ") {
		t.Errorf("status for people: %d %s", code, out)
	}
	for _, bad := range [][]string{{}, {"run", "--data"}, {"enrol", "--data", dir}, {"sync", "--data", dir}, {"fly"}} {
		if code, out, _ := command(t, bad...); code == 0 || out != "" {
			t.Errorf("%v ends with %d and says %q", bad, code, out)
		}
	}
}
