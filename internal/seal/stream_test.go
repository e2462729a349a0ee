package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"bendo/internal/bounded"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	rng.Read(b)
	return b
}

func sealStream(t testing.TB, key Key, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, key, place)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openStream(key Key, sealed []byte) ([]byte, error) {
	r, err := NewReader(bytes.NewReader(sealed), key, place)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func openStreamAt(key Key, sealed []byte) ([]byte, error) {
	r, err := NewReaderAt(bytes.NewReader(sealed), int64(len(sealed)), key, place)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
}

var streamSizes = []int{0, 1, 100, ChunkSize - 1, ChunkSize, ChunkSize + 1, 2*ChunkSize - 1, 2 * ChunkSize, 3*ChunkSize + 17}

func TestStreamSizes(t *testing.T) {
	key := NewDossierKey()
	for _, n := range streamSizes {
		plain := randomBytes(n)
		sealed := sealStream(t, key, plain)
		if int64(len(sealed)) != SealedSize(int64(n)) {
			t.Errorf("%d bytes sealed to %d, SealedSize says %d", n, len(sealed), SealedSize(int64(n)))
		}
		if got, err := PlainSize(int64(len(sealed))); err != nil || got != int64(n) {
			t.Errorf("PlainSize(%d) = %d, %v; want %d", len(sealed), got, err, n)
		}
		if got, err := openStream(key, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes, Reader: %d bytes, %v", n, len(got), err)
		}
		if got, err := openStreamAt(key, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes, ReaderAt: %d bytes, %v", n, len(got), err)
		}
		r, err := NewReader(iotest.OneByteReader(bytes.NewReader(sealed)), key, place)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(iotest.HalfReader(r)); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes, slow Reader: %d bytes, %v", n, len(got), err)
		}
	}
}

func TestStreamWrittenInAnyPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := testKey(rapid.Byte().Draw(t, "key"))
		var out, plain bytes.Buffer
		w, err := NewWriter(&out, key, place)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 2*ChunkSize), 0, 4).Draw(t, "pieces") {
			p := randomBytes(n)
			plain.Write(p)
			if m, err := w.Write(p); m != n || err != nil {
				t.Fatal(m, err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := NewReaderAt(bytes.NewReader(out.Bytes()), int64(out.Len()), key, place)
		if err != nil || r.Size() != int64(plain.Len()) {
			t.Fatalf("size %d, %v", r.Size(), err)
		}
		off := rapid.IntRange(0, plain.Len()).Draw(t, "off")
		length := rapid.IntRange(0, plain.Len()-off).Draw(t, "length")
		got := make([]byte, length)
		if n, err := r.ReadAt(got, int64(off)); n != length || err != nil || !bytes.Equal(got, plain.Bytes()[off:off+length]) {
			t.Fatalf("range %d+%d: %d bytes, %v", off, length, n, err)
		}
	})
}

// damage says what was done to a stream of n bytes of plaintext; every one must be refused.
func damages(sealed []byte, n int) map[string][]byte {
	d := map[string][]byte{
		"empty":        {},
		"head only":    sealed[:streamHeader],
		"one more":     append(bytes.Clone(sealed), 0),
		"twice":        append(bytes.Clone(sealed), sealed...),
		"chunk added":  append(bytes.Clone(sealed), sealed[streamHeader:min(len(sealed), streamHeader+sealedChunk)]...),
		"other magic":  append([]byte("XXXX"), sealed[4:]...),
		"older magic":  append([]byte("BDS\x00"), sealed[4:]...),
		"tag appended": append(bytes.Clone(sealed), make([]byte, tagSize)...),
	}
	for _, cut := range []int{1, tagSize, tagSize + 1, len(sealed) / 2} {
		d["cut "+string(rune('0'+cut%10))] = sealed[:len(sealed)-cut]
	}
	for _, at := range []int{4, 20, streamHeader, len(sealed) / 2, len(sealed) - 1} {
		b := bytes.Clone(sealed)
		b[at] ^= 4
		d["flip "+string(rune('a'+at%26))] = b
	}
	if n > ChunkSize { // whole chunks
		body := sealed[streamHeader:]
		first, rest := body[:sealedChunk], body[sealedChunk:]
		d["first chunk lost"] = append(bytes.Clone(sealed[:streamHeader]), rest...)
		d["first chunk twice"] = append(bytes.Clone(sealed[:streamHeader+sealedChunk]), body...)
		d["last chunk lost"] = sealed[:streamHeader+(len(body)-1)/sealedChunk*sealedChunk]
		if n > 2*ChunkSize {
			swapped := bytes.Clone(sealed)
			copy(swapped[streamHeader:], rest[:sealedChunk])
			copy(swapped[streamHeader+sealedChunk:], first)
			d["chunks swapped"] = swapped
		}
	}
	return d
}

