// Package keyring keeps the province's signed list of its machines' keys (danh sách khóa máy) on an
// office machine, so that slips of other offices are verified without a line.
//
// Two ways bring it: the feed names it as a published thing, which the agent carries into
// DIR/objects; or a person hands a file to Take, which lies in DIR/fleet-keys. It promises that only
// a list signed by the province's key is used, that the newest of them wins, and that an older one
// never replaces a newer, also when two processes keep one at once: a machine that was revoked does not
// come back with an old stick.
//
// It refuses unsigned and older lists. Take is on disk when it returns; a power cut before that leaves
// the list there was. A damaged file is passed over and told.
package keyring

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"bendo/internal/durable"
	"bendo/internal/ledger"
	"bendo/internal/slipcheck"
	"bendo/syncproto"
)

// Feed is where published things are named; *ledger.Book satisfies it.
type Feed interface {
	Kept(ctx context.Context, kind string) ([]ledger.Kept, error)
}

// Ring is one machine's list. Book may be nil: then only the file counts.
type Ring struct {
	Dir    string // the office's data directory
	Book   Feed
	Portal ed25519.PublicKey // of the province, from the enrolment
}

// ErrOlder is a list that is older than the one that is here.
var ErrOlder = errors.New("a newer list of machine keys is here already; nothing was changed")

func (k Ring) file() string { return filepath.Join(k.Dir, "fleet-keys") }

// Load gives the newest list that is properly signed; the zero list when there is none. The error
// tells of files that could not be used, also beside a good list. A list that the feed brought is kept
// as the file as well when it is the newest: the feed forgets it as soon as it names another, which may
// take a day to arrive.
func (k Ring) Load(ctx context.Context) (best slipcheck.List, err error) {
	best, _, err = k.use(k.file(), best)
	named, bad := k.named(ctx)
	err = errors.Join(err, bad)
	if named == "" {
		return best, err
	}
	newest, data, bad := k.use(named, best)
	if err = errors.Join(err, bad); newest.Issued > best.Issued {
		now, bad := k.keep(newest, data)
		if errors.Is(bad, ErrOlder) {
			return now, err // somebody took a stick's meanwhile
		}
		err = errors.Join(err, bad)
	}
	return newest, err
}

// keep makes l the file unless a newer one is there: then it is returned with [ErrOlder]. The service and
// a command may keep at once; whoever comes second looks again under the lock. A crash leaves the file
// there was (temporary name, flushed, renamed), and the kernel drops the lock.
func (k Ring) keep(l slipcheck.List, data []byte) (slipcheck.List, error) {
	lock, err := os.OpenFile(k.file()+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		defer lock.Close()
		err = durable.LockFile(lock)
	}
	if err != nil {
		return l, fmt.Errorf("keeping the list of machine keys: %w", err)
	}
	if here, _, _ := k.use(k.file(), l); here.Issued > l.Issued { // a damaged one is replaced
		return here, ErrOlder
	}
	if err := durable.WriteFile(k.file(), data, 0o600); err != nil {
		return l, fmt.Errorf("keeping the list of machine keys: %w", err)
	}
	return l, nil
}

// use reads the list at path; best where that is not newer, or cannot be used.
func (k Ring) use(path string, best slipcheck.List) (slipcheck.List, []byte, error) {
	l, data, err := k.read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return best, nil, nil // never brought, or still on its way
	case err != nil || l.Issued <= best.Issued:
		return best, nil, err
	}
	return l, data, nil
}

func (k Ring) read(path string) (slipcheck.List, []byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return slipcheck.List{}, nil, fmt.Errorf("reading the list of machine keys: %w", err)
	}
	if info.Size() > slipcheck.MaxListBytes {
		return slipcheck.List{}, nil, fmt.Errorf("reading the list of machine keys: %w", slipcheck.ErrList)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return slipcheck.List{}, nil, fmt.Errorf("reading the list of machine keys: %w", err)
	}
	l, err := slipcheck.OpenList(data, k.Portal)
	return l, data, err
}

// named is where the agent puts the list that the feed names last; "" when it names none.
func (k Ring) named(ctx context.Context) (path string, err error) {
	if k.Book == nil {
		return "", nil
	}
	kept, err := k.Book.Kept(ctx, syncproto.FeedObject)
	if err != nil {
		return "", fmt.Errorf("looking for the list of machine keys: %w", err)
	}
	for _, one := range kept { // the oldest first
		if one.Key != slipcheck.ObjectKey {
			continue
		}
		if ref, err := syncproto.DecodeObjectRef(one.Body); err == nil {
			path = filepath.Join(k.Dir, "objects", ref.SHA256.String())
		}
	}
	return path, nil
}

// Take keeps a list that came as a file. It may be repeated.
func (k Ring) Take(ctx context.Context, data []byte) (slipcheck.List, error) {
	l, err := slipcheck.OpenList(data, k.Portal)
	if err != nil {
		return l, err
	}
	if here, _ := k.Load(ctx); here.Issued > l.Issued { // a damaged one is replaced
		return here, ErrOlder
	}
	return k.keep(l, data)
}
