package prototest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"

	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

func (m *Memory) stat(d *device, k syncproto.BlobKey) syncproto.BlobAnswer {
	b := m.live.blobs[k]
	if b == nil || b.book != d.book {
		return syncproto.BlobAnswer{Unknown: true}
	}
	return syncproto.BlobAnswer{Off: int64(len(b.data)), Complete: b.complete}
}

// AppendBlob implements synchttp.Portal.
func (m *Memory) AppendBlob(_ context.Context, a synchttp.Append, body io.Reader) (syncproto.BlobAnswer, error) {
	ans, skip, err := m.beginAppend(a)
	if err != nil || skip < 0 {
		return ans, err
	}
	readErr := m.readInto(a, body, skip)
	return m.endAppend(a, ans.Off, readErr)
}

// beginAppend fences the session and says how many bytes of the body are known
// already; −1: do not read at all.
func (m *Memory) beginAppend(a synchttp.Append) (ans syncproto.BlobAnswer, skip int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.known(a.Device)
	if err != nil {
		return ans, -1, err
	}
	ans = m.stat(d, a.Key)
	if ans.Unknown {
		return ans, -1, syncproto.NewProblem(syncproto.Correction, syncproto.CodeBlobUnknown, "no stored event of this book names this blob")
	}
	b := m.live.blobs[a.Key]
	if newest := max(b.session, d.blobSession); a.Session < newest && m.opts.Bug != LetsGhostsWrite {
		p := syncproto.NewProblem(syncproto.Correction, syncproto.CodeBlobSession, "a newer session exists")
		p.Value = newest
		return ans, -1, p
	}
	b.session = a.Session
	if b.complete || a.Off > ans.Off || a.Off+a.Length <= ans.Off {
		return ans, -1, nil
	}
	return ans, ans.Off - a.Off, nil
}

// readInto keeps every byte as it comes.
func (m *Memory) readInto(a synchttp.Append, body io.Reader, skip int64) error {
	if _, err := io.CopyN(io.Discard, body, skip); err != nil {
		return err
	}
	buf := make([]byte, 4<<10)
	for {
		n, err := body.Read(buf)
		m.mu.Lock()
		if b := m.live.blobs[a.Key]; b != nil && !b.complete {
			room := b.length - int64(len(b.data))
			b.data = append(b.data, buf[:min(int64(n), room)]...)
		}
		m.mu.Unlock()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (m *Memory) endAppend(a synchttp.Append, before int64, readErr error) (syncproto.BlobAnswer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.live.blobs[a.Key]
	if b == nil {
		return syncproto.BlobAnswer{}, errors.New("the blob went away")
	}
	if errors.Is(readErr, synchttp.ErrBadChunk) {
		b.data = b.data[:before]
		return syncproto.BlobAnswer{}, readErr
	}
	if int64(len(b.data)) == b.length || m.opts.Bug == CompletesOnEOF {
		if m.opts.Bug != SkipsDigest && m.opts.Bug != CompletesOnEOF && sha256.Sum256(b.data) != a.Key.SHA256 {
			b.data = nil
			return syncproto.BlobAnswer{}, syncproto.NewProblem(syncproto.Correction, syncproto.CodeBlobRestart, "the whole does not have its digest")
		}
		b.complete = true
		m.completed(a.Key)
	}
	if readErr != nil {
		return syncproto.BlobAnswer{}, readErr
	}
	return syncproto.BlobAnswer{Off: int64(len(b.data)), Complete: b.complete}, nil
}

// completed looks for submissions that waited for this blob, in the order of the logs.
func (m *Memory) completed(k syncproto.BlobKey) {
	list := slices.SortedFunc(slices.Values(m.live.named[k]), func(a, b place) int {
		return cmp.Or(compareLogs(a.log, b.log), cmp.Compare(a.seq, b.seq))
	})
	for _, p := range list {
		if l := m.live.logs[p.log]; l != nil && p.seq <= uint64(len(l.events)) {
			m.maybeReceipt(l.events[p.seq-1])
		}
	}
}

// ReadBlob implements synchttp.Portal.
func (m *Memory) ReadBlob(_ context.Context, id syncproto.DeviceID, k syncproto.BlobKey, off int64, p []byte) (int, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.known(id)
	if err != nil {
		return 0, 0, err
	}
	if a := m.stat(d, k); a.Unknown || !a.Complete {
		return 0, 0, syncproto.NewProblem(syncproto.Correction, syncproto.CodeBlobUnknown, "no complete blob of this book")
	}
	return readAt(m.live.blobs[k].data, off, p)
}

// AddObject publishes an object and its pointer in the feed.
func (m *Memory) AddObject(kind, name, version string, data []byte) syncproto.ObjectRef {
	m.mu.Lock()
	defer m.mu.Unlock()
	ref := syncproto.ObjectRef{SHA256: sha256.Sum256(data), Length: int64(len(data)), Kind: kind, Name: name, Version: version}
	m.live.objects[ref.SHA256] = data
	body, err := syncproto.EncodeObjectRef(ref)
	if err != nil {
		panic(err)
	}
	m.publish(syncproto.FeedItem{Kind: syncproto.FeedObject, Key: "object:" + kind + ":" + name, Body: body})
	return ref
}

// Object implements synchttp.Portal.
func (m *Memory) Object(_ context.Context, _ syncproto.DeviceID, sha syncproto.Digest, off int64, p []byte) (int, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.live.objects[sha]
	if !ok {
		return 0, 0, syncproto.NewProblem(syncproto.Transient, syncproto.CodeForgotten, "no object %s", sha)
	}
	return readAt(data, off, p)
}

func readAt(data []byte, off int64, p []byte) (int, int64, error) {
	if off > int64(len(data)) {
		p := syncproto.NewProblem(syncproto.Correction, syncproto.CodeOffset, "it has %d bytes", len(data))
		p.Value = uint64(len(data))
		return 0, 0, p
	}
	return copy(p, data[off:]), int64(len(data)), nil
}
