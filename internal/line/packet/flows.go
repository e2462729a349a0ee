package packet

// way is a direction: up from the office, down from the province.
type way int

const (
	up   way = 0
	down way = 1
)

func (w way) back() way { return 1 - w }

// flow is one TCP connection as the line sees it go by.
type flow struct {
	near, far uint16
	opener    way
	initial   uint32 // sequence number of the first SYN
	open      bool   // the handshake is over
	finished  [2]bool
	old       bool // was there when the present or last cut began
	stale     bool // ended by a cut or by Forget
	told      bool // stale, and whoever still uses it gets a RST

	side [2]struct {
		seen  bool
		next  uint32 // one behind the highest byte offered
		acked bool
		ack   uint32 // what this side expects next from the other
	}
}

func (f *flow) over() bool { return f.finished[up] && f.finished[down] }

// flows is every connection since the beginning. Ports are used again rarely and a new SYN takes the
// place of the old flow, so it stays small.
type flows map[uint32]*flow

func flowKey(s segment, w way) uint32 {
	near, far := s.from, s.to
	if w == down {
		near, far = far, near
	}
	return uint32(near)<<16 | uint32(far)
}

// note takes down a segment offered by one side. fresh: it begins a connection. repeated: payload
// bytes that were offered before.
func (fs flows) note(s segment, w way) (f *flow, fresh bool, repeated int) {
	key := flowKey(s, w)
	f = fs[key]
	opens := s.has(flagSYN) && !s.has(flagACK)
	if f == nil || opens && (f.stale || f.opener != w || f.initial != s.seq) {
		f = &flow{near: uint16(key >> 16), far: uint16(key), opener: w, initial: s.seq, open: !s.has(flagSYN)}
		fs[key] = f
		fresh = opens
	}
	me := &f.side[w]
	if s.has(flagACK) {
		me.acked, me.ack = true, s.ack
	}
	if w == f.opener && !s.has(flagSYN) {
		f.open = true
	}
	f.finished[w] = f.finished[w] || s.has(flagFIN)
	if s.has(flagRST) {
		f.finished = [2]bool{true, true}
	}
	end := s.seq + uint32(s.payload)
	if s.has(flagSYN) {
		end++
	}
	if me.seen {
		if behind := int32(me.next - s.seq); behind > 0 {
			repeated = min(s.payload, int(behind))
		}
	}
	if !me.seen || int32(end-me.next) > 0 {
		me.seen, me.next = true, end
	}
	return f, fresh, repeated
}

// age marks all flows as older than the cut that begins now.
func (fs flows) age() {
	for _, f := range fs {
		f.old = true
	}
}

// resetTo is the RST that ends the flow at one side, nil when that side cannot be told.
func (f *flow) resetTo(w way) []byte {
	me := f.side[w]
	if !me.acked {
		return nil
	}
	if w == up {
		return resetPacket(FarAddr, NearAddr, f.far, f.near, me.ack)
	}
	return resetPacket(NearAddr, FarAddr, f.near, f.far, me.ack)
}
