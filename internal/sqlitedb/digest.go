package sqlitedb

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"reflect"
)

// RowDigest is the SHA-256 over the columns of a row in the order given: 32 bytes stored beside
// the row and compared before the row is believed, because SQLite does not see a flipped bit.
//
// Each column is hashed as a type letter, its length (8 bytes, big-endian) and its bytes, after
// the number of columns, so that no two different rows hash the same bytes: ("ab","c") is not
// ("a","bc"), NULL is not the empty text, the number 1 is not the text "1".
//
// Columns are what the row's Go values are: nil, integers, bool (stored as 0 and 1), floats,
// strings, byte slices and byte arrays, pointers to these (nil is NULL) and types made of these.
// A nil byte slice counts as an empty one, because the driver reads an empty BLOB back as nil.
// Anything else is a mistake in the program and panics.
func RowDigest(cols ...any) []byte {
	h := sha256.New()
	h.Write([]byte("bendo row 1\x00"))
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(cols)))
	h.Write(n[:])
	for _, c := range cols {
		hashColumn(h, c)
	}
	return h.Sum(nil)
}

func hashColumn(h hash.Hash, col any) {
	switch v := col.(type) {
	case nil:
		hashBytes(h, 'n', nil)
		return
	case []byte:
		hashBytes(h, 'b', v)
		return
	case string:
		hashBytes(h, 't', []byte(v))
		return
	case int64:
		hashInt(h, v)
		return
	}
	hashReflected(h, reflect.ValueOf(col))
}

func hashReflected(h hash.Hash, v reflect.Value) {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		hashInt(h, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			panic(fmt.Sprintf("sqlitedb: %d does not fit a column", v.Uint()))
		}
		hashInt(h, int64(v.Uint()))
	case reflect.Bool:
		if v.Bool() {
			hashInt(h, 1)
		} else {
			hashInt(h, 0)
		}
	case reflect.Float32, reflect.Float64:
		f := v.Float()
		if math.IsNaN(f) {
			panic("sqlitedb: NaN does not fit a column") // SQLite would store NULL
		}
		if f == 0 {
			f = 0 // SQLite does not keep the sign of a zero
		}
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], math.Float64bits(f))
		hashBytes(h, 'f', b[:])
	case reflect.String:
		hashBytes(h, 't', []byte(v.String()))
	case reflect.Slice, reflect.Array:
		hashBlob(h, v)
	case reflect.Pointer:
		if v.IsNil() {
			hashBytes(h, 'n', nil)
			return
		}
		hashColumn(h, v.Elem().Interface())
	default:
		panic(fmt.Sprintf("sqlitedb: a column cannot be a %s", v.Type()))
	}
}

func hashBlob(h hash.Hash, v reflect.Value) {
	if v.Type().Elem().Kind() != reflect.Uint8 {
		panic(fmt.Sprintf("sqlitedb: a column cannot be a %s", v.Type()))
	}
	if v.Kind() == reflect.Slice {
		hashColumn(h, v.Bytes())
		return
	}
	b := make([]byte, v.Len())
	reflect.Copy(reflect.ValueOf(b), v)
	hashBytes(h, 'b', b)
}

func hashInt(h hash.Hash, i int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(i))
	hashBytes(h, 'i', b[:])
}

func hashBytes(h hash.Hash, kind byte, b []byte) {
	var head [9]byte
	head[0] = kind
	binary.BigEndian.PutUint64(head[1:], uint64(len(b)))
	h.Write(head[:])
	h.Write(b)
}
