package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/stdlib"
)

// copyFrom is how many rows make it worth while to send them by COPY, PostgreSQL's way
// for rows in bulk: no plan, no arrays taken apart, whole pages written at once. Below it
// the two more steps of its conversation cost more.
const copyFrom = 4

// copyBuffers hold what goes into one COPY, up to keptBuffer bytes.
var copyBuffers = sync.Pool{New: func() any { return new([]byte) }}

const keptBuffer = 4 << 20

// copyRows writes all rows of r by COPY in the binary format (PostgreSQL's documentation,
// "COPY", "Binary Format"). A row whose key is taken fails it as it fails an INSERT.
func (tx *Tx) copyRows(r *rows) error {
	buffer := copyBuffers.Get().(*[]byte)
	defer func() {
		if cap(*buffer) <= keptBuffer {
			copyBuffers.Put(buffer)
		}
	}()
	data, err := r.appendCopy((*buffer)[:0])
	*buffer = data
	if err != nil {
		return err
	}
	text := "COPY " + r.table + " (" + strings.Join(r.names, ", ") + ") FROM STDIN (FORMAT binary)"
	return tx.q.conn.Raw(func(driver any) error {
		conn, ok := driver.(*stdlib.Conn)
		if !ok {
			return errors.New("copying rows: not a connection to PostgreSQL")
		}
		done, err := conn.Conn().PgConn().CopyFrom(tx.ctx, bytes.NewReader(data), text)
		if err == nil && done.RowsAffected() != int64(r.count()) {
			err = fmt.Errorf("copying rows: %d of %d arrived", done.RowsAffected(), r.count())
		}
		return err
	})
}

var (
	copyBegin = append([]byte("PGCOPY\n\xff\r\n\x00"), make([]byte, 8)...) // no flags, no extension
	copyEnd   = []byte{0xff, 0xff}
)

func (r *rows) appendCopy(out []byte) ([]byte, error) {
	out = append(out, copyBegin...)
	for i := range r.count() {
		out = binary.BigEndian.AppendUint16(out, uint16(len(r.names)))
		for column, values := range r.values {
			switch value := values[i].(type) {
			case string:
				out = binary.BigEndian.AppendUint32(out, uint32(len(value)))
				out = append(out, value...)
			case int64:
				out = binary.BigEndian.AppendUint32(out, 8)
				out = binary.BigEndian.AppendUint64(out, uint64(value))
			case []byte:
				if value == nil { // NULL
					out = append(out, 0xff, 0xff, 0xff, 0xff)
					continue
				}
				out = binary.BigEndian.AppendUint32(out, uint32(len(value)))
				out = append(out, value...)
			default:
				return out, fmt.Errorf("column %s of %s cannot be a %T", r.names[column], r.table, value)
			}
		}
	}
	return append(out, copyEnd...), nil
}
