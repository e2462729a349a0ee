package seal

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A sealed stream is a header (4 bytes magic, 32 bytes salt) and chunks of 64 KiB of plaintext,
// each with its 16-byte tag. The stream's key is HKDF(key, salt, place); the nonce of a chunk is
// its number and whether it is the last. So a chunk cannot be moved, dropped, repeated or added
// after, and any chunk can be opened alone. An empty stream is one empty last chunk; otherwise no
// chunk is empty.
const (
	streamMagic  = "BDS\x01"
	saltSize     = 32
	streamHeader = len(streamMagic) + saltSize

	// ChunkSize is how much plaintext a chunk of a sealed stream holds.
	ChunkSize   = 64 << 10
	sealedChunk = ChunkSize + tagSize
)

// SealedSize is how long a stream of plain bytes is when it is sealed.
func SealedSize(plain int64) int64 {
	return int64(streamHeader) + plain + tagSize*max(1, (plain+ChunkSize-1)/ChunkSize)
}

// PlainSize is how many bytes a sealed stream of that length holds, by its length alone; a length
// no stream can have is [ErrTampered].
func PlainSize(sealed int64) (int64, error) {
	body := sealed - int64(streamHeader)
	if body < tagSize {
		return 0, ErrTampered
	}
	chunks := (body + sealedChunk - 1) / sealedChunk
	plain := body - chunks*tagSize
	if plain < 0 || SealedSize(plain) != sealed {
		return 0, ErrTampered
	}
	return plain, nil
}

func streamAEAD(key Key, aad AAD, salt []byte) cipher.AEAD {
	if key.IsZero() {
		panic("seal: sealing with no key")
	}
	b, err := hkdf.Key(sha256.New, key.b[:], salt, string(aad.bytes("stream")), KeySize)
	if err != nil {
		panic(err) // only for an absurd length
	}
	sub, _ := keyOf(b)
	return gcm(sub)
}

func chunkNonce(i int64, last bool) []byte {
	n := make([]byte, nonceSize)
	binary.BigEndian.PutUint64(n[nonceSize-9:], uint64(i))
	if last {
		n[nonceSize-1] = 1
	}
	return n
}

// Writer seals a stream. Not safe for concurrent use.
type Writer struct {
	w      io.Writer
	aead   cipher.AEAD
	buf    []byte // at most one chunk, not yet known to be the last
	out    []byte
	n      int64 // chunks written
	err    error // sticky
	closed bool
}

// NewWriter begins a sealed stream in w for the place aad. Nothing is whole before Close.
func NewWriter(w io.Writer, key Key, aad AAD) (*Writer, error) {
	header := make([]byte, streamHeader)
	copy(header, streamMagic)
	rand.Read(header[len(streamMagic):])
	aead := streamAEAD(key, aad, header[len(streamMagic):])
	if _, err := w.Write(header); err != nil {
		return nil, fmt.Errorf("writing the head of a sealed stream: %w", err)
	}
	return &Writer{w: w, aead: aead, buf: make([]byte, 0, ChunkSize), out: make([]byte, 0, sealedChunk)}, nil
}

// Write seals p, keeping up to one chunk back until more or Close comes.
func (s *Writer) Write(p []byte) (int, error) {
	if s.closed {
		return 0, errors.New("writing to a closed sealed stream")
	}
	done := 0
	for len(p) > 0 && s.err == nil {
		if len(s.buf) == ChunkSize {
			s.flush(false)
			continue
		}
		n := min(len(p), ChunkSize-len(s.buf))
		s.buf = append(s.buf, p[:n]...)
		p = p[n:]
		done += n
	}
	return done, s.err
}

func (s *Writer) flush(last bool) {
	s.out = s.aead.Seal(s.out[:0], chunkNonce(s.n, last), s.buf, nil)
	s.buf = s.buf[:0]
	s.n++
	if _, err := s.w.Write(s.out); err != nil {
		s.err = fmt.Errorf("writing a sealed chunk: %w", err)
	}
}

// Close seals the last chunk; a stream without it does not open. It does not close what is below.
func (s *Writer) Close() error {
	if s.closed {
		return s.err
	}
	s.closed = true
	if s.err == nil {
		s.flush(true)
	}
	return s.err
}

// Reader opens a sealed stream from its beginning. It never hands out a byte of a chunk that has
// not been verified, and answers [ErrTampered] instead of io.EOF when the end is missing.
type Reader struct {
	r     *bufio.Reader
	aead  cipher.AEAD
	in    []byte
	plain []byte // verified, not yet read
	n     int64
	err   error // sticky
}

