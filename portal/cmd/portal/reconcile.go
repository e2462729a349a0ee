package main

import (
	"errors"
	"fmt"
	"os"

	"bendo/internal/reconcile"
	"bendo/portal/store"
	"bendo/syncproto"
)

type reconcileCommand struct {
	place   `embed:""`
	Commune string `required:"" help:"Administrative code of the commune."`
	Day     string `help:"Day of Viet Nam (UTC+7), from 00:00 to 24:00; default today." placeholder:"2026-11-22"`
	Against string `type:"path" help:"The sheet an office printed for the same day: names every dossier that differs." placeholder:"FILE"`
	JSON    bool   `name:"json" help:"Print {\"sheets\":[…]}, one signed sheet for each book; with --against {\"sheet\",\"differences\"}."`
}

// Run makes the province's half of the evening's comparison. Differences end it with status 1,
// after they were printed.
func (r *reconcileCommand) Run(c *console) error {
	o, err := r.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	day := reconcile.DayOf(o.db.Now())
	if r.Day != "" {
		if day, err = reconcile.ParseDay(r.Day); err != nil {
			return err
		}
	}
	sheets, err := r.sheets(c, o, day)
	if err != nil {
		return err
	}
	if r.Against != "" {
		return r.compare(c, o, sheets)
	}
	if r.JSON {
		return c.print(reconcile.Sheets{Sheets: sheets})
	}
	for _, s := range sheets {
		if err := r.tell(c, s); err != nil {
			return err
		}
	}
	return nil
}

// sheets makes one for every book of the commune, also for one that filed nothing.
func (r *reconcileCommand) sheets(c *console, o *office, day reconcile.Day) ([]reconcile.Sheet, error) {
	var facts map[syncproto.BookID][]reconcile.Fact
	var books []syncproto.BookID
	err := o.db.Read(c.ctx, func(tx *store.Tx) (err error) {
		if books, err = tx.BooksOf(r.Commune); err != nil {
			return err
		}
		facts, err = tx.FiledOn(r.Commune, day)
		return err
	})
	if err != nil {
		return nil, err
	}
	sheets := []reconcile.Sheet{}
	for _, book := range books {
		s := reconcile.New(reconcile.Province, day, book, facts[book])
		s.MadeAt, s.Clock, s.Commune = o.db.Now().UnixMilli(), "province", r.Commune
		if s, err = s.Sign(o.register.Keys.Receipt); err != nil {
			return nil, err
		}
		sheets = append(sheets, s)
	}
	return sheets, nil
}

func (r *reconcileCommand) tell(c *console, s reconcile.Sheet) error {
	n := s.Counts
	_, err := fmt.Fprintf(c.out, "%s %s book %s: %d filed, %d supplements, %d complete, %d taken in, root %s\n",
		s.Day, s.Commune, s.Book, n.Filed, n.Supplements, n.Complete, n.TakenIn, s.Root)
	return err
}

// compare holds an office's sheet, signed by a machine of this register, against ours.
func (r *reconcileCommand) compare(c *console, o *office, sheets []reconcile.Sheet) error {
	b, err := os.ReadFile(r.Against)
	if err != nil {
		return err
	}
	theirs, err := reconcile.Read(b)
	if err != nil {
		return err
	}
	if len(theirs) != 1 || theirs[0].By != reconcile.Office {
		return fmt.Errorf("%s is not one sheet of an office", r.Against)
	}
	there := theirs[0]
	var device store.Device
	err = o.db.Read(c.ctx, func(tx *store.Tx) (err error) {
		device, err = tx.FindDevice(there.Device)
		return err
	})
	if err != nil {
		return named(err, there.Device)
	}
	if err := there.Verify(device.PublicKey); err != nil {
		return fmt.Errorf("%s: %w", r.Against, err)
	}
	if device.Book != there.Book || there.Commune != r.Commune {
		return errors.New("the machine that signed the sheet does not write that book for this commune")
	}
	for _, s := range sheets {
		if s.Book == there.Book {
			return r.differences(c, s, there)
		}
	}
	return fmt.Errorf("no book %s in commune %s", there.Book, r.Commune)
}

func (r *reconcileCommand) differences(c *console, here, there reconcile.Sheet) error {
	found, err := reconcile.Diff(here, there)
	if err != nil {
		return err
	}
	if r.JSON {
		err = c.print(map[string]any{"sheet": here, "differences": found})
	} else if err = r.tell(c, here); err == nil {
		for _, d := range found {
			if _, err = fmt.Fprintf(c.out, "%s\t%d\t%s\n", d.Slip, d.N, d.What); err != nil {
				break
			}
		}
	}
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%d differences between the province and the office on %s", len(found), here.Day)
	}
	return err
}
