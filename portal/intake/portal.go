package intake

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"bendo/portal/store"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// sessionLife is how long a session token works; any process of the portal
// accepts it.
const sessionLife = 24 * time.Hour

// Register is the fleet's office, as the intake needs it.
type Register interface {
	// Enrol takes a machine in; the same key with the same code gets the same
	// answer again.
	Enrol(ctx context.Context, req syncproto.EnrolRequest) (syncproto.EnrolResponse, error)
	// Readmit takes in again a machine that this portal enrolled and forgot, by its own
	// signature on the enrolment. The hello was verified under key.
	Readmit(tx *store.Tx, id syncproto.DeviceID, kept, key []byte) (store.Device, error)
	// Grant signs the device's newest epoch.
	Grant(tx *store.Tx, d store.Device, generation uint64) syncproto.EpochGrant
}

// Portal answers the road. All methods may be called from many goroutines.
type Portal struct {
	db       *store.DB
	register Register
	receipt  ed25519.PrivateKey
	session  syncproto.SessionKey
	limits   syncproto.Limits
	dicts    syncproto.Dicts
	log      *slog.Logger
	bell     bell
	gate     *gate
	watched  atomic.Bool // somebody looks for all who wait for their feed

	// OweCodes says that this province issues official codes: what a commune took in by itself is then
	// owed one. It is set before the portal serves.
	OweCodes bool
}

var _ synchttp.Portal = (*Portal)(nil)

// New makes the portal's end over a store. receipt signs acks, receipts and pages.
func New(db *store.DB, register Register, receipt ed25519.PrivateKey, log *slog.Logger) *Portal {
	p := &Portal{db: db, register: register, receipt: receipt, limits: syncproto.DefaultLimits(),
		dicts: syncproto.BuiltinDicts(), log: log, gate: newGate()}
	copy(p.session[:16], db.Index("session", []byte("1")))
	copy(p.session[16:], db.Index("session", []byte("2")))
	return p
}

// receiptKey is the public half of the key that signs acks, receipts and pages.
func (p *Portal) receiptKey() ed25519.PublicKey { return p.receipt.Public().(ed25519.PublicKey) }

// Authorize gives the device of a session token. Whether the device may still speak is
// judged where something is read or written for it, in the same transaction.
func (p *Portal) Authorize(_ context.Context, token []byte) (syncproto.DeviceID, error) {
	return p.session.Check(token, p.db.Now().UnixMilli())
}

// knownDevice finds a device that may speak at all.
func knownDevice(tx *store.Tx, id syncproto.DeviceID) (store.Device, error) {
	return allowed(tx.FindDevice(id))
}

func allowed(d store.Device, err error) (store.Device, error) {
	if errors.Is(err, store.ErrNotFound) {
		return d, syncproto.NewProblem(syncproto.Auth, syncproto.CodeUnknownDevice, "device %s is not enrolled here", d.ID)
	}
	if err == nil && d.Status == store.Revoked {
		return d, syncproto.NewProblem(syncproto.Auth, syncproto.CodeRevoked, "device %s was revoked", d.ID)
	}
	return d, err
}

// Enrol takes in a machine.
func (p *Portal) Enrol(ctx context.Context, req syncproto.EnrolRequest) (syncproto.EnrolResponse, error) {
	return p.register.Enrol(ctx, req)
}

// Time signs the time for a nonce.
func (p *Portal) Time(ctx context.Context, nonce syncproto.RequestID) (answer syncproto.TimeAnswer, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		answer, err = p.signTime(tx, nonce)
		return err
	})
	return answer, err
}

func (p *Portal) signTime(tx *store.Tx, nonce syncproto.RequestID) (syncproto.TimeAnswer, error) {
	serial, err := tx.TimeSerial()
	return syncproto.SignTime(syncproto.TimeAnswer{Nonce: nonce, At: tx.Now, Serial: serial}, p.receipt), err
}

// Object reads a published thing: the list of machine keys. The programs carry their pack. One that a
// newer has replaced is forgotten; the feed names the newer.
func (p *Portal) Object(ctx context.Context, _ syncproto.DeviceID, sha syncproto.Digest, off int64, buf []byte) (n int, total int64, err error) {
	var data []byte
	if err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
		data, err = tx.Published(store.MachineKeys)
		return err
	}); err != nil {
		return 0, 0, err
	}
	if data == nil || sha256.Sum256(data) != sha || off < 0 || off > int64(len(data)) {
		return 0, 0, syncproto.NewProblem(syncproto.Transient, syncproto.CodeForgotten, "no such object")
	}
	return copy(buf, data[off:]), int64(len(data)), nil
}