func TestStreamDamage(t *testing.T) {
	key := NewDossierKey()
	for _, n := range streamSizes {
		for what, bad := range damages(sealStream(t, key, randomBytes(n)), n) {
			if _, err := openStream(key, bad); !errors.Is(err, ErrTampered) {
				t.Errorf("%d bytes, %s, Reader: %v", n, what, err)
			}
			if _, err := openStreamAt(key, bad); !errors.Is(err, ErrTampered) {
				t.Errorf("%d bytes, %s, ReaderAt: %v", n, what, err)
			}
		}
	}
}

func TestStreamOtherKeyPlaceVersion(t *testing.T) {
	key := NewDossierKey()
	sealed := sealStream(t, key, []byte("x"))
	if _, err := openStream(NewDossierKey(), sealed); !errors.Is(err, ErrTampered) {
		t.Errorf("other key: %v", err)
	}
	if _, err := openStream(Key{}, sealed); !errors.Is(err, ErrErased) {
		t.Errorf("no key: %v", err)
	}
	if _, err := openStreamAt(Key{}, sealed); !errors.Is(err, ErrErased) {
		t.Errorf("no key: %v", err)
	}
	r, err := NewReader(bytes.NewReader(sealed), key, AAD{Table: "other"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, ErrTampered) {
		t.Errorf("other place: %v", err)
	}
	sealed[3]++
	if _, err := openStream(key, sealed); !errors.Is(err, ErrVersion) {
		t.Errorf("newer version: %v", err)
	}
}

// A disk that cannot be read is not a tampered stream: trying again can help.
func TestStreamReadErrors(t *testing.T) {
	key := NewDossierKey()
	sealed := sealStream(t, key, randomBytes(2*ChunkSize))
	boom := errors.New("boom")
	for _, good := range []int{0, 10, streamHeader, streamHeader + 100, streamHeader + sealedChunk} {
		src := io.MultiReader(bytes.NewReader(sealed[:good]), iotest.ErrReader(boom))
		r, err := NewReader(src, key, place)
		if err == nil {
			_, err = io.ReadAll(r)
		}
		if !errors.Is(err, boom) || errors.Is(err, ErrTampered) {
			t.Errorf("after %d bytes: %v", good, err)
		}
	}
}

type shortWriter struct{ left int }

func (w *shortWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestStreamWriteErrorsStick(t *testing.T) {
	w, err := NewWriter(&shortWriter{left: streamHeader}, testKey(1), place)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(randomBytes(3 * ChunkSize)); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("Write: %v", err)
	}
	if err := w.Close(); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("Close: %v", err)
	}
	if _, err := NewWriter(&shortWriter{}, testKey(1), place); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("NewWriter: %v", err)
	}
}

func TestStreamReadAtEdges(t *testing.T) {
	key := NewDossierKey()
	sealed := sealStream(t, key, []byte("0123456789"))
	r, err := NewReaderAt(bytes.NewReader(sealed), int64(len(sealed)), key, place)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4)
	if n, err := r.ReadAt(b, 8); n != 2 || err != io.EOF || string(b[:2]) != "89" {
		t.Errorf("over the end: %d %v %q", n, err, b[:n])
	}
	if n, err := r.ReadAt(b, 10); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d %v", n, err)
	}
	if n, err := r.ReadAt(b, 1<<40); n != 0 || err != io.EOF {
		t.Errorf("far behind: %d %v", n, err)
	}
	if _, err := r.ReadAt(b, -1); err == nil {
		t.Error("before the beginning: no error")
	}
}

// A sealed stream of the first release; it must open for ever.
func TestStreamVector(t *testing.T) {
	if got, err := openStream(testKey(1), unhex(t, vectorStream)); err != nil || string(got) != "bản quét" {
		t.Errorf("vector: %q %v", got, err)
	}
}

// Both readers agree on every input, and nothing but a sealed stream opens.
func FuzzStream(f *testing.F) {
	f.Add([]byte{})
	f.Add(unhex(f, vectorStream))
	for _, n := range []int{0, 1, 100} {
		sealed := sealStream(f, testKey(1), randomBytes(n))
		f.Add(sealed)
		for _, bad := range damages(sealed, n) {
			f.Add(bad)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded.Input(t)()
		one, err1 := openStream(testKey(1), b)
		two, err2 := openStreamAt(testKey(1), b)
		if (err1 == nil) != (err2 == nil) || err1 == nil && !bytes.Equal(one, two) {
			t.Errorf("Reader: %d bytes %v; ReaderAt: %d bytes %v", len(one), err1, len(two), err2)
		}
		if n, err := PlainSize(int64(len(b))); err == nil && SealedSize(n) != int64(len(b)) {
			t.Errorf("PlainSize(%d) = %d", len(b), n)
		}
	})
}
