package agent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"bendo/internal/carry"
	"bendo/internal/durable"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// The second place (nơi thứ hai) is a permanent stick, another disk or a folder of the office's
// network. Everything the province has not signed for lies there as sealed bundles within a
// minute, so that the death of this machine's disk loses nothing a slip was printed for.

// SecondOptions say where the second place is.
type SecondOptions struct {
	Dir string // "": there is none
	// SameDisk takes a folder on the same disk as the data. It protects from nothing; tests use it.
	SameDisk bool
}

// Why a second place is not kept, or not fully. The strings are stable.
const (
	SecondOff      = "off"       // none was asked for
	SecondGone     = "gone"      // not mounted, pulled out, unreachable
	SecondEmpty    = "no_medium" // the folder is there, its medium is not
	SecondSameDisk = "same_disk"
	SecondMemory   = "memory" // a folder in memory
	SecondFull     = "full"
	SecondReadOnly = "read_only"
	SecondBroken   = "broken"
	SecondWaits    = "not_enrolled" // without the province's key nothing can be sealed
)

const (
	secondEvery = 5 * time.Second
	secondSay   = 25 * time.Second // the desk calls silence of two minutes "unknown"
	secondAgain = 10 * time.Minute // a full round although nothing changed
	secondRead  = 24 * time.Hour   // every byte is read again
	marker      = "bendo-second-place.json"
)

// second keeps the second place. It belongs to one goroutine.
type second struct {
	o    *Office
	opts SecondOptions
	open func(dir string) (*carry.Stick, error)

	shelf   *shelf
	readAt  time.Time // when the shelf was begun
	packed  [32]byte  // what the last full round saw
	at      time.Time // when that was
	version int64     // of the book after it
	report  BundleReport
	status  ledger.SecondStatus
	said    time.Time
	logged  string
}

