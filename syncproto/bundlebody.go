package syncproto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// BundleKind says what a record is. Append only; a reader steps over a kind it does not
// know, as it ignores an unknown field of a message.
type BundleKind uint8

const (
	bundleEnd       BundleKind = 0 // the last record, empty: a body without it is torn
	BundleKindState BundleKind = 1 // BundleState: first record of every part going up
	BundleKindBatch BundleKind = 2 // BundleBatch
	BundleKindPiece BundleKind = 3 // BundlePiece
	BundleKindAck   BundleKind = 4 // Ack
	// BundleKindReceipt is a receipt by itself: it counts whatever the cursor is.
	BundleKindReceipt BundleKind = 5
	BundleKindPage    BundleKind = 6 // SealedPage: down the feed, up an echo
	BundleKindOrder   BundleKind = 7 // Directive
	BundleKindReset   BundleKind = 8 // FeedReset
	BundleKindReplay  BundleKind = 9 // BundleReplay: the book's own events, before an order of a new epoch
)

// BundleRecord is one thing the line would have carried.
type BundleRecord struct {
	Kind BundleKind
	Body []byte
}

// BundleState is what a hello says, carried by file: where the log and the feed's cursor
// stood when the part was written. It may be old when it is read; it proves nothing but
// what Held and Grant prove by themselves.
type BundleState struct {
	Log        LogState    `cbor:"1,keyasint"`
	Generation uint64      `cbor:"2,keyasint,omitempty"`
	Acked      uint64      `cbor:"3,keyasint,omitempty"`
	Held       *Ack        `cbor:"4,keyasint,omitempty"`
	Grant      *EpochGrant `cbor:"5,keyasint,omitempty"`
	Cursor     Cursor      `cbor:"6,keyasint,omitzero"`
	Dicts      []DictID    `cbor:"7,keyasint,omitempty"`
	Reply      string      `cbor:"8,keyasint"` // the age recipient only this book can open
	Program    string      `cbor:"9,keyasint,omitempty"`
}

// BundleBatch is a batch with the chain head before it, so that it verifies by itself even
// where its predecessor is not known yet.
type BundleBatch struct {
	Prev  Digest `cbor:"1,keyasint"`
	Batch Batch  `cbor:"2,keyasint"`
}

// BundlePiece is a piece of a blob. Length is the whole blob's; the signed event decides.
type BundlePiece struct {
	Key    BlobKey `cbor:"1,keyasint"`
	Length int64   `cbor:"2,keyasint"`
	Off    int64   `cbor:"3,keyasint,omitempty"`
	Bytes  []byte  `cbor:"4,keyasint"`
}

// BundleReplay is one of a book's own stored batches with the log it belongs to.
type BundleReplay struct {
	Log   ReplayLog `cbor:"1,keyasint"`
	Batch Batch     `cbor:"2,keyasint"`
}

// Record encodes one thing for a bundle.
func record(kind BundleKind, v any) (BundleRecord, error) {
	b, err := marshal(v)
	if err == nil && len(b) > MaxBundleRecord {
		err = fmt.Errorf("a record of %d bytes, at most %d", len(b), MaxBundleRecord)
	}
	return BundleRecord{kind, b}, err
}

// StateRecord, BatchRecord and the others make records.
func StateRecord(s BundleState) (BundleRecord, error)   { return record(BundleKindState, s) }
func BatchRecord(b BundleBatch) (BundleRecord, error)   { return record(BundleKindBatch, b) }
func AckRecord(a Ack) (BundleRecord, error)             { return record(BundleKindAck, a) }
func ReceiptRecord(r Receipt) (BundleRecord, error)     { return record(BundleKindReceipt, r) }
func PageRecord(p SealedPage) (BundleRecord, error)     { return record(BundleKindPage, p) }
func OrderRecord(d Directive) (BundleRecord, error)     { return record(BundleKindOrder, d) }
func ResetRecord(r FeedReset) (BundleRecord, error)     { return record(BundleKindReset, r) }
func ReplayRecord(r BundleReplay) (BundleRecord, error) { return record(BundleKindReplay, r) }

// PieceRecord refuses a piece that no reader would take.
func PieceRecord(p BundlePiece) (BundleRecord, error) {
	if err := p.check(); err != nil {
		return BundleRecord{}, err
	}
	return record(BundleKindPiece, p)
}

