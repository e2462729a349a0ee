package store

import (
	"context"
	"path/filepath"
	"time"

	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
)

// Options of Open. Dir or Database must be set.
type Options struct {
	// Dir holds portal.db when Database is empty.
	Dir string
	// Database is the address of a PostgreSQL database.
	Database string
	// Blobs is the directory of the scans; shared by all portal processes.
	Blobs string
	// Keeper holds the portal's own key, which wraps the dossiers' keys.
	Keeper *seal.Keeper
	// Now is the store's clock; nil means the machine's.
	Now func() time.Time
}

// DB is the portal's store. All methods may be called from many goroutines and
// from several processes.
type DB struct {
	backend   backend
	engine    *engine
	now       func() time.Time
	keeper    *seal.Keeper
	portalKey seal.Key // of what belongs to no dossier; set by Open
	blobs     string
	reserve   reserve
}

// Open opens the store and brings its schema up to date.
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{now: o.Now, blobs: o.Blobs, keeper: o.Keeper}
	if db.now == nil {
		db.now = time.Now
	}
	var err error
	if o.Database != "" {
		db.engine = &postgresEngine
		db.backend, err = openPostgres(ctx, o.Database)
	} else {
		db.engine = &sqliteEngine
		var file *sqlitedb.DB
		file, err = sqlitedb.Open(ctx, filepath.Join(o.Dir, "portal.db"), sqlitedb.Options{Readers: 4})
		db.backend, db.reserve = sqlite{file}, newReserve(o.Dir)
	}
	if err != nil {
		return nil, err
	}
	if err := db.prepare(ctx); err != nil {
		db.backend.Close()
		return nil, err
	}
	return db, nil
}

func (db *DB) prepare(ctx context.Context) error {
	if err := db.migrate(ctx); err != nil {
		return err
	}
	if err := db.Write(ctx, func(tx *Tx) error {
		key, err := tx.loadPortalKey()
		if err != nil {
			return err
		}
		db.portalKey = key
		_, err = tx.Generation()
		return err
	}); err != nil {
		return err
	}
	return db.prepareBlobs()
}

// Engine names the engine: sqlite or postgres.
func (db *DB) Engine() string { return db.engine.name }

// Now is the store's clock.
func (db *DB) Now() time.Time { return db.now() }

// Close ends all connections; it waits for what is running.
func (db *DB) Close() error { return db.backend.Close() }