// keepSecond keeps the second place until ctx ends. Without one it says so once.
func (o *Office) keepSecond(ctx context.Context, opts SecondOptions) error {
	s := &second{o: o, opts: opts, open: carry.Open}
	t := time.NewTicker(secondEvery)
	defer t.Stop()
	for {
		if err := s.look(ctx); err != nil {
			return err
		}
		if opts.Dir == "" {
			<-ctx.Done()
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// look does one round. An error is the book's; whatever the medium does is a status.
func (s *second) look(ctx context.Context) error {
	why, detail, err := s.round(ctx)
	if err != nil || ctx.Err() != nil {
		return err
	}
	return s.say(ctx, why, detail)
}

func (s *second) round(ctx context.Context) (why string, detail error, err error) {
	if s.opts.Dir == "" {
		return SecondOff, nil, nil
	}
	if why, detail := s.medium(ctx); why != "" {
		s.forget()
		return why, detail, nil
	}
	now := time.Now()
	if now.Sub(s.readAt) > secondRead || s.shelf == nil {
		s.shelf, s.readAt, s.at = &shelf{seen: map[string]syncproto.Digest{}}, now, time.Time{}
	}
	version, err := s.o.Book.DataVersion(ctx)
	if err != nil {
		return "", nil, err
	}
	if version == s.version && now.Sub(s.at) < secondAgain {
		return s.status.Why, nil, nil
	}
	seen, err := s.digest(ctx)
	if err != nil {
		return "", nil, err
	}
	if seen == s.packed && now.Sub(s.at) < secondAgain && s.status.Why == "" {
		s.version = version
		return "", nil, nil
	}
	return s.pack(ctx, seen)
}

// digest is what the second place must follow: submissions, the log, what is acknowledged.
func (s *second) digest(ctx context.Context) (sum [32]byte, err error) {
	owed, err := s.o.Book.Unreceipted(ctx)
	if errors.Is(err, ledger.ErrNotEnrolled) {
		return sum, nil
	}
	if err != nil {
		return sum, err
	}
	log, err := s.o.Book.LogState(ctx)
	if err != nil {
		return sum, err
	}
	h := sha256.New()
	for _, u := range owed {
		left := byte(0)
		if u.Left {
			left = 1
		}
		h.Write(append(u.Event[:], left))
	}
	h.Write(log.Head[:])
	h.Write(binary.BigEndian.AppendUint64(nil, log.Next))
	h.Write(binary.BigEndian.AppendUint64(nil, log.Acked))
	h.Write(binary.BigEndian.AppendUint64(nil, log.Generation))
	return [32]byte(h.Sum(nil)), nil
}

// pack writes what is missing, takes away what is receipted, and notes what lies there.
func (s *second) pack(ctx context.Context, seen [32]byte) (string, error, error) {
	stick, err := s.open(s.opts.Dir)
	if err != nil {
		s.forget()
		return SecondGone, err, nil
	}
	defer stick.Close()
	p := &packer{o: s.o, stick: stick, purpose: syncproto.BundleSecond, known: s.shelf}
	report, failed := p.pack(ctx)
	switch kind := carry.KindOf(failed); {
	case errors.Is(failed, ledger.ErrNotEnrolled):
		return SecondWaits, nil, nil
	case failed != nil && kind == "":
		return "", nil, failed
	case kind == carry.Gone:
		s.forget()
		return SecondGone, failed, nil
	}
	now := s.o.Clock.Time().UnixMilli()
	if err := s.o.Book.MarkSecond(ctx, now, report.whole); err != nil {
		return "", nil, err
	}
	s.report, s.at = report, time.Now()
	if s.version, err = s.o.Book.DataVersion(ctx); err != nil {
		return "", nil, err
	}
	s.packed = [32]byte{}
	switch carry.KindOf(failed) {
	case "":
		s.packed = seen
		return "", nil, nil
	case carry.Full:
		return SecondFull, failed, nil
	case carry.ReadOnly:
		return SecondReadOnly, failed, nil
	}
	return SecondBroken, failed, nil
}

// forget: what the medium holds is not known any more; everything is read again when it is back.
func (s *second) forget() {
	s.shelf, s.packed, s.version, s.at, s.report = nil, [32]byte{}, 0, time.Time{}, BundleReport{}
}

// say writes the status for the desk when it changed, and at least every half minute.
func (s *second) say(ctx context.Context, why string, detail error) error {
	kept := why == "" || (why == SecondFull || why == SecondReadOnly || why == SecondBroken) && s.report.Files > 0
	next := ledger.SecondStatus{Kept: kept, Why: why, Files: s.report.Files, Bytes: s.report.Bytes}
	alone := s.report.alone
	if !kept {
		owed, err := s.o.Book.Unreceipted(ctx)
		if err != nil && !errors.Is(err, ledger.ErrNotEnrolled) {
			return err
		}
		alone = owed
	}
	if next.Unprotected = len(alone); len(alone) > 0 {
		next.Oldest = alone[0].SavedAt
	}
	now := s.o.Clock.Time().UnixMilli()
	next.At, next.Since = now, s.status.Since
	if next.Since == 0 || next.Kept != s.status.Kept || next.Why != s.status.Why {
		next.Since = now
	}
	before := s.status
	before.At = next.At
	if s.status.At != 0 && before == next && time.Since(s.said) < secondSay {
		return nil
	}
	if why != s.logged && why != SecondOff {
		s.o.Log.Warn("the second place changed", "kept", kept, "why", why, "error", detail)
		s.logged = why
	}
	s.status, s.said = next, time.Now()
	if err := s.o.Book.SetSecond(ctx, next); err != nil {
		return err
	}
	return nil
}

// medium says why the folder cannot be a second place now, "" when it can. A folder whose stick is
// not mounted looks like any other empty folder, on the very disk it should protect from; the
// marker and the disk's own number tell them apart.
func (s *second) medium(ctx context.Context) (why string, detail error) {
	info, err := os.Stat(s.opts.Dir)
	if err != nil || !info.IsDir() {
		return SecondGone, err
	}
	if !s.opts.SameDisk {
		if why, err := otherDisk(s.opts.Dir, s.o.Dir); why != "" {
			return why, err
		}
	}
	state, err := s.o.Book.Carry(ctx)
	if err != nil {
		return SecondBroken, err
	}
	id, err := readMarker(s.opts.Dir)
	switch {
	case err != nil:
		return mediumWhy(err), err
	case id == "" && state.Marker != "" && !s.opts.SameDisk && !ownMount(s.opts.Dir):
		return SecondEmpty, fmt.Errorf("%s lies on this machine's own disk and has no %s: is the stick in?", s.opts.Dir, marker)
	case id == "":
		if id, err = writeMarker(s.opts.Dir); err != nil {
			return mediumWhy(err), err
		}
	}
	if id == state.Marker {
		return "", nil
	}
	if state.Marker != "" {
		s.o.Log.Info("another medium is the second place now")
	}
	s.forget()
	if _, err := s.o.Book.ChangeCarry(ctx, func(c ledger.CarryState) ledger.CarryState { c.Marker = id; return c }); err != nil {
		return SecondBroken, err
	}
	return "", nil
}

func mediumWhy(err error) string {
	switch carry.Of("", err).Kind {
	case carry.Gone:
		return SecondGone
	case carry.ReadOnly:
		return SecondReadOnly
	case carry.Full:
		return SecondFull
	}
	return SecondBroken
}

// mark names a medium.
type mark struct {
	ID   string `json:"id"`
	Note string `json:"note"`
}

const markNote = "Nơi thứ hai của Bến Đò: giữ hồ sơ đã niêm phong mà tỉnh chưa nhận. Đừng rút, đừng xóa. / Bến Đò's second place: sealed dossiers the province has not received. Do not pull it out, delete nothing."

// readMarker is "" when there is none.
func readMarker(dir string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, marker))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var m mark
	if json.Unmarshal(raw, &m) != nil {
		return "", nil // torn: written anew
	}
	return m.ID, nil
}

func writeMarker(dir string) (string, error) {
	var id [16]byte
	rand.Read(id[:])
	m := mark{hex.EncodeToString(id[:]), markNote}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", err
	}
	return m.ID, durable.WriteFile(filepath.Join(dir, marker), append(raw, '\n'), 0o600)
}
