package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
)

var kills = flag.Int("kills", 25, "how often the portal is killed in the middle of its intake")

// asProgram makes the test binary be the portal.
const asProgram = "BENDO_TEST_AS_PORTAL"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(storetest.Run(m))
}

// process is a real portal.
type process struct {
	command *exec.Cmd
	listen  string
	web     string
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	command := exec.Command(os.Args[0], append([]string{"serve", "--json"}, args...)...)
	command.Env = append(os.Environ(), asProgram+"=1")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var messages bytes.Buffer
	command.Stderr = &messages
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{command: command}
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the portal did not get ready: %v\n%s", err, messages.String())
	}
	var ready struct{ Listen, Web string }
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatal(err)
	}
	p.listen, p.web = ready.Listen, ready.Web
	return p
}

// kill is SIGKILL: no handler runs, nothing is flushed.
func (p *process) kill() {
	p.command.Process.Kill()
	p.command.Wait()
}

// portal runs one command in this process, beside the serving one.
func portal(t *testing.T, in string, args ...string) ([]byte, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(context.Background(), args, strings.NewReader(in), &out, io.Discard)
	return out.Bytes(), err
}

func mustPortal(t *testing.T, into any, args ...string) {
	t.Helper()
	out, err := portal(t, "", args...)
	if err != nil {
		t.Fatalf("portal %s: %v", strings.Join(args, " "), err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatalf("portal %s: %v in %q", strings.Join(args, " "), err, out)
	}
}

func enrol(t *testing.T, p *process, seed string, place ...string) *prototest.Peer {
	t.Helper()
	var made struct{ Code string }
	mustPortal(t, &made, append([]string{"enrol", "new", "--commune", "28807", "--json"}, place...)...)
	code, err := syncproto.ParseCode(made.Code)
	if err != nil {
		t.Fatal(err)
	}
	peer := prototest.NewPeer(t, seed)
	peer.Enrol(t, "https://"+p.listen, code)
	return peer
}

// file appends a filing with one scan to the peer's log.
func file(t *testing.T, peer *prototest.Peer, n uint64) (syncproto.Event, []byte) {
	t.Helper()
	scan, ref := peer.NewBlob(3000)
	slip, err := dossier.NewSlip(peer.Answer.Grant.SlipPrefix, n)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := dossier.Encode(&dossier.SubmittedPayload{Procedure: "1.001193", Pack: "test", Slip: slip, Channel: dossier.ChannelFile,
		Handover: dossier.HandoverAtSubmit, Answers: []byte(`{}`), Applicant: dossier.Person{FullName: "Nguyễn Văn A", CitizenID: "086199000777"},
		Source: &dossier.Source{Reference: string(slip), SHA256: sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))},
		Components: []dossier.Component{{ID: "tk", State: dossier.Provided,
			Blobs: []dossier.Blob{{Name: "a.jpg", SHA256: ref.SHA256, Length: ref.Length, MIME: "image/jpeg"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return peer.Add(dossier.Submitted, payload, ref), scan
}

// TestKilledInTheMiddle kills the portal at random moments while a machine sends
// dossiers, and looks after each start whether everything that was acknowledged
// is there, and after the last whether everything is there once.
func TestKilledInTheMiddle(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			dir := t.TempDir()
			place := []string{"--data", filepath.Join(dir, "d")}
			rounds := *kills
			if engine == "postgres" {
				place = append(place, "--database", storetest.Postgres(t))
				rounds = max(1, rounds/5)
			}
			killAndCompare(t, place, rounds)
		})
	}
}

func killAndCompare(t *testing.T, place []string, rounds int) {
	p := start(t, append([]string{"--listen", "127.0.0.1:0"}, place...)...)
	args := append([]string{"--listen", p.listen}, place...)
	peer := enrol(t, p, t.Name(), place...)
	scans := map[syncproto.EventID][]byte{}
	events := map[syncproto.EventID]syncproto.Event{}
	number := uint64(0)
	for round := range rounds {
		deadline := time.After(time.Duration(rand.IntN(120)) * time.Millisecond)
		stop := make(chan struct{})
		go func() { <-deadline; p.kill(); close(stop) }()
		for alive := true; alive; {
			number++
			e, scan := file(t, peer, number)
			scans[e.Header.ID], events[e.Header.ID] = scan, e
			alive = send(t, peer, e, scan)
		}
		<-stop
		p = start(t, args...)
		peer.Client.CloseConnections()
		acked := peer.Ack.Applied
		resp, err := peer.Sync(t, peer.Request())
		if errors.Is(err, &syncproto.Problem{Kind: syncproto.Correction}) {
			peer.Session = nil
			resp, err = peer.Sync(t, peer.Request())
		}
		if err != nil || len(resp.Problems) > 0 {
			t.Fatalf("round %d: %v %v", round, err, resp.Problems)
		}
		if peer.Ack.Applied < acked {
			t.Fatalf("round %d: %d events were acknowledged, after the kill there are %d", round, acked, peer.Ack.Applied)
		}
	}
	for id, scan := range scans {
		if !send(t, peer, events[id], scan) {
			t.Fatal("sending to the living portal")
		}
	}
	t.Logf("%d kills, %d dossiers", rounds, number)
	compare(t, place, number)
}

// send pushes what is pending and the scan of one event; false when the portal is
// not there.
func send(t *testing.T, peer *prototest.Peer, e syncproto.Event, scan []byte) bool {
	t.Helper()
	if resp, err := peer.Sync(t, peer.Request(peer.Pending(t)...)); err != nil {
		return false
	} else if len(resp.Problems) > 0 {
		t.Fatalf("problems %v", resp.Problems)
	}
	key := syncproto.BlobKey{Dossier: e.Header.Dossier, SHA256: sha256.Sum256(scan)}
	for off := 0; off < len(scan); {
		answer, err := peer.AppendBlob(t, key, int64(off), scan[off:min(off+1024, len(scan))])
		if errors.Is(err, &syncproto.Problem{Kind: syncproto.Transient}) {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		if answer.Complete {
			break
		}
		off = int(answer.Off)
	}
	return true
}

func compare(t *testing.T, place []string, want uint64) {
	t.Helper()
	for _, problem := range differences(t, place, want) {
		t.Error(problem)
	}
}

// differences is the one check of the kill test: everything once, everything whole.
func differences(t *testing.T, place []string, want uint64) (found []string) {
	t.Helper()
	var rows []listed
	mustPortal(t, &rows, append([]string{"list", "--json"}, place...)...)
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row.Slip] {
			found = append(found, fmt.Sprintf("slip %s is listed twice", row.Slip))
		}
		seen[row.Slip] = true
		if len(row.Attachments) != 1 || !row.Attachments[0].Complete || row.State != "registered" || row.Procedure != "1.001193" {
			found = append(found, fmt.Sprintf("row %+v", row))
		}
	}
	if uint64(len(rows)) != want {
		found = append(found, fmt.Sprintf("%d dossiers were filed, %d are listed", want, len(rows)))
	}
	return found
}

// TestTheComparisonSees plants what a careless portal would do: a case that is
// gone, and a scan that is called complete too early.
func TestTheComparisonSees(t *testing.T) {
	place := []string{"--data", filepath.Join(t.TempDir(), "d")}
	p := start(t, append([]string{"--listen", "127.0.0.1:0"}, place...)...)
	peer := enrol(t, p, t.Name(), place...)
	e, scan := file(t, peer, 1)
	if !send(t, peer, e, scan) {
		t.Fatal("sending")
	}
	if found := differences(t, place, 1); len(found) != 0 {
		t.Fatal(found)
	}
	if found := differences(t, place, 2); len(found) != 1 {
		t.Errorf("a lost dossier was not seen: %v", found)
	}
	file(t, peer, 2)
	if resp, err := peer.Sync(t, peer.Request(peer.Pending(t)...)); err != nil || len(resp.Problems) > 0 {
		t.Fatal(err, resp.Problems)
	}
	if found := differences(t, place, 2); len(found) != 1 {
		t.Errorf("a scan that never came was not seen: %v", found)
	}
}

func TestCommandsBesideAServingPortal(t *testing.T) {
	place := []string{"--data", filepath.Join(t.TempDir(), "d")}
	p := start(t, append([]string{"--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"}, place...)...)
	peer := enrol(t, p, t.Name(), place...)
	e, scan := file(t, peer, 7)
	if !send(t, peer, e, scan) {
		t.Fatal("sending")
	}
	compare(t, place, 1)
	out, err := portal(t, "", append([]string{"list", "--json"}, place...)...)
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(out, &rows); err != nil || len(rows) != 1 || len(rows[0]) != 6 {
		t.Errorf("list: %s, %v", out, err)
	}
	for _, name := range []string{"reference", "slip", "procedure", "state", "source_sha256", "attachments"} {
		if rows[0][name] == nil || rows[0][name] == "" {
			t.Errorf("list has no %s: %s", name, out)
		}
	}
	add := append([]string{"user", "add", "lan", "--role", "officer", "--office", "28807", "--password-stdin"}, place...)
	if _, err := portal(t, "ngắn\n", add...); err == nil {
		t.Error("a short password was taken")
	}
	if _, err := portal(t, "một câu đủ dài\n", add...); err != nil {
		t.Error(err)
	}
	if _, err := portal(t, "một câu đủ dài\n", add...); err == nil {
		t.Error("a second person of the same name")
	}
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.command.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestUnsafeDoorsAreRefused(t *testing.T) {
	place := []string{"--data", filepath.Join(t.TempDir(), "d")}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve"}, "no door"},
		{[]string{"serve", "--web", "0.0.0.0:0"}, "--behind-proxy"},
		{[]string{"serve", "--web", ":0"}, "--behind-proxy"},
		{[]string{"serve", "--web", "nonsense"}, "--web"},
		{[]string{"enrol", "new", "--commune", "../x"}, "digits"},
	} {
		_, err := portal(t, "", append(c.args, place...)...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
	}
}

func TestKeysOfAnotherPortalAreRefused(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "d")
	if _, err := portal(t, "", "list", "--data", data, "--json"); err != nil {
		t.Fatal(err)
	}
	if _, err := portal(t, "", "list", "--data", data, "--keys", filepath.Join(dir, "other"), "--json"); err == nil {
		t.Error("opened without its keys")
	}
}

func TestDoorsOfAPortClosed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = portal(t, "", "serve", "--data", filepath.Join(t.TempDir(), "d"), "--listen", "127.0.0.1:0", "--web", taken.Addr().String())
	if err == nil || !strings.Contains(err.Error(), "web door") {
		t.Errorf("a taken port: %v", err)
	}
}
