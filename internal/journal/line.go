package journal

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

const (
	lengthDigits = 6
	maxJSON      = 250_000 // an event of the largest header and payload in base64, with its digests
	suffix       = 1 + 8 + 1 + 64 + 1
	tagLine      = "bendo journal line\x00"
	tagEnd       = "bendo journal end\x00"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type chain [sha256.Size]byte

func (c chain) next(json []byte) chain {
	h := sha256.New()
	h.Write([]byte(tagLine))
	h.Write(c[:])
	h.Write(json)
	h.Sum(c[:0])
	return c
}

func frame(json []byte, c chain) []byte {
	line := fmt.Appendf(make([]byte, 0, lengthDigits+1+len(json)+suffix), "%0*d\t", lengthDigits, len(json))
	line = append(line, json...)
	line = fmt.Appendf(line, "\t%08x\t", crc32.Checksum(json, castagnoli))
	line = hex.AppendEncode(line, c[:])
	return append(line, '\n')
}

// Wrong is the first place where a file is not what its writer wrote, or does not follow.
type Wrong struct {
	Offset int64  // of the byte, counted from 0
	Exact  bool   // this very byte; else it is here or behind, inside the same line
	Line   int    // counted from 1
	What   string // "event 7 of …/1", "receipt of event 7"
	Why    string
}

func (w *Wrong) Error() string {
	at := "from byte"
	if w.Exact {
		at = "at byte"
	}
	return fmt.Sprintf("wrong %s %d (line %d, %s): %s", at, w.Offset, w.Line, w.What, w.Why)
}

// lines reads a file line by line.
type lines struct {
	r     *bufio.Reader
	chain chain
	at    int64 // offset of the next line
	n     int   // lines read
	start int64 // offset of the JSON of the line that was read last
}

func newLines(r io.Reader) *lines {
	return &lines{r: bufio.NewReaderSize(r, lengthDigits+1+maxJSON+suffix+1)}
}

// read gives the JSON of the next line, nil at the end of the file, a *Wrong when the line is not
// whole, and any error of the reader. The bytes are valid until the next call.
func (l *lines) read() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	if len(line) == 0 {
		return nil, nil
	}
	l.n++
	n := len(line) - lengthDigits - 1 - suffix
	if err == nil && n >= 0 && n <= maxJSON {
		json := line[lengthDigits+1 : lengthDigits+1+n]
		next := l.chain.next(json)
		if bytes.Equal(line, frame(json, next)) {
			l.start = l.at + lengthDigits + 1
			l.chain, l.at = next, l.at+int64(len(line))
			return json, nil
		}
	}
	line = bytes.Clone(line) // looking further moves the buffer
	return nil, l.locate(line, err == nil)
}

// further adds what follows to a line that ends before its own length says: the newline that ended
// it may be the byte that is wrong.
func (l *lines) further(line []byte) []byte {
	if len(line) <= lengthDigits {
		more, _ := l.r.ReadSlice('\n')
		return slices.Concat(line, more)
	}
	if size, ok := stated(line); ok && size > len(line) {
		more, _ := l.r.Peek(size - len(line))
		return slices.Concat(line, more)
	}
	return line
}

// stated is how long a line is by its own word.
func stated(line []byte) (int, bool) {
	n := 0
	for _, c := range line[:min(len(line), lengthDigits)] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return lengthDigits + 1 + n + suffix, len(line) > lengthDigits && n <= maxJSON
}

// locate names the byte of a line that does not check. whole says that the line ends in a newline.
func (l *lines) locate(line []byte, whole bool) *Wrong {
	w := &Wrong{Offset: l.at, Line: l.n, What: "line"}
	longer := l.further(line)
	if i, found := l.byLength(longer); found {
		w.Offset, w.Exact, w.Why = l.at+int64(i), true, "this byte is not what was written"
		return w
	}
	if len(line) <= lengthDigits {
		line = longer
	}
	if n := len(line) - lengthDigits - 1 - suffix; whole && n >= 0 && n <= maxJSON {
		json := line[lengthDigits+1 : lengthDigits+1+n]
		good := frame(json, l.chain.next(json))
		if bytes.Equal(good[lengthDigits:], line[lengthDigits:]) {
			w.Offset, w.Exact, w.Why = l.at+int64(differ(good, line)), true, "the length of the line is not what was written"
			return w
		}
	}
	if !whole {
		w.Offset, w.Why = l.at+int64(len(line)), "the file is cut off, or an end of line is missing"
		return w
	}
	w.Why = "the line is damaged, or does not follow the one before it"
	return w
}

// byLength takes the line's own length for true and looks for one byte that is wrong.
func (l *lines) byLength(line []byte) (int, bool) {
	size, ok := stated(line)
	if !ok || len(line) < size {
		return 0, false
	}
	n := size - lengthDigits - 1 - suffix
	line = line[:size]
	json := line[lengthDigits+1 : lengthDigits+1+n]
	good := frame(json, l.chain.next(json))
	if i := differ(good, line); single(good, line) {
		return i, true // the frame, not what it holds
	}
	var stored [4]byte
	crcAt := lengthDigits + 1 + n + 1
	if _, err := hex.Decode(stored[:], line[crcAt:crcAt+8]); err != nil {
		return 0, false
	}
	delta := crc32.Checksum(json, castagnoli) ^ uint32(stored[0])<<24 ^ uint32(stored[1])<<16 ^ uint32(stored[2])<<8 ^ uint32(stored[3])
	i, flip, found := flipped(delta, n)
	if !found {
		return 0, false
	}
	// The checksum only proposes; the chain decides.
	mended := bytes.Clone(json)
	mended[i] ^= flip
	if !bytes.Equal(frame(mended, l.chain.next(mended))[crcAt:], line[crcAt:]) {
		return 0, false
	}
	return lengthDigits + 1 + i, true
}

// flipped finds the one byte of n whose change makes a CRC-32C differ by delta. The checksum is
// linear: a change e at i adds e·x^(8(n-i)), so delta is walked back byte by byte until it is one.
func flipped(delta uint32, n int) (at int, flip byte, found bool) {
	if delta == 0 {
		return 0, 0, false
	}
	var high [256]byte // the table is one to one in its top byte
	for i, v := range castagnoli {
		high[v>>24] = byte(i)
	}
	for i := n - 1; i >= 0; i-- {
		e := high[delta>>24]
		delta ^= castagnoli[e]
		if delta == 0 {
			return i, e, true
		}
		delta = delta<<8 | uint32(e)
	}
	return 0, 0, false
}

// differ is the first place where two texts differ.
func differ(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// single says whether two texts of one length differ in one byte.
func single(a, b []byte) bool {
	i := differ(a, b)
	return len(a) == len(b) && i < len(a) && bytes.Equal(a[i+1:], b[i+1:])
}
