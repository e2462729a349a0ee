package syncproto

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
)

// Proto is the protocol version this program speaks. A hello names a range; the
// welcome picks one.
const (
	Proto    uint16 = 1
	ProtoMin uint16 = 1
)

// LogState is where one side believes a log stands.
type LogState struct {
	Epoch uint32 `cbor:"1,keyasint" json:"epoch"`
	Next  uint64 `cbor:"2,keyasint" json:"next"` // seq of the next event; 1 for an empty log
	Head  Digest `cbor:"3,keyasint" json:"head"` // chain head after Next-1
}

// Hello opens every sync. A warm session sends Session, Log, Generation and
// Acked; a cold one signs (Device, Boot, Count, Proto…) and gets a session.
type Hello struct {
	ProtoMin uint16    `cbor:"1,keyasint,omitempty" json:"proto_min,omitempty"`
	ProtoMax uint16    `cbor:"2,keyasint,omitempty" json:"proto_max,omitempty"`
	Device   DeviceID  `cbor:"3,keyasint,omitzero" json:"device"`
	Boot     BootID    `cbor:"4,keyasint,omitzero" json:"-"`
	Count    uint64    `cbor:"5,keyasint,omitempty" json:"count,omitempty"` // signed hellos rise: max(last+1, unix ms)
	Session  []byte    `cbor:"6,keyasint,omitempty" json:"-"`               // ≤ MaxSession bytes, opaque
	Fresh    bool      `cbor:"7,keyasint,omitempty" json:"fresh,omitempty"` // first exchange of a connection: issue a new blob session
	Log      *LogState `cbor:"8,keyasint,omitempty" json:"log,omitempty"`
	// Generation and Acked name the newest verified ack the device holds; the
	// portal leaves out what would repeat it.
	Generation  uint64   `cbor:"9,keyasint,omitempty" json:"generation,omitempty"`
	Acked       uint64   `cbor:"10,keyasint,omitempty" json:"acked,omitempty"`
	Dicts       []DictID `cbor:"11,keyasint,omitempty" json:"dicts,omitempty"`
	RateBPS     uint32   `cbor:"12,keyasint,omitempty" json:"rate_bps,omitempty"` // measured delivery, bit/s
	RTTMS       uint32   `cbor:"13,keyasint,omitempty" json:"rtt_ms,omitempty"`
	Wall        int64    `cbor:"14,keyasint,omitempty" json:"wall,omitempty"`         // unix ms, the machine's clock
	MonoMS      int64    `cbor:"15,keyasint,omitempty" json:"mono,omitempty"`         // ms since this run began
	Floor       int64    `cbor:"16,keyasint,omitempty" json:"floor,omitempty"`        // unix ms, the trusted floor
	Program     string   `cbor:"17,keyasint,omitempty" json:"program,omitempty"`      // name and version
	BlobSession uint64   `cbor:"18,keyasint,omitempty" json:"blob_session,omitempty"` // the newest one it was issued
	// Grant is shown when the portal has forgotten the epoch (CodeEpoch, restored).
	Grant *EpochGrant `cbor:"19,keyasint,omitempty" json:"grant,omitempty"`
	Sig   []byte      `cbor:"20,keyasint,omitempty" json:"-"`
	// Held is the newest verified ack, shown when the portal's own ack lies below
	// it: proof in the portal's own hand that it was restored (ProvesBehind).
	Held *Ack `cbor:"21,keyasint,omitempty" json:"held,omitempty"`
	// Fork reports a fork that only the device can see: in the log of Hello.Log its
	// chain head after event Next-1 is Head, where the portal signed for another.
	Fork *LogState `cbor:"22,keyasint,omitempty" json:"fork,omitempty"`
	// Enrolled and Key are shown to a portal that does not know the device: the
	// enrolment answer as the portal signed it (EncodeEnrolled), and the public key
	// from which the device's id is made (DeviceIDOf).
	Enrolled []byte `cbor:"23,keyasint,omitempty" json:"-"`
	Key      []byte `cbor:"24,keyasint,omitempty" json:"-"`
}

