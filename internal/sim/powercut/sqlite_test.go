package powercut

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"bendo/internal/sqlitedb"
)

const envDatabase = "BENDO_POWERCUT_DATABASE" // a child of these tests writes there

func TestMain(m *testing.M) {
	if path := os.Getenv(envDatabase); path != "" {
		child(path)
		return
	}
	os.Exit(m.Run())
}

// child opens a database and obeys: "put N" inserts a row, "look" writes nothing in a writing
// transaction. It answers ok or the error's kind.
func child(path string) {
	ctx := context.Background()
	db, err := sqlitedb.Open(ctx, path, sqlitedb.Options{})
	if err == nil {
		err = db.Migrate(ctx, schema)
	}
	if err == nil {
		_, err = db.DataVersion(ctx) // a second connection, as the agent and the desk have beside each other
	}
	fmt.Println("opened", err)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		what, arg, _ := strings.Cut(in.Text(), " ")
		err := db.Write(ctx, func(tx *sql.Tx) error {
			if what == "look" {
				return nil
			}
			_, err := tx.Exec("INSERT INTO t (n) VALUES (?)", arg)
			return err
		})
		fmt.Println(what, arg, err == nil, sqlitedb.IsIO(err), sqlitedb.IsFull(err))
	}
}

var schema = fstest.MapFS{"0001_t.sql": {Data: []byte("CREATE TABLE t (n INTEGER NOT NULL) STRICT;")}}

// A commit whose flush failed leaves whole frames in the write-ahead file. Its caller was told no, and
// may have undone by now what belonged to it: a crash must not bring it back.
func TestAFailedCommitStaysFailed(t *testing.T) {
	d := NewDisk(Ext4)
	dir := mounted(t, d)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envDatabase+"="+filepath.Join(dir, "t.db"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	check(t, err1, err2, cmd.Start())
	defer cmd.Wait()
	defer cmd.Process.Kill()
	out := bufio.NewScanner(stdout)
	say := func(line, want string) {
		t.Helper()
		if line != "" {
			fmt.Fprintln(stdin, line)
		}
		if !out.Scan() || out.Text() != want {
			t.Fatalf("%q is answered by %q, want %q", line, out.Text(), want)
		}
	}
	say("", "opened <nil>")
	say("put 1", "put 1 true false false")
	d.Inject(Fault{Ops: OpFlush, Match: func(p string) bool { return strings.HasSuffix(p, "-wal") }, Errno: syscall.EIO, Times: 1})
	say("put 2", "put 2 false true false")
	if d.Heal() != 1 {
		t.Fatal("the fault did not strike")
	}
	say("look", "look  true false false") // the caller undoes its part
	d.Freeze()
	check(t, cmd.Process.Kill())
	d.Release()
	out2 := t.TempDir()
	check(t, d.Copy().Export("/", out2)) // the machine lives on: what the kernel has is written
	db, err := sqlitedb.Open(t.Context(), filepath.Join(out2, "t.db"), sqlitedb.Options{})
	check(t, err)
	defer db.Close()
	var rows string
	check(t, db.Read(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT group_concat(n, ' ') FROM t").Scan(&rows)
	}))
	if rows != "1" {
		t.Errorf("the rows are %q: a commit that failed came back", rows)
	}
}
