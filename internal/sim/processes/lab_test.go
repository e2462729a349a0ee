package processes

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
)

const (
	commune  = "28807"
	officer  = "can.bo.mot"
	password = "mat-khau-dai-cua-can-bo-1"
)

// lab is one office and one province in a directory of their own.
type lab struct {
	t *testing.T
	*tools
	dir      string
	places   struct{ office, state string } // where they are not below dir
	database []string                       // --database URL, or nothing for SQLite
	address  string                         // of the machines' door
	web      string                         // http://host:port of the officers' door
	portal   *service
	others   []*service
}

// newLab makes the directories and starts the portal.
func newLab(t *testing.T, database ...string) *lab {
	t.Helper()
	return newLabOf(t, &tools{bin: programs(t)}, database...)
}

// newLabOf takes other programs, or another environment for them.
func newLabOf(t *testing.T, with *tools, database ...string) *lab {
	t.Helper()
	dir := shortDir(t)
	l := &lab{t: t, dir: dir, database: database, tools: with}
	l.logs = filepath.Join(dir, "logs")
	if err := os.Mkdir(l.logs, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.endAll)
	t.Cleanup(func() { l.lastWords(t) })
	// The first start takes any free ports, later ones the same: offices keep the address.
	own := ownAddress()
	l.servePortal(own, own)
	l.check(l.portal.end())
	l.servePortal(l.address, l.web)
	l.web = "http://" + l.web
	return l
}

// shortDir is a directory of the test's own. The name of t.TempDir holds that of the test, and the name
// of a socket below it has room for 107 bytes.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "l-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

var addresses atomic.Uint32

// ownAddress is a loopback address that no other round and no outgoing connection uses (Linux has all of
// 127/8), with any free port: a portal that starts again finds its port free.
func ownAddress() string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1:0"
	}
	n := addresses.Add(1)
	return fmt.Sprintf("127.%d.%d.%d:0", 64+os.Getpid()%128, n/250%250, 1+n%250)
}

func (l *lab) servePortal(listen, web string) {
	l.t.Helper()
	l.portal = l.serve("portal", l.at("portal", "serve", "--listen", listen, "--web", web, "--json")...)
	var ready struct{ Listen, Web string }
	l.check(l.portal.ready(&ready))
	l.address, l.web = ready.Listen, ready.Web
}

func (l *lab) endAll() {
	for _, s := range append(l.others, l.portal) {
		if s != nil {
			if err := s.end(); err != nil {
				l.t.Error(err)
			}
		}
	}
	l.others, l.portal = nil, nil
}

func (l *lab) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) office() string { return cmp.Or(l.places.office, filepath.Join(l.dir, "office")) }
func (l *lab) state() string  { return cmp.Or(l.places.state, filepath.Join(l.dir, "portal")) }

// at adds the data directory of the program to a command line.
func (l *lab) at(program string, args ...string) []string {
	if program == "portal" {
		return append(append(args, "--data", l.state()), l.database...)
	}
	return append(args, "--data", l.office())
}

// ask runs a command and decodes its one JSON value (v nil: no output is wanted).
func (l *lab) ask(stdin string, v any, program string, args ...string) (result, error) {
	r, err := l.run(stdin, nil, program, l.at(program, args...)...)
	switch {
	case err != nil:
		return r, err
	case r.code != 0:
		return r, fmt.Errorf("%s %s: %v", program, args[0], r)
	case v == nil:
		return r, nil
	}
	return r, oneValue(r.out, v)
}

func (l *lab) must(stdin string, v any, program string, args ...string) {
	l.t.Helper()
	_, err := l.ask(stdin, v, program, args...)
	l.check(err)
}

// enrol makes the office the province's, over portal (host:port).
func (l *lab) enrol(portal string) {
	l.t.Helper()
	var code struct{ Code string }
	l.must("", &code, "portal", "enrol", "new", "--commune", commune, "--json")
	var id struct{ Device, Book, Commune string }
	l.must("", &id, "agent", "enrol", "--portal", "https://"+portal, "--code", code.Code, "--json")
	if id.Commune != commune || id.Book == "" || id.Device == "" {
		l.t.Fatalf("enrolled as %+v", id)
	}
}

