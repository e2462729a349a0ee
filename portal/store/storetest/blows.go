//go:build linux

package storetest

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
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
			return s.waitReady() // it may be ending sessions and recovering still
		}
		if hit > 0 {
			return nil
		}
	}
	return nil // nobody asked anything; the next blow hits
}

// Kill is SIGKILL for the server itself, as a kernel short of memory does it: no session is told.
// They notice by themselves and end; only then can a server begin over the same data, so it waits
// for them.
func (s *Server) Kill() error {
	children, err := s.children()
	if err != nil {
		return err
	}
	if err := s.command.Process.Kill(); err != nil {
		return fmt.Errorf("killing the server: %w", err)
	}
	<-s.done
	for began := time.Now(); len(children) > 0; time.Sleep(5 * time.Millisecond) {
		children = slices.DeleteFunc(children, func(pid int) bool { return syscall.Kill(pid, 0) != nil })
		if time.Since(began) > time.Minute {
			return fmt.Errorf("processes %v outlive their server", children)
		}
	}
	return nil
}

// Conflict makes a true serialization failure: it changes rows, waits until somebody wants one of
// them, and commits. Whoever waits in a serializable transaction hears 40001, anybody else goes on.
// It says whether somebody waited.
func (s *Server) Conflict(change string) (hit bool, err error) {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return false, err
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		return false, s.waitReady() // it may be recovering still
	}
	defer tx.Rollback()
	if _, err := tx.Exec(change); err != nil {
		return false, s.waitReady()
	}
	for began := time.Now(); !hit && time.Since(began) < 4*time.Second; time.Sleep(time.Millisecond) {
		err := db.QueryRow("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").Scan(&hit)
		if err != nil {
			return false, s.waitReady()
		}
	}
	return hit, tx.Commit()
}

// Said counts how often a text stands in the server's log.
func (s *Server) Said(text string) int { return strings.Count(s.log.String(), text) }

// children are the processes of the server.
func (s *Server) children() ([]int, error) {
	list, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var found []int
	for _, path := range list {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
		if parent, _ := strconv.Atoi(fields[1]); parent == s.command.Process.Pid {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			found = append(found, pid)
		}
	}
	return found, nil
}

// KillSession is SIGKILL for one session's process: the server ends all others, too, and recovers.
func (s *Server) KillSession() error {
	children, err := s.children()
	if err != nil {
		return err
	}
	for _, pid := range children {
		cmd, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		if err != nil || !strings.Contains(string(cmd), "127.0.0.1") {
			continue // one of the server's own helpers
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return fmt.Errorf("killing a session: %w", err)
		}
		return s.waitReady() // it ends the others and recovers
	}
	return nil
}
