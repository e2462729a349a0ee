package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Batch is a gapless run of events of one log with one signature over the chain.
// Hashes of the single events never travel: the receiver computes them.
type Batch struct {
	Log    LogID  `cbor:"1,keyasint" json:"log"`
	First  uint64 `cbor:"2,keyasint" json:"first"` // seq of the first event, from 1
	N      uint32 `cbor:"3,keyasint" json:"n"`     // events
	Codec  Codec  `cbor:"4,keyasint,omitempty" json:"codec,omitempty"`
	Dict   DictID `cbor:"5,keyasint,omitzero" json:"dict"`
	RawLen uint32 `cbor:"6,keyasint" json:"raw_len"` // bytes of the body unpacked
	Body   []byte `cbor:"7,keyasint" json:"body"`
	Head   Digest `cbor:"8,keyasint" json:"head"` // chain head after the last event
	Sig    []byte `cbor:"9,keyasint" json:"sig"`  // the device's Ed25519
}

// Last is the seq of the last event.
func (b *Batch) Last() uint64 { return b.First + uint64(b.N) - 1 }

// Limits bound what one side accepts; the portal states its own in the welcome,
// and a zero field means the default. All are bytes unless the name says counts.
type Limits struct {
	BatchBody   int `cbor:"1,keyasint,omitempty" json:"batch_body,omitempty"`     // compressed body of a batch of several events
	BatchEvents int `cbor:"2,keyasint,omitempty" json:"batch_events,omitempty"`   // count
	BatchRaw    int `cbor:"3,keyasint,omitempty" json:"batch_raw,omitempty"`      // unpacked
	FeedBytes   int `cbor:"4,keyasint,omitempty" json:"feed_bytes,omitempty"`     // compressed body of a page
	FeedRaw     int `cbor:"5,keyasint,omitempty" json:"feed_raw,omitempty"`       // unpacked
	AppendBytes int `cbor:"6,keyasint,omitempty" json:"append_bytes,omitempty"`   // one append to a blob
	AppendsOpen int `cbor:"7,keyasint,omitempty" json:"appends_open,omitempty"`   // count, at once, of one device
	BlobStats   int `cbor:"8,keyasint,omitempty" json:"blob_stats,omitempty"`     // count, asked in one sync
	FeedWaitS   int `cbor:"9,keyasint,omitempty" json:"feed_wait_s,omitempty"`    // seconds a feed question may wait
	Message     int `cbor:"10,keyasint,omitempty" json:"message_bytes,omitempty"` // a whole request or answer
}

// DefaultLimits are the protocol's. Nothing negotiates above them.
func DefaultLimits() Limits {
	return Limits{
		BatchBody: 60 << 10, BatchEvents: 256, BatchRaw: 1 << 20,
		FeedBytes: 60 << 10, FeedRaw: 1 << 20,
		AppendBytes: 64 << 10, AppendsOpen: 4, BlobStats: 64, FeedWaitS: 25,
		Message: MaxMessage,
	}
}

const (
	// MaxMessage bounds every request and every answer but an append's or a
	// read's own bytes. Ordinary messages stay under 64 KiB; the room above is
	// for one single large event, which must never block its log.
	MaxMessage = 128 << 10
	// maxSingleBody is the body of a batch of one event: incompressible and of
	// maximal header and payload it still fits.
	maxSingleBody = MaxHeader + MaxPayload + 64
)

// OrDefault fills zero fields and lowers what exceeds the protocol's limits.
func (l Limits) OrDefault() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ have, def *int }{
		{&l.BatchBody, &d.BatchBody}, {&l.BatchEvents, &d.BatchEvents}, {&l.BatchRaw, &d.BatchRaw},
		{&l.FeedBytes, &d.FeedBytes}, {&l.FeedRaw, &d.FeedRaw}, {&l.AppendBytes, &d.AppendBytes},
		{&l.AppendsOpen, &d.AppendsOpen}, {&l.BlobStats, &d.BlobStats}, {&l.FeedWaitS, &d.FeedWaitS},
		{&l.Message, &d.Message},
	} {
		if *f.have <= 0 || *f.have > *f.def {
			*f.have = *f.def
		}
	}
	return l
}

// wireEvents is the unpacked body: like beside like, so that deflate sees the
// headers together and the incompressible salts apart.
type wireEvents struct {
	_        struct{} `cbor:",toarray"`
	Headers  [][]byte
	Salts    []byte // 16 bytes each
	Payloads [][]byte
}