// report is what kiosk file prints.
type report struct {
	Filed    []filed   `json:"filed"`
	Problems []problem `json:"problems"`
}

type filed struct {
	Reference string `json:"reference"`
	Slip      string `json:"slip"`
}

type problem struct {
	Folder    string `json:"folder"`
	Reference string `json:"reference"`
	Code      string `json:"code"`
	Message   string `json:"message"`
}

// file files a folder as it is; the exit status must agree with the report.
func (l *lab) file(folder string) report {
	l.t.Helper()
	r, err := l.run("", nil, "kiosk", l.at("kiosk", "file", folder, "--as-is", "--json")...)
	l.check(err)
	var rep report
	l.check(oneValue(r.out, &rep))
	if want := min(len(rep.Problems), 1); r.code != want {
		l.t.Fatalf("filing with %d problems must exit %d: %v", len(rep.Problems), want, r)
	}
	return rep
}

// sync carries everything. On a machine that is busy with other things it may take longer than any time
// one could name: as long as less is left than before, it goes on.
func (l *lab) sync() {
	l.t.Helper()
	l.check(carryAll(func(args ...string) (result, error) {
		return l.run("", nil, "agent", l.at("agent", args...)...)
	}))
}

// carryAll runs agent sync until nothing is left, or until it stands still three times.
func carryAll(run func(args ...string) (result, error)) error {
	left, still := []byte(nil), 0
	for {
		r, err := run("sync", "--until-empty", "--timeout", "2m")
		if err != nil || r.code == 0 {
			return err
		}
		i := bytes.Index(r.log, []byte("not everything is complete"))
		if i < 0 {
			return fmt.Errorf("agent sync: %v", r)
		}
		if still++; !bytes.Equal(left, r.log[i:]) {
			left, still = r.log[i:], 0
		}
		if still == 2 {
			return fmt.Errorf("agent sync stands still: %v", r)
		}
	}
}

// status is what agent status prints, as far as it is looked at here.
type status struct {
	Enrolled bool   `json:"enrolled"`
	Running  bool   `json:"running"`
	Device   string `json:"device"`
	Book     string `json:"book"`
	Commune  string `json:"commune"`
	Office   string `json:"office"`
	Clock    struct {
		Now int64 `json:"now"`
	} `json:"clock"`
	Line struct {
		State  string `json:"state"`
		Frozen bool   `json:"frozen"`
	} `json:"line"`
	Queue struct {
		Dossiers, Events, Blobs int
		Bytes                   int64
	} `json:"queue"`
	Damaged int `json:"damaged"`
	// Generation is the portal's, as the office knows it.
	Generation uint64         `json:"generation"`
	Away       int            `json:"away"`
	Rebuilding bool           `json:"rebuilding"`
	Dossiers   []acknowledged `json:"dossiers"`
}

type acknowledged struct {
	Slip      string            `json:"slip"`
	Reference string            `json:"reference"`
	Procedure string            `json:"procedure"`
	N         int               `json:"n"`
	Acks      map[string]*int64 `json:"acks"`
	Reason    string            `json:"reason"`
	BytesLeft int64             `json:"bytes_left"`
}

func (l *lab) status() (s status, err error) {
	_, err = l.ask("", &s, "agent", "status", "--json")
	return s, err
}

// listed is one dossier of portal list.
type listed struct {
	Reference   string       `json:"reference"`
	Slip        string       `json:"slip"`
	Procedure   string       `json:"procedure"`
	State       string       `json:"state"`
	Source      string       `json:"source_sha256"`
	Attachments []attachment `json:"attachments"`
}

type attachment struct {
	Name     string `json:"name"`
	SHA256   string `json:"sha256"`
	Length   int64  `json:"length"`
	Complete bool   `json:"complete"`
}

func (l *lab) list() (found []listed, err error) {
	_, err = l.ask("", &found, "portal", "list", "--json")
	return found, err
}

// rawList is portal list with its keys as printed.
func (l *lab) rawList() (found []map[string]json.RawMessage) {
	l.t.Helper()
	l.must("", &found, "portal", "list", "--json")
	return found
}

func (l *lab) addOfficer() {
	l.t.Helper()
	l.must(password+"\n", nil, "portal", "user", "add", officer, "--role", "officer", "--office", commune, "--password-stdin")
}
