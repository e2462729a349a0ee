package line

import "sync/atomic"

// The sizes the wire estimate uses: an Ethernet-sized IPv4 packet of 1500 bytes with 20 bytes of IP,
// 20 of TCP and 12 of TCP timestamps, which every current system sends.
const (
	segmentBytes   = 1448
	headerBytes    = 52
	handshakeBytes = 60 // a SYN or SYN-ACK: 8 bytes more of options
)

// Flow counts one direction.
type Flow struct {
	Bytes    int64 // stream bytes the line carried
	Segments int64 // in how many pieces of at most 1448
	Repeated int64 // estimated IP bytes sent again after a loss or a held cut
	Lost     int64 // of Bytes, those that a cut or a dead far end swallowed
}

// Counts is what a line has seen since it was made.
type Counts struct {
	Up, Down    Flow
	Connections int64 // accepted and joined to the target
	Refused     int64 // ended at once because the line was cut or the target did not answer
	Cuts        int64
}

// Wire estimates the IP bytes in each direction:
//
//	stream bytes + 52 × segments + repeated
//	+ 52 × ⌈opposite segments ÷ 2⌉     (delayed acknowledgements)
//	+ per connection 60 + 52 + 52 up, 60 + 52 + 52 down   (SYN, FIN, last ACK)
func (c Counts) Wire() (up, down int64) {
	one := func(f, opposite Flow) int64 {
		acks := (opposite.Segments + 1) / 2
		return f.Bytes + headerBytes*(f.Segments+acks) + f.Repeated + c.Connections*(handshakeBytes+2*headerBytes)
	}
	return one(c.Up, c.Down), one(c.Down, c.Up)
}

// Payload is the stream bytes carried in both directions.
func (c Counts) Payload() int64 { return c.Up.Bytes + c.Down.Bytes }

type flowCount struct{ bytes, segments, repeated, lost atomic.Int64 }

func (f *flowCount) read() Flow {
	return Flow{f.bytes.Load(), f.segments.Load(), f.repeated.Load(), f.lost.Load()}
}