func (p *BundlePiece) check() error {
	if p.Length < 1 || p.Length > MaxBlobLength || p.Off < 0 || len(p.Bytes) < 1 || len(p.Bytes) > MaxBundlePiece || p.Off > p.Length-int64(len(p.Bytes)) {
		return fmt.Errorf("a piece of %d bytes from %d of %d", len(p.Bytes), p.Off, p.Length)
	}
	return nil
}

// Decode reads a record into v, which must be of the record's kind. What is a message on the
// line is read as leniently as there, everything else strictly.
func (r BundleRecord) Decode(v any) error {
	if want, ok := bundleKindOf(v); !ok || want != r.Kind {
		return fmt.Errorf("a record of kind %d is not a %T", r.Kind, v)
	}
	switch v := v.(type) {
	case *BundleState, *BundleBatch, *BundleReplay, *Directive:
		return decodeMessage(r.Body, v)
	case *BundlePiece:
		if err := decodeExact(r.Body, v); err != nil {
			return err
		}
		return v.check()
	default:
		return decodeExact(r.Body, v)
	}
}

func bundleKindOf(v any) (BundleKind, bool) {
	switch v.(type) {
	case *BundleState:
		return BundleKindState, true
	case *BundleBatch:
		return BundleKindBatch, true
	case *BundlePiece:
		return BundleKindPiece, true
	case *Ack:
		return BundleKindAck, true
	case *Receipt:
		return BundleKindReceipt, true
	case *SealedPage:
		return BundleKindPage, true
	case *Directive:
		return BundleKindOrder, true
	case *FeedReset:
		return BundleKindReset, true
	case *BundleReplay:
		return BundleKindReplay, true
	}
	return 0, false
}

// sealRecords lays the records out, kind(1) ‖ length(4) ‖ bytes each, and seals them.
func sealRecords(records []BundleRecord, recipients []string) ([]byte, error) {
	var to []age.Recipient
	for _, text := range recipients {
		r, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, fmt.Errorf("the key to seal to: %w", err)
		}
		to = append(to, r)
	}
	if len(to) == 0 {
		return nil, errors.New("there is no key to seal to")
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to...)
	if err != nil {
		return nil, err
	}
	for _, r := range append(records[:len(records):len(records)], BundleRecord{}) {
		if len(r.Body) > MaxBundleRecord || (r.Kind == bundleEnd) != (len(r.Body) == 0) {
			return nil, fmt.Errorf("a record of kind %d with %d bytes", r.Kind, len(r.Body))
		}
		head := binary.BigEndian.AppendUint32([]byte{byte(r.Kind)}, uint32(len(r.Body)))
		if _, err := w.Write(append(head, r.Body...)); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// openRecords reads one record at a time. age authenticates each chunk before it hands it
// out; the body's digest was verified before.
func openRecords(body []byte, identity string, take func(BundleRecord) error) error {
	id, err := age.ParseX25519Identity(identity)
	if err != nil {
		return errors.New("opening a bundle: our own key is not an age secret key")
	}
	r, err := age.Decrypt(bytes.NewReader(body), id)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return ErrBundleKey
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBundleDamaged, err)
	}
	return readRecords(r, take)
}

func readRecords(r io.Reader, take func(BundleRecord) error) error {
	for {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return fmt.Errorf("%w: a record's head: %w", ErrBundleDamaged, err)
		}
		n := binary.BigEndian.Uint32(head[1:])
		rec := BundleRecord{Kind: BundleKind(head[0])}
		if n > MaxBundleRecord || (rec.Kind == bundleEnd) != (n == 0) {
			return fmt.Errorf("%w: a record of kind %d with %d bytes", ErrBundleDamaged, rec.Kind, n)
		}
		if rec.Kind == bundleEnd {
			if _, err := io.ReadFull(r, head[:1]); !errors.Is(err, io.EOF) {
				return fmt.Errorf("%w: bytes after the last record", ErrBundleDamaged)
			}
			return nil
		}
		rec.Body = make([]byte, n)
		if _, err := io.ReadFull(r, rec.Body); err != nil {
			return fmt.Errorf("%w: a record's bytes: %w", ErrBundleDamaged, err)
		}
		if err := take(rec); err != nil {
			return err
		}
	}
}