// AppendBlob stores what the body brings of a scan and answers what is durable.
func (p *Portal) AppendBlob(ctx context.Context, a synchttp.Append, body io.Reader) (syncproto.BlobAnswer, error) {
	var before store.Blob
	if err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
		_, before, err = p.blobOf(tx, a.Device, a.Key)
		return err
	}); err != nil {
		return syncproto.BlobAnswer{}, err
	}
	if a.Session < before.Session {
		return syncproto.BlobAnswer{}, superseded(before.Session)
	}
	if before.Complete() || a.Off > before.Size {
		return syncproto.BlobAnswer{Off: before.Size, Complete: before.Complete()}, nil
	}
	piece := make([]byte, a.Length)
	n, bodyErr := io.ReadFull(body, piece)
	if bodyErr == nil {
		// The digest of the piece is judged at its end.
		_, bodyErr = body.Read(make([]byte, 1))
		if errors.Is(bodyErr, io.EOF) {
			bodyErr = nil
		}
	}
	if errors.Is(bodyErr, synchttp.ErrBadChunk) {
		return syncproto.BlobAnswer{}, bodyErr
	}
	// The line may be dead by now; what arrived is kept all the same, so that
	// it is never sent twice.
	ctx = context.WithoutCancel(ctx)
	leave, err := p.gate.enter(ctx)
	if err != nil {
		return syncproto.BlobAnswer{}, err
	}
	defer leave()
	answer, err := p.keepPiece(ctx, a, piece[:n])
	if err == nil && bodyErr != nil && !answer.Complete {
		err = &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeTruncated, Err: bodyErr}
	}
	return answer, err
}

func (p *Portal) keepPiece(ctx context.Context, a synchttp.Append, piece []byte) (syncproto.BlobAnswer, error) {
	var result store.Appended
	var device store.Device
	err := p.db.Take(ctx, func(tx *store.Tx) (err error) {
		var b store.Blob
		if device, b, err = p.blobOf(tx, a.Device, a.Key); err != nil {
			return err
		}
		// The piece that may complete the scan: two scans of a dossier that become
		// complete at once must see one another, or neither gives the receipt.
		if a.Off+int64(len(piece)) >= b.Ref.Length {
			if err := tx.LockDossier(device.Commune, a.Key.Dossier); err != nil {
				return err
			}
		}
		fresh, off := piece, a.Off
		if off < b.Size { // skip what is there
			skip := min(b.Size-off, int64(len(fresh)))
			fresh, off = fresh[skip:], off+skip
		}
		if result, _, err = tx.Append(device.Commune, a.Key.Dossier, a.Key.SHA256, a.Session, off, fresh); err != nil {
			return err
		}
		if !result.Complete {
			return nil
		}
		return p.giveReceipts(tx, device.Commune, a.Key.Dossier)
	})
	if err != nil {
		return syncproto.BlobAnswer{}, fmt.Errorf("keeping a piece of a scan: %w", full(err))
	}
	answer := syncproto.BlobAnswer{Off: result.Offset, Complete: result.Complete}
	switch {
	case result.Session > a.Session:
		return answer, superseded(result.Session)
	case result.Restarted:
		return answer, syncproto.NewProblem(syncproto.Correction, syncproto.CodeBlobRestart, "the bytes did not have the signed digest")
	case result.Complete:
		p.bell.ring(device.Commune)
	}
	return answer, nil
}

// full tells the machine that there is no room here: it keeps what it has and
// comes back in a minute. Longer would keep an office waiting after IT made room.
func full(err error) error {
	if syncproto.ProblemOf(err) == nil && store.IsFull(err) {
		return &syncproto.Problem{Kind: syncproto.Limit, Code: syncproto.CodeDiskFull, RetryAfterS: 60, Err: err}
	}
	return err
}

func superseded(newest uint64) error {
	problem := syncproto.NewProblem(syncproto.Correction, syncproto.CodeBlobSession, "a newer session writes this blob")
	problem.Value = newest
	return problem
}

// blobOf finds a scan that a stored event of this device's book names.
func (p *Portal) blobOf(tx *store.Tx, id syncproto.DeviceID, key syncproto.BlobKey) (store.Device, store.Blob, error) {
	device, err := knownDevice(tx, id)
	if err != nil {
		return device, store.Blob{}, err
	}
	b, err := tx.FindBlob(device.Commune, key.Dossier, key.SHA256)
	if errors.Is(err, store.ErrNotFound) || err == nil && b.Book != device.Book {
		// Another book's scan is as unknown as none: the answer is no oracle.
		return device, b, syncproto.NewProblem(syncproto.Correction, syncproto.CodeBlobUnknown, "no stored event of this book names the blob")
	}
	return device, b, err
}

// ReadBlob gives a book its own scans back.
func (p *Portal) ReadBlob(ctx context.Context, id syncproto.DeviceID, key syncproto.BlobKey, off int64, into []byte) (int, int64, error) {
	var b store.Blob
	err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
		_, b, err = p.blobOf(tx, id, key)
		return err
	})
	if errors.Is(err, &syncproto.Problem{Kind: syncproto.Correction, Code: syncproto.CodeBlobUnknown}) {
		return 0, 0, syncproto.NewProblem(syncproto.Auth, syncproto.CodeNotYours, "the blob is not this book's")
	}
	if err != nil {
		return 0, 0, err
	}
	if !b.Complete() {
		return 0, 0, syncproto.NewProblem(syncproto.Transient, syncproto.CodeForgotten, "the blob is not complete here")
	}
	n, err := p.db.ReadBlobAt(ctx, b, off, into)
	return n, b.Ref.Length, err
}
