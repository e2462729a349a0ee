package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bendo/internal/durable"
	"bendo/internal/seal"
	"bendo/portal/fleet"
	"bendo/portal/store"
)

// place says where a portal keeps its things. All commands take the same flags.
type place struct {
	Data        string `default:"portal-data" type:"path" help:"Directory of the portal's data."`
	Keys        string `type:"path" help:"Directory of the keys; never under --data. Default: DATA.keys beside it."`
	Database    string `help:"Address of a PostgreSQL database (postgres://…). Default: SQLite in --data." placeholder:"URL"`
	Blobs       string `type:"path" help:"Directory of the scans, shared by all portal processes. Default: DATA/blobs."`
	Credentials string `hidden:"" default:"${credentials}"`
}

// office is an opened portal.
type office struct {
	db       *store.DB
	register *fleet.Register
	keys     string // the keys' directory
}

// open opens the store and the keys, making what a first start lacks.
func (p *place) open(ctx context.Context, log *slog.Logger) (*office, error) {
	if err := durable.MkdirAll(p.Data, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	keeper, err := p.keeper(log)
	if err != nil {
		return nil, fmt.Errorf("opening the portal's key: %w", err)
	}
	dir := keeper.Dir()
	if err := durable.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the keys directory: %w", err)
	}
	authority, err := fleet.OpenAuthority(dir, time.Now())
	if err != nil {
		return nil, err
	}
	keys, err := fleet.OpenKeys(dir, log)
	if err != nil {
		return nil, err
	}
	blobs := p.Blobs
	if blobs == "" {
		blobs = filepath.Join(p.Data, "blobs")
	}
	db, err := store.Open(ctx, store.Options{Dir: p.Data, Database: p.Database, Blobs: blobs, Keeper: keeper})
	if err != nil {
		return nil, err
	}
	return &office{db: db, keys: dir, register: &fleet.Register{DB: db, Authority: authority, Keys: keys}}, nil
}

// keeper opens the key that seals everything. Where a database lies already, a
// new key would open none of it: then it must exist.
func (p *place) keeper(log *slog.Logger) (*seal.Keeper, error) {
	_, err := os.Stat(filepath.Join(p.Data, "portal.db"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	keeper, err := seal.LoadOrCreate(seal.Options{DataDir: p.Data, KeysDir: p.Keys, CredentialsDir: p.Credentials, MustExist: err == nil && p.Database == ""})
	if err != nil {
		return nil, err
	}
	if warning := keeper.Warning(); warning != "" {
		log.Warn("Key is not protected by the system", "detail", strings.TrimSpace(warning))
	}
	return keeper, nil
}
