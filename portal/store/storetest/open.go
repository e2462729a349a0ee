package storetest

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"bendo/internal/seal"
	"bendo/portal/store"
)

// Keeper makes keys in a directory of the test's own.
func Keeper(t testing.TB) *seal.Keeper {
	t.Helper()
	dir := t.TempDir()
	keeper, err := seal.LoadOrCreate(seal.Options{DataDir: filepath.Join(dir, "data"), KeysDir: filepath.Join(dir, "keys")})
	if err != nil {
		t.Fatal(err)
	}
	return keeper
}

// Each runs test on both engines, each time with an empty store.
func Each(t *testing.T, test func(t *testing.T, o store.Options)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: Keeper(t), Now: time.Now})
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, store.Options{Database: Postgres(t), Blobs: t.TempDir(), Keeper: Keeper(t), Now: time.Now})
	})
}

// Open opens a store that closes with the test.
func Open(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
