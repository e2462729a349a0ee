// Package synchttp is the road over HTTP: a handler that lets a portal be spoken
// to, and a client that turns every way a line can fail into one
// syncproto.Problem.
//
// It promises: every body is bounded, by length before it is read and by a
// deadline while it is; an answer is taken for the portal's only with our
// content type, magic and the echo of this very request, over TLS that ends at
// the province's own CA; a newer blob session is never kept waiting by the ghost
// of an older connection; a deadline closes the connection, so that no dead one
// is used again.
//
// It refuses: redirects, cookies, compression by others, trailers, interim
// answers, streaming bodies, and any retry: when to try again is the courier's
// business.
//
// A power cut: the handler keeps nothing. What the Portal interface returns must
// already be durable; the answer leaves only after that.
package synchttp

import (
	"context"
	"io"

	"bendo/syncproto"
)

// Portal is the province's end as this package needs it. Methods are called from
// many goroutines. An error that is (or wraps) a *syncproto.Problem goes to the
// device as it is; any other error is logged and goes as transient/internal, with
// no detail. Whatever a method reports as stored is durable when it returns.
type Portal interface {
	// Sync answers the combined exchange. It authenticates the hello itself
	// (syncproto.VerifyHello, SessionKey.Check). A problem of one section goes
	// into SyncResponse.Problems, so that the others are still answered; an error
	// refuses the whole. With Feed.WaitS it may block until ctx ends.
	Sync(ctx context.Context, req syncproto.SyncRequest) (syncproto.SyncResponse, error)
	// Authorize gives the device of a session token, or a correction (sign a
	// hello) or auth problem (revoked).
	Authorize(ctx context.Context, session []byte) (syncproto.DeviceID, error)
	// AppendBlob stores body at a.Off of a blob that a stored event of this
	// device's book names. It reads at most a.Length bytes and keeps every byte it
	// got, also when body fails before the end; only when the failure is
	// errors.Is(err, ErrBadChunk) it drops the bytes of this call. Off beyond what
	// is stored: read nothing, answer the stored offset. Off before it: skip what
	// is there. A session older than the newest that wrote: correction
	// blob_session. The answer says what is durable; Complete only after length
	// and digest of the whole were verified. All bytes but a wrong digest:
	// correction blob_restart, and the stored bytes are gone.
	AppendBlob(ctx context.Context, a Append, body io.Reader) (syncproto.BlobAnswer, error)
	// ReadBlob fills p from offset off of a complete blob and gives its whole
	// length. Only the holder's book may read.
	ReadBlob(ctx context.Context, device syncproto.DeviceID, key syncproto.BlobKey, off int64, p []byte) (n int, total int64, err error)
	// Replay gives a book its own stored events back.
	Replay(ctx context.Context, device syncproto.DeviceID, req syncproto.ReplayRequest) (syncproto.ReplayResponse, error)
	// Object fills p from offset off of a published object.
	Object(ctx context.Context, device syncproto.DeviceID, sha syncproto.Digest, off int64, p []byte) (n int, total int64, err error)
	// Enrol takes in a machine. The same key with the same code gets the same
	// answer again, with a new signed time.
	Enrol(ctx context.Context, req syncproto.EnrolRequest) (syncproto.EnrolResponse, error)
	// Time signs the time for a nonce. Anybody may ask.
	Time(ctx context.Context, nonce syncproto.RequestID) (syncproto.TimeAnswer, error)
}

// Append is one bounded append to a blob.
type Append struct {
	Device  syncproto.DeviceID
	Key     syncproto.BlobKey
	Off     int64  // where these bytes belong
	Length  int64  // how many there are, 1…Limits.AppendBytes
	Session uint64 // the device's blob session; the newest wins
}

// ErrBadChunk matches the failure of a body whose bytes do not have the digest
// their sender announced.
var ErrBadChunk = &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeBadChunk}

// Paths of the road; {…} as in net/http patterns.
const (
	PathSync   = "/s1/sync"
	PathBlob   = "/s1/blob/" // {dossier}/{sha256}
	PathReplay = "/s1/replay"
	PathObject = "/s1/obj/" // {sha256}
	PathEnrol  = "/s1/enrol"
	PathTime   = "/s1/time"
)

// Headers of our own. Where a request has no body of ours its id stands in a
// header; an answer always echoes in its body.
const (
	headerRequest = "Bendo-Request" // request id, 32 hex digits
	headerSession = "Bendo-Session" // session token, base64url without padding
	headerFollows = "Bendo-Follows" // request id of the greeting a first piece follows, instead of a session
	headerDigest  = "Content-Digest"
	headerOff     = "Bendo-Off" // where a piece begins, decimal; its length is Content-Length
)

// MaxRead bounds the bytes one read of a blob or object brings.
const MaxRead = 256 << 10
