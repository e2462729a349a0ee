package syncproto

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
)

// DictID names a preset dictionary by its content: the first 8 bytes of its
// SHA-256. The zero id means no dictionary.
type DictID [8]byte

func (d DictID) String() string { return hex.EncodeToString(d[:]) }

// IsZero means: no dictionary.
func (d DictID) IsZero() bool { return d == DictID{} }

// Dict is a preset dictionary for flate (at most 32 KiB are of use). A
// dictionary is never changed, only added: old batches and pages name theirs.
type Dict struct {
	ID    DictID
	Bytes []byte

	packers sync.Pool // of *packer with these Bytes: a new one costs 800 KB
}

// NewDict names the bytes.
func NewDict(b []byte) *Dict {
	h := sha256.Sum256(b)
	return &Dict{ID: DictID(h[:8]), Bytes: b}
}

// noDict packs without a dictionary.
var noDict = &Dict{}

// packer is a compressor that knows a dictionary, with where it writes.
type packer struct {
	*flate.Writer
	out bytes.Buffer
}

// packer gives one that is free.
func (d *Dict) packer() (*packer, error) {
	if p, ok := d.packers.Get().(*packer); ok {
		p.out.Reset()
		p.Reset(&p.out) // which keeps the dictionary
		return p, nil
	}
	p := &packer{}
	var err error
	p.Writer, err = flate.NewWriterDict(&p.out, flate.BestCompression, d.Bytes)
	return p, err
}

// Dicts is what one side holds. A nil map holds none.
type Dicts map[DictID]*Dict

// IDs lists what to announce in a hello, in byte order.
func (d Dicts) IDs() []DictID {
	ids := make([]DictID, 0, len(d))
	for id := range d {
		ids = append(ids, id)
	}
	sortDictIDs(ids)
	return ids
}

// Common picks the first of want that is held; nil when none is.
func (d Dicts) Common(want []DictID) *Dict {
	for _, id := range want {
		if x := d[id]; x != nil {
			return x
		}
	}
	return nil
}

//go:embed dict/d1.bin
var dict1 []byte

// DefaultDict is the dictionary trained on this version's events; use it for
// what is sent, when the other side announces it.
func DefaultDict() *Dict { return defaultDict() }

var defaultDict = sync.OnceValue(func() *Dict { return NewDict(dict1) })

// BuiltinDicts holds every dictionary ever shipped.
func BuiltinDicts() Dicts {
	d := DefaultDict()
	return Dicts{d.ID: d}
}

// Codec says how a body was packed. Numbers are for ever.
type Codec uint8

const (
	CodecPlain Codec = 0 // the raw bytes
	CodecFlate Codec = 1 // RFC 1951 with the named preset dictionary, if any
)

// pack compresses raw, or leaves it when that is not shorter.
func pack(raw []byte, dict *Dict) (Codec, DictID, []byte, error) {
	if dict == nil {
		dict = noDict
	}
	w, err := dict.packer()
	if err != nil {
		return 0, DictID{}, nil, fmt.Errorf("compressing: %w", err)
	}
	if _, err := w.Write(raw); err != nil {
		return 0, DictID{}, nil, fmt.Errorf("compressing: %w", err)
	}
	if err := w.Close(); err != nil {
		return 0, DictID{}, nil, fmt.Errorf("compressing: %w", err)
	}
	defer dict.packers.Put(w)
	if w.out.Len() >= len(raw) {
		return CodecPlain, DictID{}, raw, nil
	}
	return CodecFlate, dict.ID, bytes.Clone(w.out.Bytes()), nil
}

// unpack is bounded by rawLen, and rawLen by max: a bomb costs at most max bytes
// and is then refused. Nothing may follow the compressed stream.
func unpack(c Codec, id DictID, rawLen uint32, body []byte, dicts Dicts, max int) ([]byte, error) {
	if int64(rawLen) > int64(max) {
		return nil, NewProblem(Limit, CodeTooLarge, "%d bytes unpacked, at most %d", rawLen, max)
	}
	switch c {
	case CodecPlain:
		if int64(len(body)) != int64(rawLen) || !id.IsZero() {
			return nil, NewProblem(Version, CodeFormat, "plain body of %d bytes says %d", len(body), rawLen)
		}
		return body, nil
	case CodecFlate:
	default:
		return nil, NewProblem(Version, CodeCodec, "codec %d", c)
	}
	var preset []byte
	if !id.IsZero() {
		d := dicts[id]
		if d == nil {
			return nil, NewProblem(Correction, CodeDict, "dictionary %s is not held here", id)
		}
		preset = d.Bytes
	}
	return inflate(body, preset, int(rawLen))
}

// unpackers are decompressors that are free; each is used anew with its dictionary.
var unpackers = sync.Pool{New: func() any { return flate.NewReader(nil) }}

func inflate(body, preset []byte, rawLen int) ([]byte, error) {
	src := bytes.NewReader(body)
	r := unpackers.Get().(io.ReadCloser)
	defer unpackers.Put(r)
	if err := r.(flate.Resetter).Reset(src, preset); err != nil {
		return nil, fmt.Errorf("uncompressing: %w", err)
	}
	// Grow with what really comes out, not with what is claimed. The buffer wants room
	// beyond the end to see that it is one.
	var out bytes.Buffer
	out.Grow(min(rawLen, 8*len(body)+64) + 2*bytes.MinRead)
	n, err := io.Copy(&out, io.LimitReader(r, int64(rawLen)+1))
	if err != nil {
		return nil, NewProblem(Version, CodeFormat, "compressed body is damaged after %d bytes", n)
	}
	if n != int64(rawLen) || src.Len() != 0 {
		return nil, NewProblem(Version, CodeFormat, "compressed body does not have the length it says (%d)", rawLen)
	}
	return out.Bytes(), nil
}