// SealBatch packs and signs events[0…n) as seqs first…first+n-1 of log. prev is
// the chain head before first (ChainStart for first = 1). dict may be nil. It
// fails with a limit problem when the batch would be too large: send fewer.
func SealBatch(log LogID, first uint64, prev Digest, events []Event, key ed25519.PrivateKey, dict *Dict) (Batch, error) {
	lim := DefaultLimits()
	if len(events) == 0 || first == 0 || log.Epoch == 0 {
		return Batch{}, fmt.Errorf("sealing batch: no events, seq 0 or epoch 0")
	}
	if len(events) > lim.BatchEvents {
		return Batch{}, NewProblem(Limit, CodeTooLarge, "%d events in a batch, at most %d", len(events), lim.BatchEvents)
	}
	w, head, err := layEvents(log, first, prev, events)
	if err != nil {
		return Batch{}, fmt.Errorf("sealing batch: %w", err)
	}
	raw, err := marshal(w)
	if err != nil {
		return Batch{}, fmt.Errorf("sealing batch: %w", err)
	}
	if len(raw) > lim.BatchRaw {
		return Batch{}, NewProblem(Limit, CodeTooLarge, "batch of %d raw bytes, at most %d", len(raw), lim.BatchRaw)
	}
	b := Batch{Log: log, First: first, N: uint32(len(events)), RawLen: uint32(len(raw)), Head: head}
	if b.Codec, b.Dict, b.Body, err = pack(raw, dict); err != nil {
		return Batch{}, fmt.Errorf("sealing batch: %w", err)
	}
	if err := checkBodySize(&b, lim); err != nil {
		return Batch{}, err
	}
	b.Sig = sign(key, batchMessage(&b, prev))
	return b, nil
}

func layEvents(log LogID, first uint64, prev Digest, events []Event) (w wireEvents, head Digest, err error) {
	head = prev
	for i, e := range events {
		seq := first + uint64(i)
		if e.Header.Epoch != log.Epoch || e.Header.Seq != seq {
			return w, head, fmt.Errorf("event %s says %d/%d, its place is %d/%d",
				e.Header.ID, e.Header.Epoch, e.Header.Seq, log.Epoch, seq)
		}
		hb, err := EncodeHeader(e.Header)
		if err != nil {
			return w, head, fmt.Errorf("event %d: %w", seq, err)
		}
		if len(e.Payload) > MaxPayload {
			return w, head, fmt.Errorf("event %d: payload of %d bytes, at most %d", seq, len(e.Payload), MaxPayload)
		}
		head = ChainNext(head, HeaderDigest(e.Salt, hb), PayloadDigest(e.Salt, e.Payload))
		w.Headers = append(w.Headers, hb)
		w.Salts = append(w.Salts, e.Salt[:]...)
		w.Payloads = append(w.Payloads, e.Payload)
	}
	return w, head, nil
}

func checkBodySize(b *Batch, lim Limits) error {
	max := lim.BatchBody
	if b.N == 1 {
		max = maxSingleBody
	}
	if len(b.Body) > max {
		return NewProblem(Limit, CodeTooLarge, "batch body of %d bytes, at most %d", len(b.Body), max)
	}
	return nil
}

// batchMessage is what the device signs: the place in the chain before and after.
func batchMessage(b *Batch, prev Digest) []byte {
	m := append([]byte(tagBatch), b.Log.Device[:]...)
	m = binary.BigEndian.AppendUint32(m, b.Log.Epoch)
	m = binary.BigEndian.AppendUint64(m, b.First)
	m = binary.BigEndian.AppendUint32(m, b.N)
	m = append(m, prev[:]...)
	return append(m, b.Head[:]...)
}

// OpenBatch verifies and unpacks a batch. prev is the receiver's own head before
// b.First. It returns the events with their decoded headers and the new head. No
// event is judged: payloads are opaque, unknown types pass.
//
// Errors are problems: limit (too large), correction (unknown dictionary),
// version (bytes or a header form of a newer program), fork (chain, signature).
func OpenBatch(b Batch, prev Digest, device ed25519.PublicKey, dicts Dicts, lim Limits) ([]Event, Digest, error) {
	events, links, err := openBatch(b, prev, device, dicts, lim)
	if err != nil {
		return nil, prev, err
	}
	return events, links[len(links)-1].head, nil
}

