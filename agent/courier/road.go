package courier

import (
	"context"
	"time"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

// Book is what the courier needs of the office's book; *ledger.Book satisfies it. When
// a method that writes returns nil, the change is on disk.
type Book interface {
	Outbox
	Blobs
	Inbox
}

// Outbox is what is owed to the province.
type Outbox interface {
	Identity(ctx context.Context) (ledger.Identity, error)
	LogState(ctx context.Context) (ledger.LogState, error)
	HeadAt(ctx context.Context, epoch uint32, seq uint64) (syncproto.Digest, error)
	PendingEvents(ctx context.Context, from uint64, maxEvents, maxBytes int) ([]syncproto.Event, error)
	SetAck(ctx context.Context, ack syncproto.Ack) (progress bool, err error)
	Freeze(ctx context.Context, reason string) error
	Regrant(ctx context.Context, g syncproto.EpochGrant) error
	TakeBack(ctx context.Context, log syncproto.LogID, first uint64, events []syncproto.Event) (int, error)
	Totals(ctx context.Context) (ledger.OutboxTotals, error)
}

// Blobs are the scans that events name.
type Blobs interface {
	PendingBlobs(ctx context.Context, limit int) ([]ledger.BlobState, error)
	Blobs(ctx context.Context, after syncproto.BlobKey, limit int) ([]ledger.BlobState, error)
	SetBlob(ctx context.Context, key syncproto.BlobKey, offset int64, complete bool) error
	BlobReader(ctx context.Context, dossier syncproto.DossierID, sha syncproto.Digest) (ledger.Blob, error)
}

// Inbox is what the province answers.
type Inbox interface {
	Cursor(ctx context.Context) (syncproto.Cursor, error)
	ResetFeed(ctx context.Context, c syncproto.Cursor) error
	Receive(ctx context.Context, page syncproto.FeedPage, raw []byte) (ledger.Received, error)
	EchoPages(ctx context.Context, after syncproto.Cursor, limit int) ([][]byte, error)
	Kept(ctx context.Context, kind string) ([]ledger.Kept, error)
	Forget(ctx context.Context, k ledger.Kept) error
}

// Road is one attempt of each request on one connection; an adapter of *synchttp.Client
// satisfies it. Every error but the caller's own cancellation has a *syncproto.Problem.
type Road interface {
	Sync(ctx context.Context, req syncproto.SyncRequest) (syncproto.SyncResponse, error)
	AppendBlob(ctx context.Context, id syncproto.RequestID, session []byte, key syncproto.BlobKey, off int64, blobSession uint64, p []byte) (syncproto.BlobAnswer, error)
	Replay(ctx context.Context, session []byte, req syncproto.ReplayRequest) (syncproto.ReplayResponse, error)
	Object(ctx context.Context, id syncproto.RequestID, session []byte, sha syncproto.Digest, off int64, n int) (p []byte, total int64, err error)
	Time(ctx context.Context, nonce syncproto.RequestID) (syncproto.TimeAnswer, error)
	// Another gives a road to the same portal over a connection of its own, which is
	// opened by the first request, within dial.
	Another(dial time.Duration) Road
	// CloseConnections ends the connection, with what the kernel still holds of it.
	CloseConnections()
}

// behind is a road that takes pieces behind a greeting that is not answered yet.
type behind interface {
	Behind() bool // on this connection
	AppendBehind(ctx context.Context, id, greeting syncproto.RequestID, key syncproto.BlobKey, off int64, p []byte) (syncproto.BlobAnswer, error)
}

// Objects keeps published things; *objects.Shelf satisfies it.
type Objects interface {
	// State tells how many bytes of an object are here, and whether it is whole.
	State(ref syncproto.ObjectRef) (off int64, whole bool, err error)
	// Append adds bytes at off. The last ones make it whole, once its digest fits; where
	// it does not, nothing is left and the error has a problem of kind Fork.
	Append(ref syncproto.ObjectRef, off int64, p []byte) (whole bool, err error)
}

// Timepiece is the trusted clock as the courier feeds it; the agent adapts it to
// internal/clock.
type Timepiece interface {
	// Observe takes a signed time whose signature and nonce were verified.
	Observe(ctx context.Context, t syncproto.TimeAnswer) error
	// Reading gives the machine's wall clock, monotonic ms and the floor for a hello.
	Reading() (wall, mono, floor int64)
}

// maxBlobs is how many scans a look at the book brings: enough to keep the line busy
// until the next look.
const maxBlobs = 64

// Look takes a snapshot of the book.
func Look(ctx context.Context, b Book) (s Snapshot, err error) {
	id, err := b.Identity(ctx)
	if err != nil {
		return s, err
	}
	s.Generation = id.Generation
	if s.Log, err = b.LogState(ctx); err != nil {
		return s, err
	}
	if s.Cursor, err = b.Cursor(ctx); err != nil {
		return s, err
	}
	if s.Blobs, err = b.PendingBlobs(ctx, maxBlobs); err != nil {
		return s, err
	}
	if h, ok := b.(Healer); ok {
		if s.Unsettled, err = h.Unsettled(ctx); err != nil {
			return s, err
		}
	}
	t, err := b.Totals(ctx)
	s.Open = t.Dossiers
	return s, err
}
