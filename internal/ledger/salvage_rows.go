package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"bendo/internal/sqlitedb"
)

// derived tables are made again from the events; what is left of them is not wanted.
var derived = map[string]bool{"dossier": true, "summary": true, "report_mark": true, "quarantine": true}

// table is how a table of the book is read: by rowid, or by its primary key where it has none.
type table struct {
	name    string
	columns []string
	key     string // what it is ordered by
	rowid   bool
}

// copyRows copies every row that can be read, table by table. A page that cannot be read costs the
// rows on it: the table is read from both ends, and row by row between them.
func (b *Book) copyRows(ctx context.Context, path string, r *Rescue) error {
	tables, err := b.tables(ctx)
	if err != nil {
		return err
	}
	r.Rows = map[string]int{}
	old, err := sqlitedb.Open(ctx, path, sqlitedb.Options{ApplicationID: applicationID})
	if err != nil {
		if sqlitedb.IsCorrupt(err) || sqlitedb.IsIO(err) {
			r.Unreadable++
			return nil // nothing of it can be read; the province has what was acknowledged
		}
		return err
	}
	defer old.Close()
	for _, t := range tables {
		if derived[t.name] {
			continue
		}
		c := copier{b: b, old: old, t: t, r: r}
		if err := c.copy(ctx); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return nil
}

// tables lists the tables of the new book.
func (b *Book) tables(ctx context.Context) (list []table, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		names, err := column[string](ctx, tx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
		if err != nil {
			return err
		}
		for _, name := range names {
			t := table{name: name}
			if t.columns, err = column[string](ctx, tx, `SELECT name FROM pragma_table_info(?) ORDER BY cid`, name); err != nil {
				return err
			}
			key, err := column[string](ctx, tx, `SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk`, name)
			if err != nil {
				return err
			}
			without, err := column[int](ctx, tx, `SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?`, name)
			if err != nil {
				return err
			}
			t.rowid, t.key = len(without) == 1 && without[0] == 0, strings.Join(key, ", ")
			if t.rowid {
				t.key = "rowid"
			}
			list = append(list, t)
		}
		return nil
	})
	return list, err
}

func column[T any](ctx context.Context, tx *sql.Tx, query string, args ...any) (list []T, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// copier copies one table.
type copier struct {
	b   *Book
	old *sqlitedb.DB
	t   table
	r   *Rescue
}

// batch is how many rows are read before they are written: scans are not in the book, rows are small.
const batch = 200

func (c *copier) copy(ctx context.Context) error {
	if err := c.matchColumns(ctx); err != nil {
		return err
	}
	list := strings.Join(c.t.columns, ", ")
	unindexed := ""
	if c.t.rowid {
		list, unindexed = "rowid, "+list, " NOT INDEXED"
	}
	up, end := c.stretch(ctx, fmt.Sprintf(`SELECT %s FROM %s%s ORDER BY %s`, list, c.t.name, unindexed, c.t.key))
	if end == nil {
		return nil
	}
	if isFatal(end) {
		return end
	}
	c.r.Unreadable++
	down, end := c.stretch(ctx, fmt.Sprintf(`SELECT %s FROM %s%s ORDER BY %s`, list, c.t.name, unindexed, descending(c.t.key)))
	if isFatal(end) {
		return end
	}
	if !c.t.rowid {
		return c.byScope(ctx, list)
	}
	// Between the two ends, row by row. Without an upper end the last row is looked for as far as the
	// file could have any: no row of ours is shorter than 16 bytes.
	if down <= up {
		down = up + 1 + c.pages(ctx)*pageBytes/16
	}
	for id := up + 1; id < down && ctx.Err() == nil; id++ {
		_, err := c.stretch(ctx, fmt.Sprintf(`SELECT %s FROM %s NOT INDEXED WHERE rowid = %d`, list, c.t.name, id))
		if isFatal(err) {
			return err
		}
	}
	return ctx.Err()
}

// isFatal: not the damaged file's fault.
func isFatal(err error) bool {
	return err != nil && !sqlitedb.IsCorrupt(err) && !sqlitedb.IsIO(err) && !sqlitedb.IsSchema(err)
}

func descending(key string) string { return strings.ReplaceAll(key, ",", " DESC,") + " DESC" }

// matchColumns leaves out columns an older damaged book has not.
func (c *copier) matchColumns(ctx context.Context) error {
	var have []string
	err := c.old.Read(ctx, func(tx *sql.Tx) (err error) {
		have, err = column[string](ctx, tx, `SELECT name FROM pragma_table_info(?)`, c.t.name)
		return err
	})
	if err != nil || len(have) == 0 {
		if isFatal(err) {
			return err
		}
		return nil // as far as anybody knows
	}
	var both []string
	for _, name := range c.t.columns {
		for _, h := range have {
			if h == name {
				both = append(both, name)
			}
		}
	}
	c.t.columns = both
	return nil
}

func (c *copier) pages(ctx context.Context) (n int64) {
	err := c.old.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&n)
	})
	if err != nil {
		return 0
	}
	return min(n, 4096) // 64 MiB of rows one by one are a minute; what lies beyond is read from the ends
}

