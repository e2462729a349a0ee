package store_test

import (
	"bytes"
	"context"
	"testing"

	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// I7: a log that is shorter than an ack proves is named, with what came again in later logs of the
// same machine. Events of other machines, new events and those that came before the restore do not count.
func TestShortLogsAndWhatCameElsewhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		var began int64
		check(t, db.Write(context.Background(), func(tx *store.Tx) error {
			_, err := tx.NewGeneration(store.Begun{Cause: "command"})
			return err
		}))
		check(t, db.Read(context.Background(), func(tx *store.Tx) error {
			r, err := tx.RestoredReport(none)
			began = r.BeganAt
			return err
		}))
		machine, other := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 16)
		n := byte(0)
		event := func(tx *store.Tx, device []byte, epoch int, at, received int64) {
			n++
			_, err := tx.Exec(`INSERT INTO events (commune, event, payload_digest, dossier, author, device, epoch, seq, type, at, received_at, state, body)
				VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`, "28807", bytes.Repeat([]byte{n}, 16), []byte{n}, []byte{n}, "book", device, epoch, int(n), "t", at, received, "folded", []byte{})
			check(t, err)
		}
		report := func(tx *store.Tx) store.ShortLog {
			r, err := tx.RestoredReport(none)
			check(t, err)
			if len(r.Missing.Logs) != 1 {
				t.Fatalf("%+v", r.Missing)
			}
			return r.Missing.Logs[0]
		}
		check(t, db.Write(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO proofs (commune, device, epoch, applied, generation, shown_at) VALUES (?,?,?,?,?,?)", "28807", machine, 1, 3, 1, began)
			check(t, err)
			event(tx, machine, 1, began-9, began+1) // in its own place
			event(tx, other, 2, began-9, began+1)   // another machine's
			event(tx, machine, 2, began+1, began+2) // made since
			event(tx, machine, 2, began-9, began-5) // was here already
			event(tx, machine, 2, began-9, began+1)
			event(tx, machine, 2, began-8, began+1)
			if l := report(tx); l.Had != 3 || l.Has != 0 || l.Elsewhere != 2 || l.Back() {
				t.Errorf("two of three came again: %+v", l)
			}
			event(tx, machine, 3, began-7, began+1)
			if l := report(tx); !l.Back() {
				t.Errorf("three of three came again: %+v", l)
			}
			return nil
		}))
	})
}

func none(syncproto.Event) string { return "" }
