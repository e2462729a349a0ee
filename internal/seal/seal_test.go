package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"bendo/internal/bounded"
)

// testKey is a fixed key, for vectors.
func testKey(n byte) Key {
	k := Key{set: true}
	for i := range k.b {
		k.b[i] = n + byte(i)
	}
	return k
}

var place = AAD{Table: "event", ID: []byte{1, 2, 3}, Rev: 4, Field: "payload"}

func TestSealOpens(t *testing.T) {
	for _, plain := range [][]byte{nil, {0}, []byte("Nguyễn Thị Hoa"), make([]byte, 1<<20)} {
		key := NewDossierKey()
		sealed := Seal(key, place, plain)
		if len(sealed) != len(plain)+Overhead {
			t.Errorf("%d bytes sealed to %d", len(plain), len(sealed))
		}
		got, err := Open(key, place, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", len(plain), err)
		}
		if bytes.Equal(sealed, Seal(key, place, plain)) {
			t.Error("the same bytes sealed twice look alike")
		}
	}
}

// A sealed row of the first release; it must open for ever.
func TestSealedVector(t *testing.T) {
	sealed := unhex(t, vectorRow)
	got, err := Open(testKey(1), place, sealed)
	if err != nil || string(got) != "hồ sơ" {
		t.Errorf("vector: %q %v", got, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	key := NewDossierKey()
	sealed := Seal(key, place, []byte("Nguyễn Thị Hoa"))
	for i := range sealed {
		for _, bit := range []byte{1, 0x80} {
			bad := bytes.Clone(sealed)
			bad[i] ^= bit
			if _, err := Open(key, place, bad); !errors.Is(err, ErrTampered) && !errors.Is(err, ErrVersion) {
				t.Errorf("byte %d flipped: %v", i, err)
			}
		}
		if _, err := Open(key, place, sealed[:i]); err == nil {
			t.Errorf("cut to %d bytes: opened", i)
		}
	}
	if _, err := Open(key, place, append(bytes.Clone(sealed), 0)); !errors.Is(err, ErrTampered) {
		t.Errorf("lengthened: %v", err)
	}
	newer := bytes.Clone(sealed)
	newer[0] = 2
	if _, err := Open(key, place, newer); !errors.Is(err, ErrVersion) {
		t.Errorf("newer version: %v", err)
	}
	if _, err := Open(NewDossierKey(), place, sealed); !errors.Is(err, ErrTampered) {
		t.Errorf("another key: %v", err)
	}
	if _, err := Open(Key{}, place, sealed); !errors.Is(err, ErrErased) {
		t.Errorf("no key: %v", err)
	}
	for _, moved := range []AAD{
		{}, {Table: "draft", ID: place.ID, Rev: place.Rev, Field: place.Field},
		{Table: place.Table, ID: []byte{1, 2}, Rev: place.Rev, Field: place.Field},
		{Table: place.Table, ID: place.ID, Rev: 5, Field: place.Field},
		{Table: place.Table, ID: place.ID, Rev: place.Rev, Field: "header"},
	} {
		if _, err := Open(key, moved, sealed); !errors.Is(err, ErrTampered) {
			t.Errorf("moved to %v: %v", moved, err)
		}
	}
}

func TestPlacesAreWrittenApart(t *testing.T) {
	places := []AAD{
		{}, {Table: "ab", ID: []byte("c")}, {Table: "a", ID: []byte("bc")}, {Table: "abc"}, {Field: "abc"},
		{ID: []byte("abc")}, {Rev: 1}, {Rev: -1}, {Rev: 256}, {Field: "\x00"}, {Table: "\x00"},
	}
	seen := map[string]int{}
	for i, p := range places {
		if j, twice := seen[string(p.bytes("row"))]; twice {
			t.Errorf("%v and %v are written alike", places[j], p)
		}
		seen[string(p.bytes("row"))] = i
	}
	if bytes.Equal(place.bytes("row"), place.bytes("stream")) {
		t.Error("a row's place is a stream's")
	}
}

func TestKeysDoNotShow(t *testing.T) {
	key := testKey(1)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", key)
	for _, s := range []string{
		fmt.Sprint(key), fmt.Sprintf("%v %+v %#v %x %s %d %q", key, key, key, key, key, key, key),
		fmt.Sprintf("%v %+v", struct{ K Key }{key}, &struct{ K *Key }{&key}), log.String(),
	} {
		if strings.Contains(s, "010203") || strings.Contains(s, "1 2 3") || strings.Contains(s, "0x1,") {
			t.Errorf("the key shows in %q", s)
		}
	}
	if _, err := json.Marshal(key); err == nil {
		t.Error("the key was written as JSON")
	}
}

func TestSealingWithNoKeyPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"row":    func() { Seal(Key{}, place, nil) },
		"stream": func() { NewWriter(&bytes.Buffer{}, Key{}, place) },
		"wrap":   func() { newKeeper(testKey(1), "", FromKeysDir).Wrap(Key{}, [16]byte{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: sealed with no key", name)
				}
			}()
			f()
		}()
	}
}

func FuzzOpen(f *testing.F) {
	sealed := Seal(testKey(1), place, []byte("x"))
	for _, seed := range [][]byte{nil, sealed, sealed[:Overhead-1], {2}, bytes.Repeat([]byte{1}, Overhead)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded.Input(t)()
		plain, err := Open(testKey(1), place, b)
		if err == nil && !slices.Equal(b, sealed) {
			// Only what Seal made opens: nobody guesses a tag.
			if again, err2 := Open(testKey(1), place, Seal(testKey(1), place, plain)); err2 != nil || !bytes.Equal(again, plain) {
				t.Errorf("%x opens to %x but does not seal again", b, plain)
			}
		}
	})
}
