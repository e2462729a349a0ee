package packet

import (
	"encoding/binary"
	"net/netip"
)

// The two addresses of every line (documentation network, RFC 5737).
var (
	NearAddr = netip.AddrFrom4([4]byte{192, 0, 2, 1})
	FarAddr  = netip.AddrFrom4([4]byte{192, 0, 2, 2})
)

const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// segment is what the line looks at of a TCP packet.
type segment struct {
	from, to uint16
	seq, ack uint32
	flags    byte
	payload  int
}

func (s segment) has(flag byte) bool { return s.flags&flag != 0 }

// isIPv4 says whether b is one whole IPv4 packet; everything else is not ours to carry.
func isIPv4(b []byte) bool {
	return len(b) >= 20 && b[0]>>4 == 4 && int(b[0]&15)*4 <= len(b) && int(binary.BigEndian.Uint16(b[2:])) == len(b)
}

// parseTCP reads an IPv4 packet; false for other protocols, fragments and anything malformed.
func parseTCP(b []byte) (s segment, ok bool) {
	if !isIPv4(b) || b[9] != 6 || binary.BigEndian.Uint16(b[6:])&0x3fff != 0 {
		return s, false
	}
	head := int(b[0]&15) * 4
	t := b[head:]
	if head < 20 || len(t) < 20 {
		return s, false
	}
	offset := int(t[12]>>4) * 4
	if offset < 20 || offset > len(t) {
		return s, false
	}
	return segment{from: binary.BigEndian.Uint16(t), to: binary.BigEndian.Uint16(t[2:]),
		seq: binary.BigEndian.Uint32(t[4:]), ack: binary.BigEndian.Uint32(t[8:]),
		flags: t[13], payload: len(t) - offset}, true
}

// resetPacket is a RST as the peer would send it. seq must be exactly what the receiver expects next:
// anything else is answered with a challenge and ignored (RFC 5961, section 3.2).
func resetPacket(src, dst netip.Addr, from, to uint16, seq uint32) []byte {
	b := make([]byte, 40)
	b[0], b[8], b[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(b[2:], 40)
	s, d := src.As4(), dst.As4()
	copy(b[12:], s[:])
	copy(b[16:], d[:])
	binary.BigEndian.PutUint16(b[10:], checksum(b[:20], 0))
	t := b[20:]
	binary.BigEndian.PutUint16(t, from)
	binary.BigEndian.PutUint16(t[2:], to)
	binary.BigEndian.PutUint32(t[4:], seq)
	t[12], t[13] = 5<<4, flagRST
	pseudo := uint32(6 + 20) // protocol and length, then the addresses
	for i := 12; i < 20; i += 2 {
		pseudo += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	binary.BigEndian.PutUint16(t[16:], checksum(t, pseudo))
	return b
}

func checksum(b []byte, sum uint32) uint16 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
