package sqlitedb

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestRowDigestVector(t *testing.T) {
	// The digest lies on disks: this value never changes.
	got := hex.EncodeToString(RowDigest(int64(7), "hồ sơ", []byte{1, 2}, nil, true, 1.5))
	const want = "05470ae252ed19e72daad64badf2456871c6716d3c6261da84025ed03ad7bcd7"
	if got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

func TestRowDigestTellsApart(t *testing.T) {
	type id [2]byte
	type name string
	rows := [][]any{
		{}, {nil}, {nil, nil}, {""}, {[]byte{}}, {"", ""}, {"ab", "c"}, {"a", "bc"}, {"abc"},
		{[]byte("abc")}, {1}, {"1"}, {1.0}, {-1}, {0}, {1, 0}, {0, 1}, {id{1, 2}}, {id{2, 1}},
	}
	for i, a := range rows {
		for j, b := range rows {
			if (i == j) != bytes.Equal(RowDigest(a...), RowDigest(b...)) {
				t.Errorf("%v and %v: wrongly alike or apart", a, b)
			}
		}
	}
	one := int32(1)
	same := [][2]any{
		{1, int64(1)}, {uint8(1), 1}, {true, 1}, {false, 0}, {math.Copysign(0, -1), 0.0}, {name("x"), "x"}, {[]byte(nil), []byte{}},
		{id{1, 2}, []byte{1, 2}}, {&one, 1}, {(*int32)(nil), nil}, {reflect.ValueOf(1).Kind(), uint(2)},
	}
	for _, s := range same {
		if !bytes.Equal(RowDigest(s[0]), RowDigest(s[1])) {
			t.Errorf("%v and %v differ", s[0], s[1])
		}
	}
}

func TestRowDigestPanicsOnNonsense(t *testing.T) {
	for _, v := range []any{struct{}{}, []int{1}, map[string]int{}, ^uint64(0), math.NaN()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v was accepted", v)
				}
			}()
			RowDigest(v)
		}()
	}
}

// What was digested before writing has the digest of what is read back.
func TestRowDigestSurvivesTheDatabase(t *testing.T) {
	db := openMigrated(t)
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("CREATE TABLE r (i INTEGER, t TEXT, b BLOB, n BLOB, f REAL) STRICT")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		i, s, f := rapid.Int64().Draw(rt, "i"), rapid.String().Draw(rt, "t"), rapid.Float64().Draw(rt, "f")
		b := rapid.SliceOf(rapid.Byte()).Draw(rt, "b")
		var n []byte
		want := RowDigest(i, s, b, n, f)
		var got []byte
		err := db.Write(t.Context(), func(tx *sql.Tx) error {
			if _, err := tx.Exec("DELETE FROM r"); err != nil {
				return err
			}
			if _, err := tx.Exec("INSERT INTO r VALUES (?, ?, ?, ?, ?)", i, s, b, n, f); err != nil {
				return err
			}
			var i2 int64
			var s2 string
			var b2, n2 []byte
			var f2 float64
			if err := tx.QueryRow("SELECT i, t, b, n, f FROM r").Scan(&i2, &s2, &b2, &n2, &f2); err != nil {
				return err
			}
			got = RowDigest(i2, s2, b2, n2, f2)
			return nil
		})
		if err != nil || !bytes.Equal(got, want) {
			rt.Errorf("digest changed in the database (%v)", err)
		}
	})
}
