package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// addGolden seeds a fuzz target with every golden vector (and each without its
// first 24 bytes, the frame head).
func addGolden(f *testing.F) {
	f.Helper()
	err := filepath.WalkDir(goldenDir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".hex") {
			return err
		}
		b := readHex(f, path)
		f.Add(b)
		if len(b) > FrameHead {
			f.Add(b[FrameHead:])
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
}

// FuzzDecodeHeader: what decodes encodes to the same bytes.
func FuzzDecodeHeader(f *testing.F) {
	addGolden(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded(t)()
		h, err := DecodeHeader(b)
		if err != nil {
			return
		}
		again, err := EncodeHeader(h)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%v\n%x\n%x", err, b, again)
		}
	})
}

// FuzzDecodeEvent: the same, for an event by itself.
func FuzzDecodeEvent(f *testing.F) {
	addGolden(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded(t)()
		e, err := DecodeEvent(b)
		if err != nil {
			return
		}
		again, err := EncodeEvent(e)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%v\n%x\n%x", err, b, again)
		}
	})
}

// FuzzOpenBatch goes behind the signature: any body, any claimed length.
func FuzzOpenBatch(f *testing.F) {
	addGolden(f)
	log, events := goldenEvents()
	key := testKey("golden device")
	pub := key.Public().(ed25519.PublicKey)
	start := ChainStart(log)
	dicts := Dicts{goldenDict().ID: goldenDict()}
	for _, d := range []*Dict{nil, goldenDict()} {
		b, err := SealBatch(log, 1, start, events, key, d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b.Body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		defer bounded(t)()
		if b, err := DecodeBatch(body); err == nil {
			_, _, _ = OpenBatch(b, start, pub, dicts, Limits{})
		}
		for _, codec := range []Codec{CodecPlain, CodecFlate} {
			b := Batch{Log: log, First: 1, N: 2, Codec: codec, RawLen: uint32(len(body)), Body: body}
			if codec == CodecFlate {
				b.Dict, b.RawLen = goldenDict().ID, 395
			}
			b.Sig = ed25519.Sign(key, batchMessage(&b, start))
			if _, _, err := OpenBatch(b, start, pub, dicts, Limits{}); err == nil {
				t.Fatal("a batch with a zero head was opened")
			} else if ProblemOf(err) == nil {
				t.Fatalf("%v is no problem", err)
			}
		}
	})
}

// FuzzMessages: requests and answers decode or fail with a problem.
func FuzzMessages(f *testing.F) {
	addGolden(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded(t)()
		var s SyncRequest
		if _, err := DecodeRequest(b, &s); err == nil {
			if err := s.Check(); err != nil && ProblemOf(err) == nil {
				t.Fatalf("%v is no problem", err)
			}
			if _, err := EncodeRequest(RequestID{1}, s); err != nil && ProblemOf(err) == nil {
				t.Fatalf("decoded and does not encode: %v", err)
			}
		} else if ProblemOf(err) == nil {
			t.Fatalf("%v is no problem", err)
		}
		_, _ = DecodeRequest(b, &ReplayRequest{})
		var e EnrolRequest
		if _, err := DecodeRequest(b, &e); err == nil {
			_ = e.Verify()
		}
		var id RequestID
		if len(b) >= FrameHead {
			copy(id[:], b[len(Magic):])
		}
		for _, into := range []any{&SyncResponse{}, &EnrolResponse{}, &ReplayResponse{}, &DataAnswer{}, &TimeAnswer{}, &BlobAnswer{}} {
			if _, err := DecodeAnswer(b, id, into); err != nil && ProblemOf(err) == nil {
				t.Fatalf("%v is no problem", err)
			}
		}
	})
}

// FuzzFeed: pages and the bodies of their items.
func FuzzFeed(f *testing.F) {
	addGolden(f)
	portal := testKey("golden portal")
	pub := portal.Public().(ed25519.PublicKey)
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded(t)()
		if s, err := DecodeSealedPage(b); err == nil {
			_, _ = OpenFeedPage(s, pub, Dicts{goldenDict().ID: goldenDict()}, Limits{})
		}
		own := SealedPage{RawLen: uint32(len(b)), Body: b, Sig: ed25519.Sign(portal, append([]byte(tagPage), b...))}
		if p, err := OpenFeedPage(own, pub, nil, Limits{}); err == nil && p.check() != nil {
			t.Fatal("a page that is not in order was opened")
		}
		if a, err := DecodeAck(b); err == nil {
			if again, err := EncodeAck(a); err != nil || !bytes.Equal(again, b) {
				t.Fatalf("ack: %v", err)
			}
		}
		if r, err := DecodeReceipt(b); err == nil {
			if again, err := EncodeReceipt(r); err != nil || !bytes.Equal(again, b) {
				t.Fatalf("receipt: %v", err)
			}
		}
		_, _ = DecodeOutcome(b)
		_, _ = DecodeObjectRef(b)
		_, _ = DecodeDirective(b)
		if c, err := ParseCursor(b); err == nil && len(b) > 0 && !bytes.Equal(c.Bytes(), b) {
			t.Fatalf("cursor %x", b)
		}
	})
}

// FuzzParseCode: a code that parses prints as one that parses to the same.
func FuzzParseCode(f *testing.F) {
	f.Add(Code{Secret: 5, Pin: Pin{1, 2, 3}}.String())
	f.Add("0000 0000 0000 0000 0000 0000 0000")
	f.Add("ılo–\u00a0")
	f.Fuzz(func(t *testing.T, s string) {
		defer bounded(t)()
		c, err := ParseCode(s)
		if err != nil {
			return
		}
		if again, err := ParseCode(c.String()); err != nil || again != c {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