// link is what the chain says of one event: the digest of its payload, the head after
// it, and the bytes of its header.
type link struct {
	payload, head Digest
	header        []byte
}

// openBatch is OpenBatch with the links of all events.
func openBatch(b Batch, prev Digest, device ed25519.PublicKey, dicts Dicts, lim Limits) ([]Event, []link, error) {
	lim = lim.OrDefault()
	if b.First == 0 || b.N == 0 || b.Log.Epoch == 0 || b.First > 1<<62 {
		return nil, nil, NewProblem(Version, CodeFormat, "batch without events, seq or epoch")
	}
	if int64(b.N) > int64(lim.BatchEvents) {
		return nil, nil, NewProblem(Limit, CodeTooLarge, "%d events in a batch, at most %d", b.N, lim.BatchEvents)
	}
	if err := checkBodySize(&b, lim); err != nil {
		return nil, nil, err
	}
	if err := verify(device, batchMessage(&b, prev), b.Sig); err != nil {
		return nil, nil, NewProblem(Fork, CodeSignature, "batch %s from %d: %v", b.Log, b.First, err)
	}
	raw, err := unpack(b.Codec, b.Dict, b.RawLen, b.Body, dicts, lim.BatchRaw)
	if err != nil {
		return nil, nil, err
	}
	events, links, err := readEvents(&b, prev, raw)
	if err != nil {
		return nil, nil, err
	}
	if links[len(links)-1].head != b.Head {
		return nil, nil, NewProblem(Fork, CodeChain, "batch %s from %d does not lead to its head", b.Log, b.First)
	}
	return events, links, nil
}

// readWireEvents is decodeExact for the body of a batch, the largest thing a portal reads,
// without copying it and without encoding it again: what it returns lies in raw.
func readWireEvents(raw []byte) (w wireEvents, err error) {
	r := exactReader{rest: raw}
	r.head(majorArray, 3)
	w.Headers = r.list()
	w.Salts = r.bytes()
	w.Payloads = r.list()
	if r.bad || len(r.rest) > 0 {
		return wireEvents{}, errors.New("not three lists in canonical form")
	}
	return w, nil
}

func readEvents(b *Batch, prev Digest, raw []byte) ([]Event, []link, error) {
	w, err := readWireEvents(raw)
	if err != nil {
		return nil, nil, &Problem{Kind: Version, Code: CodeFormat, Detail: "batch body", Err: err}
	}
	n := int(b.N)
	if len(w.Headers) != n || len(w.Payloads) != n || len(w.Salts) != 16*n {
		return nil, nil, NewProblem(Version, CodeFormat, "batch body does not hold %d events", n)
	}
	head, events, links := prev, make([]Event, n), make([]link, n)
	for i := range events {
		e := Event{Salt: [16]byte(w.Salts[16*i:]), Payload: w.Payloads[i]}
		seq := b.First + uint64(i)
		if e.Header, err = DecodeHeader(w.Headers[i]); err != nil {
			return nil, nil, &Problem{Kind: Version, Code: CodeFormat, Detail: fmt.Sprintf("header of event %d", seq), Err: err}
		}
		if len(e.Payload) > MaxPayload {
			return nil, nil, NewProblem(Limit, CodeTooLarge, "payload of event %d", seq)
		}
		if e.Header.Epoch != b.Log.Epoch || e.Header.Seq != seq {
			return nil, nil, NewProblem(Fork, CodeChain, "event %d says %d/%d", seq, e.Header.Epoch, e.Header.Seq)
		}
		payload := PayloadDigest(e.Salt, e.Payload)
		head = ChainNext(head, HeaderDigest(e.Salt, w.Headers[i]), payload)
		events[i], links[i] = e, link{payload, head, w.Headers[i]}
	}
	return events, links, nil
}

// EncodeBatch and DecodeBatch give a batch by itself (store, bundle).
func EncodeBatch(b Batch) ([]byte, error) { return marshal(b) }

// DecodeBatch decodes a batch; OpenBatch judges it.
func DecodeBatch(b []byte) (Batch, error) {
	var out Batch
	err := decodeMessage(b, &out)
	return out, err
}

func sortDictIDs(ids []DictID) {
	slices.SortFunc(ids, func(a, b DictID) int { return bytes.Compare(a[:], b[:]) })
}
