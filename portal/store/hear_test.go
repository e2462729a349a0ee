package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
	"testing"

	"bendo/portal/store"
	"bendo/portal/store/storetest"
)

// An ack leaves after a flushed commit, also where somebody made the server's
// default weaker.
func TestCommitsAreFlushed(t *testing.T) {
	address := storetest.Postgres(t)
	admin, err := sql.Open("pgx", address)
	check(t, err)
	defer admin.Close()
	for _, setting := range []string{"off", "local", "on"} {
		_, err := admin.Exec("ALTER ROLE postgres SET synchronous_commit = " + setting)
		check(t, err)
		db := storetest.Open(t, store.Options{Database: address, Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
		for name, write := range map[string]func(context.Context, func(*store.Tx) error) error{"write": db.Write, "take": db.Take} {
			check(t, write(context.Background(), func(tx *store.Tx) error {
				var now string
				err := tx.Row("SELECT current_setting('synchronous_commit')", nil, &now)
				if now != "on" {
					t.Errorf("with the role's default %s, %s runs with %s", setting, name, now)
				}
				return err
			}))
		}
		_, err = admin.Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
		check(t, err)
	}
	_, err = admin.Exec("ALTER ROLE postgres RESET synchronous_commit")
	check(t, err)
}

// Processes hear one another, also more communes than one word holds.
func TestProcessesHearOneAnother(t *testing.T) {
	address, keeper, blobs := storetest.Postgres(t), storetest.Keeper(t), t.TempDir()
	one := storetest.Open(t, store.Options{Database: address, Blobs: blobs, Keeper: keeper})
	two := storetest.Open(t, store.Options{Database: address, Blobs: blobs, Keeper: keeper})
	var want []string
	for i := range 3000 {
		want = append(want, fmt.Sprintf("%05d", 10000+i))
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	heard, all := map[string]bool{}, make(chan struct{})
	enough := sync.OnceFunc(func() { close(all) })
	var group sync.WaitGroup
	group.Go(func() {
		two.Hear(ctx, func(commune string) {
			if heard[commune] = true; len(heard) == len(want)+1 { // and "listening"
				enough()
			}
		})
	})
	// Until the other one listens, nothing is heard: a wake-up may be lost.
	group.Go(func() {
		for ctx.Err() == nil {
			check(t, one.Tell(context.WithoutCancel(ctx), append(slices.Clone(want), "listening")))
			select {
			case <-all:
				cancel()
			default:
			}
		}
	})
	group.Wait()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