// stretch reads rows until the end or the first page that cannot be read, writes them into the new
// book, and gives the last rowid.
func (c *copier) stretch(ctx context.Context, query string, args ...any) (last int64, failed error) {
	var rows [][]any
	flush := func() error {
		err := c.write(ctx, rows)
		rows = rows[:0]
		return err
	}
	err := c.old.Read(ctx, func(tx *sql.Tx) error {
		found, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer found.Close()
		for found.Next() {
			row := make([]any, len(c.t.columns)+map[bool]int{true: 1}[c.t.rowid])
			into := make([]any, len(row))
			for i := range row {
				into[i] = &row[i]
			}
			if err := found.Scan(into...); err != nil {
				return err
			}
			if c.t.rowid {
				if id, ok := row[0].(int64); ok {
					last = id
				}
				row = row[1:]
			}
			if rows = append(rows, row); len(rows) == batch {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		return found.Err()
	})
	return last, errors.Join(err, flush())
}

// write puts rows into the new book. One that breaks a rule of the schema is damaged: it is counted
// and left out.
func (c *copier) write(ctx context.Context, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	insert := fmt.Sprintf(`INSERT OR REPLACE INTO %s (%s) VALUES (?%s)`, c.t.name, strings.Join(c.t.columns, ", "),
		strings.Repeat(", ?", len(c.t.columns)-1))
	if c.t.name != "secret" { // the new book's own key gives way to the old one's; nothing else is there before
		insert = strings.Replace(insert, "OR REPLACE", "OR IGNORE", 1)
	}
	return c.b.db.Write(ctx, func(tx *sql.Tx) error {
		for _, row := range rows {
			res, err := tx.ExecContext(ctx, insert, row...)
			if sqlitedb.IsConstraint(err) {
				c.r.Unreadable++
				continue
			}
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err == nil {
				c.r.Rows[c.t.name] += int(n)
			}
		}
		return nil
	})
}

// byScope asks a table without rowids for the rows of every dossier that is known by now.
func (c *copier) byScope(ctx context.Context, list string) error {
	where := map[string]string{"secret": "scope", "outbox": "event", "blob": "event"}[c.t.name]
	if where == "" {
		return nil
	}
	from := map[string]string{"scope": "dossier", "event": "id"}[where]
	var ids [][]byte
	err := c.b.db.Read(ctx, func(tx *sql.Tx) (err error) {
		ids, err = column[[]byte](ctx, tx, `SELECT DISTINCT `+from+` FROM event`)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range append(ids, bookScope[:]) {
		if _, err := c.stretch(ctx, fmt.Sprintf(`SELECT %s FROM %s WHERE %s = ?`, list, c.t.name, where), id); isFatal(err) {
			return err
		}
	}
	return nil
}
