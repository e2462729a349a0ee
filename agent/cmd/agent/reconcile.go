package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"bendo/internal/reconcile"
)

type reconcileCommand struct {
	place
	Day     string `help:"Day of Viet Nam (UTC+7), from 00:00 to 24:00; default today." placeholder:"2026-11-22"`
	Against string `help:"What the portal printed for the same day: names every dossier that differs." placeholder:"FILE" type:"path"`
	Check   string `help:"Check a signed sheet by itself and do nothing else." placeholder:"FILE" type:"path"`
	Key     string `help:"The public key a sheet must be signed with." placeholder:"HEX"`
	JSON    bool   `name:"json" help:"Print the signed sheet, with --against {\"sheet\",\"differences\"}."`
}

// Run makes the evening sheet's data. Differences end it with status 1, after they were printed.
func (r *reconcileCommand) Run(ctx context.Context, c *console) (err error) {
	key, err := hex.DecodeString(r.Key)
	if err != nil || len(key) != 0 && len(key) != ed25519.PublicKeySize {
		return errors.New("--key: want 64 hex digits")
	}
	if r.Check != "" {
		return checkSheets(c, r.Check, key)
	}
	o, err := r.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	day := reconcile.DayOf(o.Clock.Time())
	if r.Day != "" {
		if day, err = reconcile.ParseDay(r.Day); err != nil {
			return err
		}
	}
	here, err := o.Reconcile(ctx, day)
	if err != nil {
		return err
	}
	if r.Against == "" {
		return tellSheet(c, here, r.JSON)
	}
	id, err := o.Book.Identity(ctx)
	if err != nil {
		return err
	}
	there, err := sheetOf(r.Against, here, id.PortalKey)
	if err != nil {
		return err
	}
	return compare(c, here, there, r.JSON)
}

func readSheets(path string) ([]reconcile.Sheet, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return reconcile.Read(b)
}

// sheetOf finds the sheet of our book and day in what the province printed, signed by its key.
func sheetOf(path string, here reconcile.Sheet, portal ed25519.PublicKey) (reconcile.Sheet, error) {
	all, err := readSheets(path)
	if err != nil {
		return reconcile.Sheet{}, err
	}
	for _, s := range all {
		if s.Book == here.Book && s.Day == here.Day && s.By == reconcile.Province {
			return s, s.Verify(portal)
		}
	}
	return reconcile.Sheet{}, fmt.Errorf("%s holds no sheet of the province for book %s and %s", path, here.Book, here.Day)
}

func checkSheets(c *console, path string, key []byte) error {
	all, err := readSheets(path)
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := s.Verify(key); err != nil {
			return fmt.Errorf("%s: sheet of book %s, %s: %w", path, s.Book, s.Day, err)
		}
		if _, err := fmt.Fprintf(c.out, "%s %s %s %s: %s\nkhóa: %s\n", s.Day, s.By, s.Commune, s.Book, s.Root, hex.EncodeToString(s.Key)); err != nil {
			return err
		}
	}
	return nil
}

func tellSheet(c *console, s reconcile.Sheet, json bool) error {
	if json {
		return c.print(s)
	}
	var b bytes.Buffer
	n := s.Counts
	fmt.Fprintf(&b, "Đối soát ngày %s (00:00–24:00, GMT+7), %s\n", s.Day, s.Commune)
	fmt.Fprintf(&b, "Nộp mới %d · bổ sung %d · đã rời xã %d · tỉnh đã nhận đủ %d · cán bộ đã tiếp nhận %d\n", n.Filed, n.Supplements, n.Left, n.Complete, n.TakenIn)
	if n.Doubtful > 0 {
		fmt.Fprintf(&b, "Có %d lần nộp khi giờ máy chưa được xác nhận\n", n.Doubtful)
	}
	fmt.Fprintf(&b, "Mã gốc: %s\n", s.Root)
	_, err := b.WriteTo(c.out)
	return err
}

// differenceWords say what is different, for staff.
var differenceWords = map[string]string{
	reconcile.OnlyHere: "chỉ có ở xã", reconcile.OnlyThere: "chỉ có ở tỉnh",
	reconcile.DoubledHere: "ở xã có nhiều lần hơn", reconcile.DoubledThere: "ở tỉnh có nhiều lần hơn",
	reconcile.OtherBytes: "nội dung khác nhau", reconcile.OtherTime: "giờ nộp khác nhau",
	reconcile.Completeness: "một bên đã đủ giấy tờ, một bên chưa", reconcile.TakingIn: "một bên chưa biết việc tiếp nhận",
}

func compare(c *console, here, there reconcile.Sheet, json bool) error {
	found, err := reconcile.Diff(here, there)
	if err != nil {
		return err
	}
	if json {
		err = c.print(map[string]any{"sheet": here, "differences": found})
	} else if err = tellSheet(c, here, false); err == nil {
		for _, d := range found {
			if _, err = fmt.Fprintf(c.out, "%s (%d): %s\n", d.Slip, d.N, differenceWords[d.What]); err != nil {
				break
			}
		}
	}
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%d differences between the office and the province on %s", len(found), here.Day)
	}
	return err
}
