package courier

import (
	"context"
	"errors"
	"io"

	"bendo/syncproto"
)

// Piece carries out one SendPiece. The answer is in the book when it returns. local
// says that the problem is this machine's: the scan cannot be read.
func (x *Exchange) Piece(ctx context.Context, o SendPiece) (a syncproto.BlobAnswer, p *syncproto.Problem, local bool, err error) {
	body, err := x.read(ctx, o)
	if err != nil {
		if ctx.Err() != nil {
			return a, nil, false, ctx.Err()
		}
		return a, &syncproto.Problem{Kind: syncproto.Fork, Code: syncproto.CodeDigest,
			Detail: "a scan in the vault cannot be read", Err: err}, true, nil
	}
	id, err := syncproto.NewRequestID(x.Random)
	if err != nil {
		return a, nil, false, err
	}
	x.mu.Lock()
	session, blobSession, greeted := x.session, x.blobSession, x.greeted[o.Conn]
	x.mu.Unlock()
	road, err := x.connection(ctx, o.Conn, dialTime)
	if err != nil {
		return a, nil, false, err
	}
	if b, can := road.(interface{ Brisk(yes bool) }); can {
		b.Brisk(o.Brisk)
	}
	if b, can := road.(interface{ Careful(yes bool) }); can {
		b.Careful(o.Careful)
	}
	call, cancel := context.WithTimeout(ctx, o.Deadline)
	defer cancel()
	call = x.telling(call, func() Sent { return Sent{N: o.N} })
	if b, can := road.(behind); can && o.Behind {
		a, err = b.AppendBehind(call, id, greeted, o.Key, o.Off, body)
	} else {
		a, err = road.AppendBlob(call, id, session, o.Key, o.Off, blobSession, body)
	}
	if err != nil {
		if p = syncproto.ProblemOf(err); p == nil {
			return a, nil, false, err
		}
		x.adopt(p)
		if p.Kind == syncproto.Correction && p.Code == syncproto.CodeOffset {
			a.Off = int64(p.Value)
			return a, nil, false, x.further(context.WithoutCancel(ctx), o.Key, a)
		}
		return a, p, false, nil
	}
	return a, nil, false, x.further(context.WithoutCancel(ctx), o.Key, a)
}

// further notes how far a piece brought a scan. Answers of pieces may overtake each other;
// the portal's offset rises only, so one that lies below what was heard is old.
func (x *Exchange) further(ctx context.Context, key syncproto.BlobKey, a syncproto.BlobAnswer) error {
	x.turn.Lock()
	defer x.turn.Unlock()
	if f, known := x.far[key]; known && (a.Off <= f.off && !a.Complete || f.off == wholly) {
		return nil
	}
	if err := x.setBlob(ctx, key, a); err != nil {
		return err
	}
	x.reached(key, a)
	return nil
}

// reach is how far a scan is at the portal, and when that was heard.
type reach struct {
	off int64
	at  uint64
}

// wholly is how far a complete scan is.
const wholly = 1 << 62

// reached remembers how far a scan is, of those that are under way. turn is held.
func (x *Exchange) reached(key syncproto.BlobKey, a syncproto.BlobAnswer) {
	if x.far == nil || len(x.far) > 4*maxBlobs { // forgotten is harmless: the book is asked
		x.far = map[syncproto.BlobKey]reach{}
	}
	x.moment++
	f := reach{a.Off, x.moment}
	if a.Complete {
		f.off = wholly
	}
	x.far[key] = f
}

func (x *Exchange) read(ctx context.Context, o SendPiece) ([]byte, error) {
	b, err := x.Book.BlobReader(ctx, o.Key.Dossier, o.Key.SHA256)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	buf := make([]byte, o.Len)
	n, err := b.ReadAt(buf, o.Off)
	if n == len(buf) && errors.Is(err, io.EOF) {
		err = nil
	}
	return buf[:n], err
}

// Ask carries out one AskTime.
func (x *Exchange) Ask(ctx context.Context, o AskTime) *syncproto.Problem {
	road, err := x.connection(ctx, o.Conn, dialTime)
	if err != nil {
		return problemOf(err)
	}
	nonce, err := syncproto.NewRequestID(x.Random)
	if err != nil {
		return problemOf(err)
	}
	call, cancel := context.WithTimeout(ctx, o.Deadline)
	defer cancel()
	t, err := road.Time(call, nonce)
	if err == nil {
		err = t.Verify(nonce, x.id.PortalKey)
	}
	if err == nil {
		err = x.Time.Observe(context.WithoutCancel(ctx), t)
	}
	if err == nil {
		return nil
	}
	if p := syncproto.ProblemOf(err); p != nil {
		return p
	}
	return &syncproto.Problem{Kind: syncproto.Clock, Code: syncproto.CodeExpired, Detail: "the signed time is not believed yet", Err: err}
}