// NewReader begins to open the stream r that was sealed for the place aad.
func NewReader(r io.Reader, key Key, aad AAD) (*Reader, error) {
	if key.IsZero() {
		return nil, ErrErased
	}
	header := make([]byte, streamHeader)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, readError("the head of a sealed stream", err)
	}
	salt, err := headerSalt(header)
	if err != nil {
		return nil, err
	}
	return &Reader{r: bufio.NewReaderSize(r, sealedChunk), aead: streamAEAD(key, aad, salt),
		in: make([]byte, sealedChunk)}, nil
}

func headerSalt(header []byte) ([]byte, error) {
	magic := []byte(streamMagic)
	if !bytes.HasPrefix(header, magic[:3]) || header[3] < magic[3] {
		return nil, ErrTampered
	}
	if header[3] > magic[3] {
		return nil, ErrVersion
	}
	return header[len(magic):streamHeader], nil
}

// readError tells a stream that ends too early (tampered) from a disk that cannot be read.
func readError(what string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTampered
	}
	return fmt.Errorf("reading %s: %w", what, err)
}

// Read hands out verified plaintext.
func (s *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(s.plain) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.next()
	}
	n := copy(p, s.plain)
	s.plain = s.plain[n:]
	return n, nil
}

// next opens one chunk; at the last one it leaves io.EOF in err.
func (s *Reader) next() {
	n, err := io.ReadFull(s.r, s.in)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.err = readError("a sealed chunk", err)
		return
	}
	last := err != nil
	if !last {
		_, err = s.r.Peek(1)
		if err != nil && !errors.Is(err, io.EOF) {
			s.err = readError("a sealed chunk", err)
			return
		}
		last = err != nil
	}
	plain, err := s.aead.Open(s.in[:0], chunkNonce(s.n, last), s.in[:n], nil)
	if err != nil || len(plain) == 0 && s.n > 0 {
		s.err = ErrTampered
		return
	}
	s.plain = plain
	s.n++
	if last {
		s.err = io.EOF
	}
}

// ReaderAt opens any range of a sealed stream. Safe for concurrent use.
type ReaderAt struct {
	r    io.ReaderAt
	aead cipher.AEAD
	size int64 // plaintext
	last int64 // number of the last chunk

	mu    sync.Mutex
	held  int64  // guarded by mu: number of the chunk in plain, -1 for none
	plain []byte // guarded by mu
}

// NewReaderAt opens the stream of sealedSize bytes in r that was sealed for the place aad. It
// verifies the last chunk at once, so that a stream cut short or lengthened is refused here.
func NewReaderAt(r io.ReaderAt, sealedSize int64, key Key, aad AAD) (*ReaderAt, error) {
	if key.IsZero() {
		return nil, ErrErased
	}
	size, err := PlainSize(sealedSize)
	if err != nil {
		return nil, err
	}
	header := make([]byte, streamHeader)
	if n, err := r.ReadAt(header, 0); n < len(header) {
		return nil, readError("the head of a sealed stream", err)
	}
	salt, err := headerSalt(header)
	if err != nil {
		return nil, err
	}
	s := &ReaderAt{r: r, aead: streamAEAD(key, aad, salt), size: size, held: -1}
	s.last = max(0, (size+ChunkSize-1)/ChunkSize-1)
	if err := s.load(s.last); err != nil {
		return nil, err
	}
	return s, nil
}

// Size is the length of the plaintext in bytes.
func (s *ReaderAt) Size() int64 { return s.size }

// ReadAt reads plaintext at the plaintext offset off, as io.ReaderAt says.
func (s *ReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("reading before the beginning of a sealed stream")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	done := 0
	for done < len(p) {
		if off >= s.size {
			return done, io.EOF
		}
		if err := s.load(off / ChunkSize); err != nil {
			return done, err
		}
		n := copy(p[done:], s.plain[off%ChunkSize:])
		done += n
		off += int64(n)
	}
	return done, nil
}

// load opens chunk i into plain. The caller holds mu, or is alone.
func (s *ReaderAt) load(i int64) error {
	if s.held == i {
		return nil
	}
	s.held = -1
	want := min(ChunkSize, s.size-i*ChunkSize)
	in := make([]byte, want+tagSize)
	if n, err := s.r.ReadAt(in, int64(streamHeader)+i*sealedChunk); n < len(in) {
		return readError("a sealed chunk", err)
	}
	plain, err := s.aead.Open(in[:0], chunkNonce(i, i == s.last), in, nil)
	if err != nil {
		return ErrTampered
	}
	s.plain, s.held = plain, i
	return nil
}
