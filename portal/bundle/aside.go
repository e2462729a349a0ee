package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"bendo/internal/durable"
	"bendo/portal/store"
	"bendo/syncproto"
)

// A part that is set aside lies as it came, sealed, under Aside/DEVICE/NAME. One that shows a
// second history of a book is evidence: it is kept under NAME.fork and never tried again.
type fate string

// maxAside bounds what one machine can leave here (6 MiB each).
const maxAside = 500

const (
	waits    fate = ""
	evidence fate = ".fork"
)

func (c *Clerk) asideDir(device syncproto.DeviceID) string {
	return filepath.Join(c.Aside, device.String())
}

// aside lists what waits of a machine.
func (c *Clerk) aside(device syncproto.DeviceID) ([]source, error) {
	entries, err := os.ReadDir(c.asideDir(device))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for files set aside: %w", err)
	}
	var found []source
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".bendo") && e.Type().IsRegular() {
			found = append(found, source{name: e.Name()})
		}
	}
	return found, nil // by name, and so by serial and part
}

func (c *Clerk) readAside(device syncproto.DeviceID, name string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(c.asideDir(device), filepath.Base(name)))
	if err != nil {
		return nil, fmt.Errorf("reading a file set aside: %w", err)
	}
	return raw, nil
}

// keep sets a part aside before the run goes on; the stick may be gone the next moment.
func (c *Clerk) keep(device syncproto.DeviceID, src source, raw []byte, as fate) error {
	name := filepath.Join(c.asideDir(device), path.Base(src.name))
	if src.part == nil && as == waits {
		return nil // there already
	}
	if err := durable.MkdirAll(c.asideDir(device), 0o700); err != nil {
		return fmt.Errorf("setting a file aside: %w", err)
	}
	if there, err := os.ReadDir(c.asideDir(device)); err != nil || len(there) >= maxAside {
		// One machine must not fill the province's disk; its stick still has the file.
		c.Log.Warn("Too many files of a machine are set aside", "device", device.String(), "files", len(there))
		return err
	}
	if err := durable.WriteFile(name+string(as), raw, 0o600); err != nil {
		return fmt.Errorf("setting a file aside: %w", err)
	}
	if as == waits {
		return nil
	}
	return durable.Remove(name)
}

// drop forgets a part whose every record was taken.
func (c *Clerk) drop(device syncproto.DeviceID, src source) error {
	name := filepath.Join(c.asideDir(device), path.Base(src.name))
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return durable.Remove(name)
}

// Retry takes what was set aside and may go on now: a predecessor came by the line or with
// another stick. It needs no stick.
func (c *Clerk) Retry(ctx context.Context) (Report, error) {
	report := Report{Offices: []Office{}, Problems: []Problem{}}
	entries, err := os.ReadDir(c.Aside)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return report, fmt.Errorf("looking for files set aside: %w", err)
	}
	for _, e := range entries {
		id, err := syncproto.ParseDeviceID(e.Name())
		if err != nil {
			continue
		}
		sources, err := c.aside(id)
		if err != nil {
			return report, err
		}
		if len(sources) == 0 {
			continue
		}
		o, err := c.retry(ctx, id, sources)
		if err != nil {
			return report, err
		}
		report.Offices = append(report.Offices, o)
	}
	return report, nil
}

func (c *Clerk) retry(ctx context.Context, id syncproto.DeviceID, sources []source) (Office, error) {
	o := Office{Device: id, Problems: []Problem{}}
	d, _, err := c.Intake.CarriedDevice(ctx, id)
	if syncproto.ProblemOf(err) != nil {
		return o, nil // revoked meanwhile: it stays aside
	}
	if err != nil {
		return o, err
	}
	o.describe(d)
	for _, src := range slices.Backward(sources) {
		raw, err := c.readAside(id, src.name)
		if err != nil {
			return o, err
		}
		var st syncproto.BundleState
		wrong, err := c.unseal(raw, o.key, src.name, func(rec syncproto.BundleRecord) error {
			if rec.Kind == syncproto.BundleKindState {
				return rec.Decode(&st)
			}
			return nil
		})
		if err != nil {
			return o, err
		}
		if wrong == nil && st.Reply != "" {
			o.state = &st
			break
		}
	}
	if o.state == nil {
		return o, nil
	}
	if o.carried, err = c.Intake.Carry(ctx, id, *o.state); err != nil {
		if syncproto.ProblemOf(err) != nil {
			return o, nil
		}
		return o, err
	}
	return o, c.rounds(ctx, nil, &o, sources)
}

func (o *Office) describe(d store.Device) {
	o.Commune, o.Office, o.key, o.book = d.Commune, d.OfficeName, d.PublicKey, d.Book
}
