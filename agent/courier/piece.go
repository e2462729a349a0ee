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
	session, blobSession := x.session, x.blobSession
	x.mu.Unlock()
	road, err := x.connection(ctx, o.Conn, dialTime)
	if err != nil {
		return a, nil, false, err
	}
	call, cancel := context.WithTimeout(ctx, o.Deadline)
	defer cancel()
	a, err = road.AppendBlob(x.telling(call, Sent{N: o.N}), id, session, o.Key, o.Off, blobSession, body)
	if err != nil {
		if p = syncproto.ProblemOf(err); p == nil {
			return a, nil, false, err
		}
		x.adopt(p)
		if p.Kind == syncproto.Correction && p.Code == syncproto.CodeOffset {
			a.Off, p = int64(p.Value), nil
			return a, p, false, x.setBlob(context.WithoutCancel(ctx), o.Key, a)
		}
		return a, p, false, nil
	}
	return a, nil, false, x.setBlob(context.WithoutCancel(ctx), o.Key, a)
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
