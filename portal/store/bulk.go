package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// What a batch reads and writes goes to the engine in a few statements, not in
// one for each event: on PostgreSQL a statement costs a round trip whatever it
// carries. One text serves both engines; {in} and the rows of an insert are put
// in their words here and nowhere else.

// rows are to be inserted into one table, kept by column.
type rows struct {
	table  string
	names  []string
	kinds  []string
	values [][]any
}

// newRows takes columns as "name kind", kind being text, int or bytes.
func newRows(table string, columns ...string) *rows {
	r := &rows{table: table, values: make([][]any, len(columns))}
	for _, column := range columns {
		name, kind, _ := strings.Cut(column, " ")
		r.names, r.kinds = append(r.names, name), append(r.kinds, kind)
	}
	return r
}

// add appends one row: string, int64 or []byte by the kind of each column.
func (r *rows) add(values ...any) {
	for i, value := range values {
		r.values[i] = append(r.values[i], value)
	}
}

func (r *rows) count() int { return len(r.values[0]) }

// insert writes all rows. conflict is the statement's ON CONFLICT clause or
// empty; a clause that updates must not meet one row twice.
func (tx *Tx) insert(r *rows, conflict string) error {
	if r.count() == 0 {
		return nil
	}
	if tx.db.engine.arrays && conflict == "" && r.count() >= copyFrom {
		return tx.copyRows(r)
	}
	head := "INSERT INTO " + r.table + " (" + strings.Join(r.names, ", ") + ") "
	if tx.db.engine.arrays {
		return tx.insertArrays(r, head, conflict)
	}
	// In this process a statement is cheap and parsed once.
	text := head + "VALUES (" + strings.Repeat("?, ", len(r.names)-1) + "?) " + conflict
	statement, err := tx.q.PrepareContext(tx.ctx, text)
	if err != nil {
		return err
	}
	defer statement.Close()
	args := make([]any, len(r.names))
	for i := range r.count() {
		for column := range args {
			args[column] = r.values[column][i]
		}
		if _, err := statement.ExecContext(tx.ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// insertArrays gives each column as one array: one text and one plan for any
// number of rows.
func (tx *Tx) insertArrays(r *rows, head, conflict string) error {
	words := make([]string, len(r.names))
	args := make([]any, len(r.names))
	for i, kind := range r.kinds {
		switch kind {
		case "text":
			words[i], args[i] = "?::text[]", array[string](r.values[i])
		case "int":
			words[i], args[i] = "?::bigint[]", array[int64](r.values[i])
		case "bytes":
			words[i], args[i] = "?::bytea[]", array[[]byte](r.values[i])
		default:
			return fmt.Errorf("column %s of %s has no kind", r.names[i], r.table)
		}
	}
	_, err := tx.Exec(head+"SELECT * FROM unnest("+strings.Join(words, ", ")+") "+conflict, args...)
	return err
}

func array[T any](values []any) []T {
	typed := make([]T, len(values))
	for i, value := range values {
		typed[i] = value.(T)
	}
	return typed
}

// key is what {in} compares with.
type key interface{ string | []byte }

// inClause puts the keys into a text with one {in}; they are its last arguments.
func inClause[K key](tx *Tx, query string, before []any, keys []K) (string, []any) {
	if tx.db.engine.arrays {
		return strings.Replace(query, "{in}", "= ANY(?)", 1), append(before, keys)
	}
	for _, k := range keys {
		before = append(before, k)
	}
	return strings.Replace(query, "{in}", "IN (?"+strings.Repeat(", ?", len(keys)-1)+")", 1), before
}

// among asks for the rows of a commune whose column is one of many keys.
type among struct {
	columns, table string
	column         string // compared with the keys
	and            string // one more condition, or empty
	order          string // within one key, or empty
	lock           bool   // in the order of the keys
}

// ask is the question for every such row; of no keys nothing is asked. On PostgreSQL each
// key is looked up by itself, and the planner cannot do otherwise: for "= ANY" it may
// choose to walk through all rows of the commune, above all before its statistics know
// how many they are.
func ask[K key](tx *Tx, q among, commune string, keys []K, row func(scan func(...any) error) error) question {
	if len(keys) == 0 {
		return question{}
	}
	if q.and != "" {
		q.and = " AND " + q.and
	}
	if q.order != "" {
		q.order = " ORDER BY " + q.order
	}
	if !tx.db.engine.arrays {
		text, args := inClause(tx, "SELECT "+q.columns+" FROM "+q.table+" WHERE commune = ? AND "+q.column+" {in}"+q.and+q.order, []any{commune}, keys)
		return question{text, args, row}
	}
	fence := " OFFSET 0" // keeps the inner question as it is written
	if q.lock {
		fence = "{lock}"
	}
	kind := "bytea"
	if _, text := any(keys).([]string); text {
		kind = "text"
	}
	return question{"SELECT found.* FROM unnest(?::" + kind + "[]) AS key CROSS JOIN LATERAL (SELECT " + q.columns + " FROM " + q.table +
		" WHERE commune = ? AND " + q.column + " = key" + q.and + q.order + fence + ") AS found", []any{keys, commune}, row}
}

// question is one statement of together; row is nil for one that answers with no rows.
type question struct {
	text string
	args []any
	row  func(scan func(...any) error) error
}

// together puts questions that do not wait for each other's answers. They are answered in
// their order, each on what was committed when its turn came, as if put one by one; on
// PostgreSQL they travel as one, which saves a round trip for each.
func (tx *Tx) together(questions ...question) error {
	questions = slices.DeleteFunc(questions, func(q question) bool { return q.text == "" })
	if tx.db.engine.arrays && len(questions) > 1 {
		return tx.q.conn.Raw(func(driver any) error { return tx.pipeline(driver, questions) })
	}
	for _, q := range questions {
		var err error
		if q.row == nil {
			_, err = tx.Exec(q.text, q.args...)
		} else {
			err = tx.Each(q.text, q.args, q.row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) pipeline(driver any, questions []question) error {
	conn, ok := driver.(*stdlib.Conn)
	if !ok {
		return errors.New("asking: not a connection to PostgreSQL")
	}
	var batch pgx.Batch
	for _, q := range questions {
		batch.Queue(tx.db.engine.text(q.text), q.args...)
	}
	answers := conn.Conn().SendBatch(tx.ctx, &batch)
	defer answers.Close() // reads what is left: the connection is ready again
	for _, q := range questions {
		rows, err := answers.Query()
		if err != nil {
			return err
		}
		for err == nil && q.row != nil && rows.Next() {
			err = q.row(rows.Scan)
		}
		rows.Close()
		if err = cmp.Or(err, rows.Err()); err != nil {
			return err
		}
	}
	return answers.Close()
}

func execIn[K key](tx *Tx, query string, before []any, keys []K) error {
	if len(keys) == 0 {
		return nil
	}
	text, args := inClause(tx, query, before, keys)
	_, err := tx.Exec(text, args...)
	return err
}
