package packet

import (
	"testing"
	"time"

	"bendo/internal/bounded"
	"bendo/internal/line"
)

// FuzzCarrier offers whatever a TUN device may give: packets of any form, in both directions, before
// and after the flows of the moment were told to be gone. Nothing is lost from the counts, and what
// the line itself says (a RST) is a packet that it reads.
func FuzzCarrier(f *testing.F) {
	f.Add(resetPacket(NearAddr, FarAddr, 40000, 443, 7), byte(0))
	syn := resetPacket(NearAddr, FarAddr, 40000, 443, 7)
	syn[33] = flagSYN | flagACK
	f.Add(syn, byte(3))
	f.Add([]byte{0x45}, byte(1))
	f.Add(append([]byte{0x4f, 0, 0, 60, 0, 0, 0, 0, 64, 6}, make([]byte, 50)...), byte(2))
	f.Fuzz(func(t *testing.T, data []byte, how byte) {
		defer bounded.Input(t)()
		c := newCatcher(line.Profile{RateUp: 64_000, RateDown: 128_000, Seed: 1})
		if s, ok := parseTCP(data); ok && (s.payload < 0 || s.payload > len(data)-40) {
			t.Fatalf("a packet of %d bytes carries %d", len(data), s.payload)
		}
		w := way(how & 1)
		c.offer(0, w, data)
		c.flows.age()
		c.endOld(how&2 != 0)
		c.offer(time.Second, w, data)
		c.offer(2*time.Second, w.back(), data)
		c.advance(time.Hour)
		for side := range c.landed {
			for _, l := range c.landed[side] {
				if len(l.data) == 40 && string(l.data) != string(data) {
					if s, ok := parseTCP(l.data); !ok || !s.has(flagRST) {
						t.Errorf("the line said %x", l.data)
					}
				}
			}
		}
		up, down := c.count.Up.Offered, c.count.Down.Offered
		if up.Packets+down.Packets != 3 || up.Bytes+down.Bytes != int64(3*len(data)) {
			t.Errorf("three packets of %d bytes are counted as %d of %d bytes", len(data), up.Packets+down.Packets, up.Bytes+down.Bytes)
		}
	})
}