// SyncRequest is the combined exchange. Every section but Hello may be absent.
type SyncRequest struct {
	ID       RequestID    `cbor:"-" json:"-"` // carried by the frame
	Hello    Hello        `cbor:"1,keyasint" json:"hello"`
	Push     []Batch      `cbor:"2,keyasint,omitempty" json:"push,omitempty"` // in order, of one log
	BlobStat []BlobKey    `cbor:"3,keyasint,omitempty" json:"blobstat,omitempty"`
	Feed     *FeedAsk     `cbor:"4,keyasint,omitempty" json:"feed,omitempty"`
	Echo     []SealedPage `cbor:"5,keyasint,omitempty" json:"echo,omitempty"` // pages beyond the portal's end, as they came
}

// FeedAsk asks for what lies beyond the cursor.
type FeedAsk struct {
	Cursor   Cursor `cbor:"1,keyasint,omitzero" json:"cursor"`
	MaxBytes uint32 `cbor:"2,keyasint,omitempty" json:"max_bytes,omitempty"` // of the compressed page; one item always comes
	WaitS    uint16 `cbor:"3,keyasint,omitempty" json:"wait_s,omitempty"`    // hold the answer until there is something, ≤ 25 s
	// Trail are the ends of older pages of this client's history, the newest first,
	// ≤ MaxTrail: where a portal that lost its end finds the last place both share.
	Trail []Cursor `cbor:"4,keyasint,omitempty" json:"trail,omitempty"`
}

// IsZero means: from the very beginning.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// SyncResponse answers in the order of the sections; what is unchanged is absent.
type SyncResponse struct {
	Welcome *Welcome `cbor:"1,keyasint,omitempty" json:"welcome,omitempty"`
	Ack     *Ack     `cbor:"2,keyasint,omitempty" json:"ack,omitempty"`
	// Blobs answers BlobStat, one for one in the order asked.
	Blobs       []BlobAnswer `cbor:"3,keyasint,omitempty" json:"blobs,omitempty"`
	Feed        *FeedAnswer  `cbor:"4,keyasint,omitempty" json:"feed,omitempty"`
	RetryAfterS uint32       `cbor:"5,keyasint,omitempty" json:"retry_after_s,omitempty"`
	Problems    []Problem    `cbor:"6,keyasint,omitempty" json:"problems,omitempty"`
	Directives  []Directive  `cbor:"7,keyasint,omitempty" json:"directives,omitempty"`
}

// Welcome answers a signed or fresh hello.
type Welcome struct {
	Proto       uint16     `cbor:"1,keyasint,omitempty" json:"proto,omitempty"`
	Session     []byte     `cbor:"2,keyasint,omitempty" json:"-"`
	BlobSession uint64     `cbor:"3,keyasint,omitempty" json:"blob_session,omitempty"` // max(stored + 1, unix ms)
	Generation  uint64     `cbor:"4,keyasint" json:"generation"`
	Time        TimeAnswer `cbor:"5,keyasint" json:"time"` // nonce = the request id
	Limits      Limits     `cbor:"6,keyasint" json:"limits"`
	Dicts       []DictID   `cbor:"7,keyasint,omitempty" json:"dicts,omitempty"` // what the portal holds
	FeedEpoch   uint64     `cbor:"8,keyasint,omitempty" json:"feed_epoch,omitempty"`
}

// BlobAnswer is the state of one blob at the portal. Off bytes are durable there
// and are never sent again; Complete means length and digest were verified.
type BlobAnswer struct {
	Off      int64 `cbor:"1,keyasint,omitempty" json:"off"`
	Complete bool  `cbor:"2,keyasint,omitempty" json:"complete,omitempty"`
	// Unknown: no stored event of this book names the blob (yet). Push first.
	Unknown bool `cbor:"3,keyasint,omitempty" json:"unknown,omitempty"`
}

// FeedAnswer carries at most one page.
type FeedAnswer struct {
	Page *SealedPage `cbor:"1,keyasint,omitempty" json:"page,omitempty"`
	More bool        `cbor:"2,keyasint,omitempty" json:"more,omitempty"`
	// Reset replaces the client's cursor: the feed has a new epoch.
	Reset *FeedReset `cbor:"3,keyasint,omitempty" json:"reset,omitempty"`
}

