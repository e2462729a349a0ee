package store

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// A word from process to process that a commune's feed has grown. It is a
// wake-up and nothing else: it may be lost, repeated or late, and whoever hears
// it looks into the tables. It is sent after the commit and in a transaction of
// its own, because a commit that carries one waits for every other such commit.

const (
	channel = "bendo_feed"
	// maxWord is less than the 8000 bytes PostgreSQL lets one word have.
	maxWord = 7000
)

// Tell sends the names of communes to the portal's other processes. On SQLite
// there are none.
func (db *DB) Tell(ctx context.Context, communes []string) error {
	pg, ok := db.backend.(*postgres)
	if !ok {
		return nil
	}
	for len(communes) > 0 {
		n, size := 0, 0
		for n < len(communes) && (n == 0 || size+len(communes[n]) < maxWord) {
			size += len(communes[n]) + 1
			n++
		}
		if _, err := pg.pool.ExecContext(ctx, "SELECT pg_notify($1, $2)", channel, strings.Join(communes[:n], " ")); err != nil {
			return err
		}
		communes = communes[n:]
	}
	return nil
}

// Hear calls woken for every commune another process (or this one) tells of,
// until ctx ends. A lost connection is opened again; what is told meanwhile is
// not heard.
func (db *DB) Hear(ctx context.Context, woken func(commune string)) {
	pg, ok := db.backend.(*postgres)
	if !ok {
		return
	}
	for ctx.Err() == nil {
		_ = pg.hear(ctx, woken) // whoever waits looks for itself meanwhile
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (p *postgres) hear(ctx context.Context, woken func(string)) error {
	conn, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	for {
		word, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		for commune := range strings.FieldsSeq(word.Payload) {
			woken(commune)
		}
	}
}

// FeedHeads gives the position of the newest item of every commune's feed.
func (tx *Tx) FeedHeads() (map[string]uint64, error) {
	heads := map[string]uint64{}
	err := tx.Each("SELECT commune, head FROM feed_heads", nil, func(scan func(...any) error) error {
		var commune string
		var head int64
		err := scan(&commune, &head)
		heads[commune] = uint64(head)
		return err
	})
	return heads, err
}
