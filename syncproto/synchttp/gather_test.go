package synchttp

import (
	"bytes"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// told notes each write and when it came.
type told struct {
	net.Conn
	writes [][]byte
	closed bool
}

func (c *told) Write(p []byte) (int, error) {
	c.writes = append(c.writes, bytes.Clone(p))
	return len(p), nil
}
func (c *told) SetWriteDeadline(time.Time) error { return nil }
func (c *told) Close() error                     { c.closed = true; return nil }

func record(n int, mark byte) []byte { return bytes.Repeat([]byte{mark}, n) }

// TestGatherKeepsOrder: what gives room waits for what matters and goes before it.
func TestGatherKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		under := &told{}
		g := &gathered{Conn: under}
		var all []byte
		write := func(p []byte) {
			t.Helper()
			if n, err := g.Write(p); n != len(p) || err != nil {
				t.Fatalf("%d %v", n, err)
			}
			all = append(all, p...)
		}
		write(record(35, 1))
		write(record(48, 2))
		if len(under.writes) != 0 {
			t.Fatal("a word about room went alone")
		}
		write(record(60, 3)) // an answer's head
		write(record(62, 3)) // and its body
		time.Sleep(2 * shortFor)
		synctest.Wait()
		if len(under.writes) != 1 || !bytes.Equal(under.writes[0], all) {
			t.Fatal("an answer did not go soon, as one, with what was held before it")
		}
		write(record(35, 7))
		write(record(60, 8))
		write(record(1400, 9)) // a page
		if len(under.writes) != 2 || !bytes.Equal(bytes.Join(under.writes, nil), all) {
			t.Fatal("a long answer did not take along what was held")
		}
		for range mostHeld + 1 { // a fast line reads a lot in a second
			write(record(35, 4))
		}
		if len(under.writes) != 3 {
			t.Fatalf("%d words were held", mostHeld+1)
		}
		write(record(35, 5))
		time.Sleep(2 * heldFor)
		synctest.Wait()
		if !bytes.Equal(bytes.Join(under.writes, nil), all) {
			t.Fatal("a word was held for ever")
		}
		write(record(35, 6))
		if g.Close() != nil || !under.closed || !bytes.Equal(bytes.Join(under.writes, nil), all) {
			t.Fatal("closing lost a word")
		}
	})
}