// FeedReset says that the portal's feed ends before the client's cursor (it was
// restored). The client keeps what it has, goes on from Cursor in the new epoch,
// and echoes the pages of EchoEpoch that reach beyond EchoAfter.
type FeedReset struct {
	Cursor    Cursor `cbor:"1,keyasint" json:"cursor"`
	EchoEpoch uint64 `cbor:"2,keyasint,omitempty" json:"echo_epoch,omitempty"`
	EchoAfter uint64 `cbor:"3,keyasint,omitempty" json:"echo_after,omitempty"`
	// Trail asks for FeedAsk.Trail before anything else: Cursor and EchoAfter are a
	// guess without it.
	Trail bool `cbor:"4,keyasint,omitempty" json:"trail,omitempty"`
}

// Bounds of a sync.
const (
	MaxPush     = 16 // batches
	MaxBlobStat = 64
	MaxEcho     = 16 // pages
	MaxFeedWait = 25 // seconds
	MaxTrail    = 64 // cursors
	MaxSession  = 32 // bytes
)

// helloMessage is what the device signs: this one request, this log, this boot.
// The request id makes the signature useless for another request; the count
// makes the same request useless a second time.
func helloMessage(h *Hello, id RequestID) []byte {
	m := append([]byte(tagHello), id[:]...)
	m = append(m, h.Device[:]...)
	m = append(m, h.Boot[:]...)
	m = be64(m, h.Count)
	m = binary.BigEndian.AppendUint16(m, h.ProtoMin)
	m = binary.BigEndian.AppendUint16(m, h.ProtoMax)
	var log LogState
	if h.Log != nil {
		log = *h.Log
	}
	m = binary.BigEndian.AppendUint32(m, log.Epoch)
	m = be64(m, log.Next)
	return append(m, log.Head[:]...)
}

// SignHello signs a cold hello for one request.
func SignHello(h Hello, id RequestID, device ed25519.PrivateKey) Hello {
	h.Sig = sign(device, helloMessage(&h, id))
	return h
}

// VerifyHello checks a signed hello against the device's enrolled key. The
// caller still compares Count with the highest it has seen of this device.
func VerifyHello(h Hello, id RequestID, device ed25519.PublicKey) error {
	if err := verify(device, helloMessage(&h, id), h.Sig); err != nil {
		return NewProblem(Auth, CodeHelloSig, "hello of %s: %v", h.Device, err)
	}
	return nil
}

// ProvesBehind tells whether a hello proves that the portal lost its end: an ack
// of this log, signed by the portal itself, above what it has now (applied) or of
// a generation it does not know. Generation and Acked alone are only a claim, and
// a claim must not make every receipt of a province worthless.
func (h Hello) ProvesBehind(log LogID, generation, applied uint64, portal ed25519.PublicKey) bool {
	a := h.Held
	if a == nil || a.Log != log || a.Verify(portal) != nil {
		return false
	}
	return a.Generation > generation || a.Generation == generation && a.Applied > applied
}

// CommonProto picks the version both sides speak.
func CommonProto(minimum, maximum uint16) (uint16, error) {
	if maximum < ProtoMin || minimum > Proto {
		return 0, NewProblem(Version, CodeProto, "device speaks %d–%d, portal %d–%d", minimum, maximum, ProtoMin, Proto)
	}
	return min(maximum, Proto), nil
}

// Check tells what is wrong with the shape of a request, whoever sent it.
func (r *SyncRequest) Check() error {
	h := &r.Hello
	switch {
	case len(h.Session) == 0 && len(h.Sig) == 0:
		return NewProblem(Correction, CodeSession, "a hello needs a session or a signature")
	case len(h.Session) > MaxSession || len(h.Dicts) > 64 || len(h.Program) > 128:
		return NewProblem(Limit, CodeTooLarge, "hello fields are too long")
	case len(h.Sig) > 0 && (h.Device.IsZero() || h.Log == nil):
		return NewProblem(Version, CodeFormat, "a signed hello names its device and log")
	case h.Log != nil && (h.Log.Epoch == 0 || h.Log.Next == 0):
		return NewProblem(Version, CodeFormat, "log state without epoch or next seq")
	case len(r.Push) > MaxPush || len(r.BlobStat) > MaxBlobStat || len(r.Echo) > MaxEcho:
		return NewProblem(Limit, CodeTooLarge, "too many batches, blobs or pages in one sync")
	case r.Feed != nil && len(r.Feed.Trail) > MaxTrail || len(h.Enrolled) > 16<<10 || len(h.Key) > 64:
		return NewProblem(Limit, CodeTooLarge, "hello or feed question is too long")
	case r.Feed != nil && r.Feed.WaitS > MaxFeedWait:
		return NewProblem(Limit, CodeTooLarge, "a feed question waits at most %d s", MaxFeedWait)
	}
	for i := 1; i < len(r.Push); i++ {
		if r.Push[i].Log != r.Push[0].Log || r.Push[i].First != r.Push[i-1].Last()+1 {
			return NewProblem(Version, CodeFormat, "batches of one sync must follow one another")
		}
	}
	return nil
}

