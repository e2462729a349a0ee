//go:build linux

package storetest

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// CancelAll cancels every statement that runs at this moment in somebody else's session, as a
// serialization failure, a deadlock or an administrator does: the transaction is undone and its
// client hears an error. It tries for a moment to find one that runs.
func (s *Server) CancelAll() error {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	for range 200 {
		var hit int
		err := db.QueryRow(`SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
			WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'`).Scan(&hit)
		if err != nil {
			return s.waitReady(&bytes.Buffer{}) // it may be ending sessions and recovering still
		}
		if hit > 0 {
			return nil
		}
	}
	return nil // nobody asked anything; the next blow hits
}

// KillSession is SIGKILL for one session's process: the server ends all others, too, and recovers.
func (s *Server) KillSession() error {
	list, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return err
	}
	for _, path := range list {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
		if parent, _ := strconv.Atoi(fields[1]); parent != s.command.Process.Pid {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		cmd, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		if err != nil || !strings.Contains(string(cmd), "127.0.0.1") {
			continue // one of the server's own helpers
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return fmt.Errorf("killing a session: %w", err)
		}
		return s.waitReady(&bytes.Buffer{}) // it ends the others and recovers
	}
	return nil
}
