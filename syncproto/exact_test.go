package syncproto

import (
	"bytes"
	"reflect"
	"testing"
)

// FuzzExactEvents: the body of a batch read by hand is what the general decoder reads, and
// is refused where that refuses it.
func FuzzExactEvents(f *testing.F) {
	w := wireEvents{Headers: [][]byte{{1}, bytes.Repeat([]byte{2}, 300)}, Salts: make([]byte, 32), Payloads: [][]byte{{}, make([]byte, 70_000)}}
	whole, err := marshal(w)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	for _, seed := range [][]byte{{}, {0x83, 0x80, 0x40, 0x80}, {0x83, 0xf6, 0x40, 0x80}, {0x83, 0x98, 0x00, 0x40, 0x80}, {0x83, 0x81, 0x58, 0x01, 9, 0x40, 0x80},
		{0x83, 0x80, 0x40, 0x80, 0}, {0x9f, 0x80, 0x40, 0x80, 0xff}, {0x83, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x40, 0x80},
		{0x83, 0x81, 0x61, 'a', 0x40, 0x80}, whole[:len(whole)-1], append(bytes.Clone(whole), 0)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		defer bounded(t)()
		var want wireEvents
		slow := decodeExact(raw, &want)
		got, quick := readWireEvents(raw)
		if (slow == nil) != (quick == nil) {
			t.Fatalf("by hand %v, by the decoder %v: %x", quick, slow, raw)
		}
		if slow == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("two readings of %x", raw)
		}
	})
}

// TestEventByHand: an event put together from its parts has the bytes the encoder gives.
func TestEventByHand(t *testing.T) {
	_, events := goldenEvents()
	for _, size := range []int{0, 1, 23, 24, 255, 256, 65_535, 65_536, MaxPayload} {
		for _, e := range events {
			e.Payload = make([]byte, size)
			header, err := EncodeHeader(e.Header)
			if err != nil {
				t.Fatal(err)
			}
			want, err := marshal(wireEvent{Header: header, Salt: e.Salt[:], Payload: e.Payload})
			if err != nil {
				t.Fatal(err)
			}
			got, err := EncodeEvent(e)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("payload of %d bytes: %v", size, err)
			}
		}
	}
}

// FuzzQuickHeader: a header that is read the quick way is read the same way by the general decoder.
func FuzzQuickHeader(f *testing.F) {
	_, events := goldenEvents()
	for _, e := range events {
		b, err := EncodeHeader(e.Header)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	full := Header{ID: EventID{1}, Epoch: 1, Seq: 1 << 40, At: -5, Clock: 3, Type: "submitted", Schema: 1, Dossier: DossierID{2}, Version: 1, Code: 10,
		Actor: "can-bo", Blobs: []BlobRef{{SHA256: Digest{3}, Length: 30_000, MIME: "image/jpeg", Role: "scan:p1"}, {SHA256: Digest{4}, Length: 1}}}
	b, err := EncodeHeader(full)
	if err != nil {
		f.Fatal(err)
	}
	for i := range b { // one byte off, everywhere
		off := bytes.Clone(b)
		off[i] ^= 1
		f.Add(off)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded(t)()
		quick, ok := quickHeader(b)
		if !ok || quick.check() != nil {
			return
		}
		slow, err := slowHeader(b)
		if err != nil || !reflect.DeepEqual(quick, slow) {
			t.Fatalf("two readings of %x: %v\n%+v\n%+v", b, err, quick, slow)
		}
	})
}

// TestQuickHeader: what this program writes takes the quick way.
func TestQuickHeader(t *testing.T) {
	_, events := goldenEvents()
	for _, e := range events {
		e.Header.Extra = nil
		b, err := EncodeHeader(e.Header)
		if err != nil {
			t.Fatal(err)
		}
		if h, ok := quickHeader(b); !ok || !reflect.DeepEqual(h, e.Header) {
			t.Errorf("%+v is read as %+v, %v", e.Header, h, ok)
		}
	}
}