// CheckAnswers tells whether a response has the shape its request demands.
func (r *SyncRequest) CheckAnswers(resp *SyncResponse) error {
	if len(resp.Blobs) != 0 && len(resp.Blobs) != len(r.BlobStat) {
		return NewProblem(Version, CodeFormat, "%d blob answers to %d questions", len(resp.Blobs), len(r.BlobStat))
	}
	for i, b := range resp.Blobs {
		if b.Off < 0 || b.Off > MaxBlobLength {
			return NewProblem(Version, CodeFormat, "blob answer %d has offset %d", i, b.Off)
		}
	}
	if len(resp.Problems) > 64 || len(resp.Directives) > 64 {
		return NewProblem(Limit, CodeTooLarge, "too many problems or directives")
	}
	if w := resp.Welcome; w != nil && len(w.Session) > MaxSession {
		return NewProblem(Version, CodeFormat, "session of %d bytes", len(w.Session))
	}
	return nil
}

// Problem gives the first problem of a kind in an answer, nil when there is none.
func (r *SyncResponse) Problem(k Kind) *Problem {
	for i := range r.Problems {
		if r.Problems[i].Kind == k {
			return &r.Problems[i]
		}
	}
	return nil
}

// ReplayRequest asks for a book's own stored events, to rebuild a destroyed or
// restored machine. The first request names no log and gets the list.
type ReplayRequest struct {
	ID       RequestID `cbor:"-" json:"-"`
	Book     BookID    `cbor:"1,keyasint" json:"book"`
	Log      LogID     `cbor:"2,keyasint,omitzero" json:"log"`
	From     uint64    `cbor:"3,keyasint,omitempty" json:"from,omitempty"`      // first seq wanted, from 1
	MaxBytes uint32    `cbor:"4,keyasint,omitempty" json:"max_bytes,omitempty"` // of bodies; one batch always comes
	Dicts    []DictID  `cbor:"5,keyasint,omitempty" json:"dicts,omitempty"`     // what the device holds
}

// ReplayLog is one log of a book with the key that signed it.
type ReplayLog struct {
	Log     LogID  `cbor:"1,keyasint" json:"log"`
	Key     []byte `cbor:"2,keyasint" json:"key"` // Ed25519 public key of the device
	Applied uint64 `cbor:"3,keyasint,omitempty" json:"applied"`
	Head    Digest `cbor:"4,keyasint" json:"head"`
	// Ack is the portal's present word for this log: the book of a new machine, or of a
	// later epoch, has no other way to get one.
	Ack *Ack `cbor:"5,keyasint,omitempty" json:"ack,omitempty"`
}

// ReplayResponse carries batches as their device signed them, in order; the
// chain is verified with OpenBatch exactly as the portal did.
type ReplayResponse struct {
	Logs    []ReplayLog `cbor:"1,keyasint,omitempty" json:"logs,omitempty"`
	Batches []Batch     `cbor:"2,keyasint,omitempty" json:"batches,omitempty"`
	Next    uint64      `cbor:"3,keyasint,omitempty" json:"next,omitempty"` // ask From this
	More    bool        `cbor:"4,keyasint,omitempty" json:"more,omitempty"`
}

// DataAnswer is the head of an answer that brings raw bytes (a blob, an object):
// Length bytes from Off of a thing of Total bytes follow it.
type DataAnswer struct {
	Off    int64 `cbor:"1,keyasint,omitempty" json:"off"`
	Length int64 `cbor:"2,keyasint,omitempty" json:"length"`
	Total  int64 `cbor:"3,keyasint,omitempty" json:"total"`
}

// String never shows a session or a signature.
func (h Hello) String() string {
	return fmt.Sprintf("hello{device %s count %d log %+v}", h.Device, h.Count, h.Log)
}
