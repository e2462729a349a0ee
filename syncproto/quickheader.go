package syncproto

import "math"

// quickHeader reads a header of this version in the form the encoder writes, without
// encoding it again to see that it is one: keys ascend, numbers have their shortest form,
// and what the encoder leaves out when it is empty is not there empty. Of any other header
// it says false, also of one that a newer program wrote, and the general decoder decides
// (FuzzQuickHeader). What it reads must still pass check.
func quickHeader(b []byte) (h Header, ok bool) {
	r := &exactReader{rest: b}
	seen := r.keys(func(key uint64) {
		switch key {
		case 1:
			r.fixed(h.ID[:])
		case 2:
			h.Epoch = uint32(r.positive(math.MaxUint32))
		case 3:
			h.Seq = r.positive(math.MaxUint64)
		case 4:
			h.At = r.integer()
		case 5:
			h.Clock = ClockQuality(r.positive(math.MaxUint8))
		case 6:
			h.Type = string(r.string(majorText))
		case 7:
			h.Schema = uint16(r.positive(math.MaxUint16))
		case 8:
			r.fixed(h.Dossier[:])
			r.bad = r.bad || h.Dossier.IsZero()
		case 9:
			h.Version = uint32(r.positive(math.MaxUint32))
		case 10:
			h.Code = uint8(r.positive(math.MaxUint8))
		case 11:
			h.Actor = r.word()
		case lastHeaderKey:
			h.Blobs = r.refs()
		default:
			r.bad = true
		}
	})
	const always = 1<<1 | 1<<4 | 1<<6
	return h, !r.bad && len(r.rest) == 0 && seen&always == always
}

func (r *exactReader) refs() []BlobRef {
	n := r.count(majorArray)
	if r.bad || n == 0 || n > MaxBlobs {
		r.bad = true
		return nil
	}
	refs := make([]BlobRef, n)
	for i := range refs {
		ref := &refs[i]
		seen := r.keys(func(key uint64) {
			switch key {
			case 1:
				r.fixed(ref.SHA256[:])
			case 2:
				ref.Length = int64(r.positive(MaxBlobLength))
			case 3:
				ref.MIME = r.word()
			case 4:
				ref.Role = r.word()
			default:
				r.bad = true
			}
		})
		const always = 1<<1 | 1<<2
		r.bad = r.bad || seen&always != always
	}
	return refs
}

// keys reads a map with small ascending keys and tells which were there.
func (r *exactReader) keys(value func(key uint64)) (seen uint64) {
	last := uint64(0)
	for range r.count(majorMap) {
		key := r.number(majorUint)
		if r.bad || key <= last || key > 63 {
			r.bad = true
			return 0
		}
		last = key
		seen |= 1 << key
		value(key)
	}
	return seen
}

func (r *exactReader) fixed(into []byte) {
	found := r.bytes()
	if len(found) != len(into) {
		r.bad = true
		return
	}
	copy(into, found)
}

// positive reads a number from 1 to most.
func (r *exactReader) positive(most uint64) uint64 {
	n := r.number(majorUint)
	r.bad = r.bad || n == 0 || n > most
	return n
}

func (r *exactReader) integer() int64 {
	major := byte(majorUint)
	if len(r.rest) > 0 && r.rest[0]&0xe0 == majorNegative {
		major = majorNegative
	}
	n := r.number(major)
	if n > math.MaxInt64 {
		r.bad = true
		return 0
	}
	if major == majorNegative {
		return -1 - int64(n)
	}
	return int64(n)
}

// word reads a text that is not empty; check judges whether it is UTF-8.
func (r *exactReader) word() string {
	found := r.string(majorText)
	r.bad = r.bad || len(found) == 0
	return string(found)
}
