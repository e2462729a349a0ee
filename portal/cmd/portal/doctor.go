package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"bendo/internal/journal"
	"bendo/internal/sqlitedb"
	"bendo/portal/intake"
	"bendo/portal/store"
	"bendo/syncproto"
)

// doctorCommand examines what a portal keeps. It mends nothing: rows of a damaged database are not
// picked out one by one, as an office's book allows, because every office still has what it sent and
// sends it again to a portal that was put back from its backup.
type doctorCommand struct {
	place `embed:""`
	JSON  bool `name:"json" help:"Print one JSON value."`
}

// errSick ends the command with status 1 after it has said what is wrong.
var errSick = errors.New("the portal's data is not healthy; see above")

// diagnosis is what was found. Nothing in it is personal.
type diagnosis struct {
	File     []string `json:"file"`    // complaints of SQLite about portal.db
	Problem  string   `json:"problem"` // why it could not be read to its end
	Journals int      `json:"journals"`
	Scans    int      `json:"scans"`   // complete ones that were read
	Damaged  []string `json:"damaged"` // journals and scans that are not whole
}

func (d *diagnosis) healthy() bool { return len(d.File)+len(d.Damaged) == 0 && d.Problem == "" }

// Run reads everything: the file as SQLite sees it, the journal of every machine with its chain and
// signatures, every complete scan with its digest. It may run beside a serving portal.
func (d *doctorCommand) Run(c *console) error {
	if _, err := os.Stat(d.file()); d.Database == "" && err != nil {
		// Never made here: an empty one beside other keys would keep a portal from starting.
		return fmt.Errorf("there is no portal's database in %s; say --data where it is: %w", d.Data, err)
	}
	var found diagnosis
	if err := d.examine(c, &found); err != nil {
		if c.ctx.Err() != nil {
			return err
		}
		found.Problem = err.Error()
	}
	var err error
	if d.JSON {
		err = c.print(found)
	} else {
		err = d.tell(c.out, found)
	}
	if err == nil && !found.healthy() {
		err = errSick
	}
	return err
}

func (d *doctorCommand) file() string { return filepath.Join(d.Data, "portal.db") }

func (d *doctorCommand) examine(c *console, found *diagnosis) error {
	if d.Database == "" {
		db, err := sqlitedb.Open(c.ctx, d.file(), sqlitedb.Options{})
		if err != nil {
			return err
		}
		found.File, err = db.Check(c.ctx, false)
		if err = errors.Join(err, db.Close()); err != nil {
			return err
		}
	}
	o, err := d.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	var devices []store.Device
	var cases []store.Case
	err = o.db.Read(c.ctx, func(tx *store.Tx) (err error) {
		if devices, err = tx.Devices(); err != nil {
			return err
		}
		cases, err = tx.Cases("")
		return err
	})
	if err != nil {
		return err
	}
	p := intake.New(o.db, o.register, o.register.Keys.Receipt, c.log)
	for _, device := range devices {
		found.Journals++
		if err := checkJournal(c.ctx, p, device.ID); err != nil {
			found.Damaged = append(found.Damaged, fmt.Sprintf("journal of machine %s: %v", device.ID, err))
		}
	}
	for _, one := range cases {
		if err := checkScans(c.ctx, o.db, one, found); err != nil {
			return err
		}
	}
	return c.ctx.Err()
}

// checkJournal writes the journal of a machine into its own check.
func checkJournal(ctx context.Context, p *intake.Portal, device syncproto.DeviceID) error {
	r, w := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := p.Export(ctx, w, device, "headers", "")
		w.CloseWithError(err) // nil: the end
		written <- err
	}()
	_, err := journal.Verify(r, journal.Options{})
	r.Close()
	if failed := <-written; failed != nil && !errors.Is(failed, io.ErrClosedPipe) {
		return failed
	}
	return err
}

func checkScans(ctx context.Context, db *store.DB, c store.Case, found *diagnosis) error {
	var blobs []store.Blob
	err := db.Read(ctx, func(tx *store.Tx) (err error) {
		blobs, err = tx.BlobsOf(c.Commune, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	for _, b := range blobs {
		if !b.Complete() {
			continue // it is on its way
		}
		found.Scans++
		sum := sha256.New()
		err := db.ReadBlob(ctx, b, sum)
		if err == nil && syncproto.Digest(sum.Sum(nil)) != b.Ref.SHA256 {
			err = errors.New("other bytes than were confirmed")
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			found.Damaged = append(found.Damaged, fmt.Sprintf("scan %s of slip %s: %v", b.Ref.SHA256, c.Slip, err))
		}
	}
	return nil
}

// tell says it to the province's IT.
func (d *doctorCommand) tell(out io.Writer, found diagnosis) error {
	for _, line := range found.File {
		fmt.Fprintf(out, "TỆP portal.db HỎNG: %s\n", line)
	}
	for _, line := range found.Damaged {
		fmt.Fprintf(out, "HỎNG: %s\n", line)
	}
	if found.Problem != "" {
		fmt.Fprintf(out, "KHÔNG ĐỌC HẾT ĐƯỢC: %s\n", found.Problem)
	}
	if d.Database != "" {
		fmt.Fprintln(out, "Tệp của PostgreSQL: kiểm tra bằng công cụ của PostgreSQL (pg_amcheck, data_checksums).\n(PostgreSQL's own files are checked by PostgreSQL's own tools.)")
	}
	if found.healthy() {
		_, err := fmt.Fprintf(out, "Dữ liệu của cổng lành lặn: %d nhật ký máy, %d bản quét đã đọc lại.\n(The portal's data is sound: %d journals, %d scans were read again.)\n",
			found.Journals, found.Scans, found.Journals, found.Scans)
		return err
	}
	_, err := fmt.Fprint(out, "Không sửa từng dòng được. Dừng cổng; GIỮ LẠI thư mục dữ liệu hỏng; đặt bản sao lưu gần nhất vào chỗ cũ; chạy portal restore; mở lại cổng. Các xã tự gửi lại những gì thiếu; theo dõi bằng portal restore --report.\n"+
		"(Nothing is mended row by row. Stop the portal, KEEP the damaged data directory, put the newest backup in its place, run portal restore, start the portal. The offices send again what is missing; watch portal restore --report.)\n")
	return err
}
