package courier

import (
	"context"
	"errors"

	"bendo/syncproto"
)

// Object carries out one SendObject: reads a piece of a published thing and keeps it. off
// is how far the thing is here afterwards, whole that it is complete and has its digest.
func (x *Exchange) Object(ctx context.Context, o SendObject) (off int64, whole bool, p *syncproto.Problem, local bool, err error) {
	ref, err := x.wanted(ctx, o.SHA256)
	if err != nil {
		return 0, false, nil, false, err
	}
	road, err := x.connection(ctx, o.Conn, dialTime)
	if err != nil {
		return 0, false, nil, false, err
	}
	id, err := syncproto.NewRequestID(x.Random)
	if err != nil {
		return 0, false, nil, false, err
	}
	x.mu.Lock()
	session := x.session
	x.mu.Unlock()
	call, cancel := context.WithTimeout(ctx, o.Deadline)
	defer cancel()
	data, total, err := road.Object(call, id, session, o.SHA256, o.Off, o.Len)
	if err == nil && total != ref.Length {
		err = syncproto.NewProblem(syncproto.Fork, syncproto.CodeDigest, "object %s has %d bytes there, its pointer says %d", ref.SHA256, total, ref.Length)
	}
	if err != nil {
		if p = syncproto.ProblemOf(err); p != nil {
			x.adopt(p)
			return 0, false, p, false, nil
		}
		return 0, false, nil, false, err
	}
	whole, err = x.Objects.Append(ref, o.Off, data)
	if err != nil {
		if p = syncproto.ProblemOf(err); p == nil {
			p = &syncproto.Problem{Kind: syncproto.Limit, Code: syncproto.CodeDiskFull, Detail: "a published object cannot be kept here", Err: err}
		}
		return 0, false, p, true, nil
	}
	return o.Off + int64(len(data)), whole, nil, false, nil
}

// wanted finds the pointer of an object.
func (x *Exchange) wanted(ctx context.Context, sha syncproto.Digest) (syncproto.ObjectRef, error) {
	refs, err := x.published(ctx)
	if err != nil {
		return syncproto.ObjectRef{}, err
	}
	for _, r := range refs {
		if r.SHA256 == sha {
			return r, nil
		}
	}
	return syncproto.ObjectRef{}, errors.New("an object that the feed does not name is asked for")
}

// published lists the pointers of the feed, the newest of each name.
func (x *Exchange) published(ctx context.Context) ([]syncproto.ObjectRef, error) {
	kept, err := x.Book.Kept(ctx, syncproto.FeedObject)
	if err != nil {
		return nil, err
	}
	var refs []syncproto.ObjectRef
	place := map[string]int{}
	for _, k := range kept { // the oldest first
		ref, err := syncproto.DecodeObjectRef(k.Body)
		if err != nil || ref.Length <= 0 || ref.Length > syncproto.MaxBlobLength {
			continue // of a later program: it stays where it is
		}
		if i, known := place[k.Key]; known && k.Key != "" {
			refs[i] = ref
			continue
		}
		place[k.Key] = len(refs)
		refs = append(refs, ref)
	}
	return refs, nil
}

// Look takes a snapshot of the book and of the published things that are missing here.
func (x *Exchange) Look(ctx context.Context) (Snapshot, error) {
	s, err := Look(ctx, x.Book)
	if err != nil || x.Objects == nil {
		return s, err
	}
	refs, err := x.published(ctx)
	if err != nil {
		return s, err
	}
	for _, r := range refs {
		off, whole, err := x.Objects.State(r)
		if err != nil {
			return s, err
		}
		if !whole {
			s.Objects = append(s.Objects, ObjectState{SHA256: r.SHA256, Length: r.Length, Offset: off})
		}
	}
	return s, nil
}
