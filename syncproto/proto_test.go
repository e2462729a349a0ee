package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"
)

func TestIDText(t *testing.T) {
	want := "01931122-3344-7055-8001-020304050607"
	id, err := ParseEventID(want)
	if err != nil || id.String() != want {
		t.Fatalf("%s %v", id, err)
	}
	b, err := json.Marshal(map[string]any{"id": id, "sum": sum(nil)})
	if err != nil || !strings.Contains(string(b), want) || !strings.Contains(string(b), `"e3b0c442`) {
		t.Fatalf("%s %v", b, err)
	}
	for _, bad := range []string{"", "01931122334470558001020304050607", want + "0", want[:35] + "g", "01931122-3344-7055-80010-20304050607"} {
		if _, err := ParseEventID(bad); err == nil {
			t.Errorf("%q was taken for an id", bad)
		}
	}
	if _, err := ParseDigest(strings.Repeat("z", 64)); err == nil {
		t.Error("a digest of z was taken")
	}
}

func TestNewIDsAreVersioned(t *testing.T) {
	random := bytes.NewReader(bytes.Repeat([]byte{0xff}, 100))
	e, err := NewEventID(1_795_000_000_000, random)
	if err != nil || e[6]>>4 != 7 || e[8]>>6 != 2 {
		t.Fatalf("%s %v", e, err)
	}
	d, err := NewDeviceID(random)
	if err != nil || d[6]>>4 != 4 {
		t.Fatalf("%s %v", d, err)
	}
	if _, err := NewEventID(1, bytes.NewReader(nil)); err == nil {
		t.Fatal("an id without randomness")
	}
}

func drawHeader(t *rapid.T) Header {
	h := Header{
		At: rapid.Int64().Draw(t, "at"), Clock: ClockQuality(rapid.Uint8().Draw(t, "clock")),
		Type: rapid.StringMatching(`[a-z][a-z0-9_.]{0,30}`).Draw(t, "type"), Schema: rapid.Uint16().Draw(t, "schema"),
		Version: rapid.Uint32().Draw(t, "version"), Code: rapid.Uint8Range(0, 10).Draw(t, "code"),
		Actor: rapid.StringN(0, 20, 60).Draw(t, "actor"),
	}
	copy(h.ID[:], rapid.SliceOfN(rapid.ByteRange(1, 255), 16, 16).Draw(t, "id"))
	if rapid.Bool().Draw(t, "in a log") {
		h.Epoch, h.Seq = rapid.Uint32Min(1).Draw(t, "epoch"), rapid.Uint64Min(1).Draw(t, "seq")
	}
	if rapid.Bool().Draw(t, "dossier") {
		copy(h.Dossier[:], h.ID[:])
		for i := range rapid.IntRange(0, 5).Draw(t, "blobs") {
			h.Blobs = append(h.Blobs, BlobRef{SHA256: sum([]byte{byte(i)}), Length: rapid.Int64Range(1, MaxBlobLength).Draw(t, "length"),
				MIME: "image/jpeg", Role: rapid.StringN(0, 10, 100).Draw(t, "role")})
		}
	}
	return h
}

func TestHeaderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHeader(t)
		b, err := EncodeHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeHeader(b)
		if err != nil || !reflect.DeepEqual(got, h) {
			t.Fatalf("%v\n%+v\n%+v", err, got, h)
		}
	})
}

// TestHeaderOfANewerProgram: fields we do not know survive byte for byte (I21).
func TestHeaderOfANewerProgram(t *testing.T) {
	b, err := EncodeHeader(goldenHeader())
	if err != nil {
		t.Fatal(err)
	}
	var m map[uint64]cbor.RawMessage
	if err := cbor.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	m[13], m[300] = cbor.RawMessage{0x63, 'n', 'e', 'w'}, cbor.RawMessage{0x18, 0x2a}
	newer, err := marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	h, err := DecodeHeader(newer)
	if err != nil || len(h.Extra) == 0 || h.Type != "submitted" {
		t.Fatalf("%v %+v", err, h)
	}
	again, err := EncodeHeader(h)
	if err != nil || !bytes.Equal(again, newer) {
		t.Fatalf("%v\n%x\n%x", err, again, newer)
	}
	h.Extra = []byte{0xa1, 0x01, 0x00} // pretends to be field 1
	if _, err := EncodeHeader(h); err == nil {
		t.Fatal("an extra field replaced one of ours")
	}
}

func TestDecodeHeaderIsStrict(t *testing.T) {
	good, err := EncodeHeader(Header{ID: EventID{1}, At: 5, Type: "note"})
	if err != nil {
		t.Fatal(err)
	}
	longInt := bytes.Replace(good, []byte{0x04, 0x05}, []byte{0x04, 0x18, 0x05}, 1)
	swapped := append([]byte{0xa3, 0x04, 0x05}, append(bytes.Clone(good[1:19]), good[21:]...)...)
	for name, b := range map[string][]byte{
		"nothing": nil, "an array": {0x80}, "trailing byte": append(bytes.Clone(good), 0), "cut": good[:len(good)-1],
		"a longer integer": longInt, "keys in another order": swapped,
		"a short id":      append([]byte{0xa3, 0x01, 0x41, 0x01}, good[19:]...),
		"indefinite map":  append(append([]byte{0xbf}, good[1:]...), 0xff),
		"duplicate key":   append(append([]byte{0xa4}, good[1:]...), 0x04, 0x06),
		"a zero default":  append(append([]byte{0xa4}, good[1:]...), 0x07, 0x00),
		"too long":        make([]byte, MaxHeader+1),
		"text for number": bytes.Replace(good, []byte{0x04, 0x05}, []byte{0x04, 0x61, '5'}, 1),
	} {
		if h, err := DecodeHeader(b); err == nil {
			t.Errorf("%s: taken as %+v", name, h)
		}
	}
}

func TestEncodeHeaderRefuses(t *testing.T) {
	ok := goldenHeader()
	for name, change := range map[string]func(*Header){
		"no id":               func(h *Header) { h.ID = EventID{} },
		"epoch without seq":   func(h *Header) { h.Seq = 0 },
		"type with a space":   func(h *Header) { h.Type = "a b" },
		"no type":             func(h *Header) { h.Type = "" },
		"long actor":          func(h *Header) { h.Actor = strings.Repeat("x", 65) },
		"empty blob":          func(h *Header) { h.Blobs = []BlobRef{{Length: 0}} },
		"huge blob":           func(h *Header) { h.Blobs = []BlobRef{{Length: MaxBlobLength + 1}} },
		"one digest, two len": func(h *Header) { h.Blobs = []BlobRef{{Length: 1}, {Length: 2}} },
		"blob, no dossier":    func(h *Header) { h.Dossier = DossierID{} },
		"too many blobs":      func(h *Header) { h.Blobs = make([]BlobRef, MaxBlobs+1) },
		"code":                func(h *Header) { h.Code = 100 },
	} {
		h := ok
		change(&h)
		if _, err := EncodeHeader(h); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
}

func TestManifestIgnoresOrderAndEpoch(t *testing.T) {
	a := goldenHeader()
	b := a
	b.Epoch, b.Seq = 9, 77
	b.Blobs = []BlobRef{a.Blobs[1], a.Blobs[0], a.Blobs[1]}
	p := sum([]byte("payload"))
	if ManifestDigest(a, p) != ManifestDigest(b, p) {
		t.Error("order, repetition or re-heading changes the manifest")
	}
	b.Blobs[0].Length++
	if ManifestDigest(a, p) == ManifestDigest(b, p) || ManifestDigest(a, p) == ManifestDigest(a, sum(nil)) {
		t.Error("the manifest does not cover lengths or payload")
	}
}

func TestAnyFlippedByteIsFound(t *testing.T) {
	log, events := goldenEvents()
	key := testKey("device")
	b, err := SealBatch(log, 1, ChainStart(log), events, key, DefaultDict())
	if err != nil {
		t.Fatal(err)
	}
	wire, err := EncodeBatch(b)
	if err != nil {
		t.Fatal(err)
	}
	pub := key.Public().(ed25519.PublicKey)
	for i := range wire {
		for _, bit := range []byte{1, 0x80} {
			bad := bytes.Clone(wire)
			bad[i] ^= bit
			got, err := DecodeBatch(bad)
			if err != nil {
				continue
			}
			opened, head, err := OpenBatch(got, ChainStart(log), pub, BuiltinDicts(), Limits{})
			if err == nil && (head != b.Head || !reflect.DeepEqual(opened, events)) {
				t.Fatalf("byte %d: other events were taken", i)
			}
			if err != nil && ProblemOf(err) == nil {
				t.Fatalf("byte %d: %v is no problem", i, err)
			}
		}
	}
}

func TestOpenBatchProblems(t *testing.T) {
	log, events := goldenEvents()
	key := testKey("device")
	pub := key.Public().(ed25519.PublicKey)
	start := ChainStart(log)
	seal := func() Batch {
		b, err := SealBatch(log, 1, start, events, key, DefaultDict())
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	resign := func(b Batch) Batch { b.Sig = ed25519.Sign(key, batchMessage(&b, start)); return b }
	for _, c := range []struct {
		name   string
		change func(*Batch)
		kind   Kind
		code   string
	}{
		{"signature", func(b *Batch) { b.Sig[0] ^= 1 }, Fork, CodeSignature},
		{"no signature", func(b *Batch) { b.Sig = nil }, Fork, CodeSignature},
		{"another place", func(b *Batch) { b.First = 2 }, Fork, CodeSignature},
		{"unknown dictionary", func(b *Batch) { b.Dict[0] ^= 1 }, Correction, CodeDict},
		{"unknown codec", func(b *Batch) { b.Codec = 77 }, Version, CodeCodec},
		{"raw length too large", func(b *Batch) { b.RawLen = 2 << 20 }, Limit, CodeTooLarge},
		{"raw length too small", func(b *Batch) { b.RawLen-- }, Version, CodeFormat},
		{"raw length a bit larger", func(b *Batch) { b.RawLen++ }, Version, CodeFormat},
		{"bytes behind the stream", func(b *Batch) { b.Body = append(b.Body, 0) }, Version, CodeFormat},
		{"no events", func(b *Batch) { b.N = 0 }, Version, CodeFormat},
		{"too many events", func(b *Batch) { b.N = 257 }, Limit, CodeTooLarge},
		{"too large a body", func(b *Batch) { b.Body = make([]byte, 61<<10) }, Limit, CodeTooLarge},
		{"head", func(b *Batch) { b.Head[3] ^= 1; *b = resign(*b) }, Fork, CodeChain},
		{"fewer events", func(b *Batch) { b.N = 1; *b = resign(*b) }, Version, CodeFormat},
		{"events of another place", func(b *Batch) { b.First = 7; *b = resign(*b) }, Fork, CodeChain},
	} {
		b := seal()
		c.change(&b)
		if _, _, err := OpenBatch(b, start, pub, BuiltinDicts(), Limits{}); !errors.Is(err, &Problem{Kind: c.kind, Code: c.code}) {
			t.Errorf("%s: %v, want %s/%s", c.name, err, c.kind, c.code)
		}
	}
	if _, _, err := OpenBatch(seal(), start, nil, BuiltinDicts(), Limits{}); err == nil {
		t.Error("opened without a key")
	}
}

func TestSealBatchRefuses(t *testing.T) {
	log, events := goldenEvents()
	key := testKey("device")
	if _, err := SealBatch(log, 1, ChainStart(log), nil, key, nil); err == nil {
		t.Error("an empty batch")
	}
	if _, err := SealBatch(log, 2, ChainStart(log), events, key, nil); err == nil {
		t.Error("events at the wrong place")
	}
	events[0].Payload = make([]byte, MaxPayload+1)
	if _, err := SealBatch(log, 1, ChainStart(log), events, key, nil); err == nil {
		t.Error("too large a payload")
	}
	if _, _, err := EventDigests(events[0]); err == nil {
		t.Error("digests of an event that can never leave")
	}
}

// TestAcceptBatch walks a log through every way a batch can lie over it.
func TestAcceptBatch(t *testing.T) {
	key := testKey("device")
	pub := key.Public().(ed25519.PublicKey)
	rapid.Check(t, func(t *rapid.T) {
		log := LogID{Device: DeviceID{1}, Epoch: 3}
		n := rapid.IntRange(1, 12).Draw(t, "events")
		var events []Event
		heads := []Digest{ChainStart(log)}
		for i := range n {
			e := Event{Header: Header{ID: EventID{1, byte(i)}, Epoch: 3, Seq: uint64(i) + 1, Type: "note"}, Payload: fmt.Appendf(nil, "%d", i)}
			h, p, err := EventDigests(e)
			if err != nil {
				t.Fatal(err)
			}
			events, heads = append(events, e), append(heads, ChainNext(heads[i], h, p))
		}
		applied := rapid.IntRange(0, n).Draw(t, "applied")
		first := rapid.IntRange(1, n).Draw(t, "first")
		last := rapid.IntRange(first, n).Draw(t, "last")
		b, err := SealBatch(log, uint64(first), heads[first-1], events[first-1:last], key, nil)
		if err != nil {
			t.Fatal(err)
		}
		stored := append([]Digest(nil), heads[:applied+1]...)
		headAt := func(seq uint64) (Digest, error) { return stored[seq], nil }
		acc, err := AcceptBatch(b, uint64(applied), headAt, pub, nil, Limits{})
		switch {
		case first > applied+1:
			if p := ProblemOf(err); p == nil || p.Code != CodeSeq || p.Value != uint64(applied) {
				t.Fatalf("gap: %v", err)
			}
			return
		case err != nil:
			t.Fatal(err)
		case len(acc.Events) != max(0, last-applied) || len(acc.Heads) != len(acc.Events):
			t.Fatalf("%d new events of %d…%d over %d", len(acc.Events), first, last, applied)
		case len(acc.Events) > 0 && acc.Heads[len(acc.Heads)-1] != heads[last]:
			t.Fatal("another head")
		}
		if last <= applied { // the stored log had other bytes at the end of the batch
			stored[last][0] ^= 1
			if _, err := AcceptBatch(b, uint64(applied), headAt, pub, nil, Limits{}); !errors.Is(err, &Problem{Kind: Fork}) {
				t.Fatalf("rewrite: %v", err)
			}
		}
	})
}

func TestCompareLogs(t *testing.T) {
	h := func(s string) Digest { return sum([]byte(s)) }
	own := map[uint64]Digest{0: h("0"), 1: h("1"), 2: h("2")}
	at := func(seq uint64) (Digest, bool) { d, ok := own[seq]; return d, ok }
	device := LogState{Epoch: 2, Next: 4, Head: h("3")}
	for _, c := range []struct {
		name   string
		portal LogState
		at     func(uint64) (Digest, bool)
		want   Verdict
	}{
		{"equal", LogState{2, 4, h("3")}, at, Verdict{LogsEqual, 4, ""}},
		{"equal seq, other head", LogState{2, 4, h("x")}, at, Verdict{LogsForked, 0, CodeHead}},
		{"portal behind, on my chain", LogState{2, 2, h("1")}, at, Verdict{PortalBehind, 2, ""}},
		{"portal knows nothing", LogState{2, 1, h("0")}, at, Verdict{PortalBehind, 1, ""}},
		{"portal behind, not on my chain", LogState{2, 2, h("x")}, at, Verdict{LogsForked, 0, CodeHead}},
		{"portal behind, pruned here", LogState{2, 3, h("2")}, func(uint64) (Digest, bool) { return Digest{}, false }, Verdict{LogsForked, 0, CodeHead}},
		{"seen from the portal", LogState{2, 2, h("x")}, nil, Verdict{PortalBehind, 2, ""}},
		{"portal ahead", LogState{2, 5, h("4")}, at, Verdict{LogsForked, 0, CodeAhead}},
		{"later epoch there", LogState{3, 1, h("")}, at, Verdict{LogsForked, 0, CodeEpoch}},
		{"earlier epoch there", LogState{1, 9, h("")}, at, Verdict{EpochForgotten, 0, CodeEpoch}},
	} {
		if got := CompareLogs(device, c.portal, c.at); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestKindsAreForEver(t *testing.T) {
	want := []string{"", "transient", "intercepted", "clock", "correction", "fork", "auth", "version", "limit", "domain"}
	for i, name := range want[1:] {
		if k := Kind(i + 1); k.String() != name {
			t.Errorf("kind %d is %q, was %q for ever", i+1, k, name)
		}
	}
	if Kind(200).String() != "kind-200" || Kind(200).Retry() != RetrySlowly || Fork.Retry() != RetryNever || Transient.Retry() != RetrySoon {
		t.Error("retry table")
	}
	err := fmt.Errorf("pushing: %w", NewProblem(Correction, CodeSeq, "x"))
	if !errors.Is(err, &Problem{Kind: Correction}) || errors.Is(err, &Problem{Kind: Correction, Code: CodeOffset}) || ProblemOf(err) == nil {
		t.Error("matching problems")
	}
}

func TestAnswers(t *testing.T) {
	id := RequestID{1, 2}
	good, err := EncodeAnswer(id, BlobAnswer{Off: 7})
	if err != nil {
		t.Fatal(err)
	}
	refusal, err := EncodeRefusal(id, NewProblem(Auth, CodeRevoked, "device"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		b    []byte
		kind Kind
	}{
		{"nothing", nil, Intercepted}, {"HTML", []byte("<!DOCTYPE html><html>"), Intercepted}, {"short text", []byte("OK"), Intercepted},
		{"another echo", append(append([]byte{}, good[:8]...), append([]byte{9}, good[9:]...)...), Intercepted},
		{"half", good[:len(good)-1], Transient}, {"only magic", good[:8], Transient}, {"head only", good[:FrameHead], Transient},
		{"refusal", refusal, Auth},
	} {
		a := BlobAnswer{Off: 99}
		_, err := DecodeAnswer(c.b, id, &a)
		if !errors.Is(err, &Problem{Kind: c.kind}) || a.Off != 99 {
			t.Errorf("%s: %v (%+v), want %s", c.name, err, a, c.kind)
		}
	}
	var a BlobAnswer
	if rest, err := DecodeAnswer(append(good, "tail"...), id, &a); err != nil || a.Off != 7 || string(rest) != "tail" {
		t.Errorf("%v %+v %q", err, a, rest)
	}
}

// TestUnknownFieldsOfMessagesAreIgnored: a newer program may add (I21).
func TestUnknownFieldsOfMessagesAreIgnored(t *testing.T) {
	b, err := marshal(map[int]any{1: 7, 99: "new"})
	if err != nil {
		t.Fatal(err)
	}
	var a BlobAnswer
	if err := decodeMessage(b, &a); err != nil || a.Off != 7 {
		t.Fatalf("%v %+v", err, a)
	}
}

func TestSessionKey(t *testing.T) {
	k := SessionKey{1}
	dev := DeviceID{5}
	tok := k.Issue(dev, 600_000)
	if got, err := k.Check(tok, 599_999); err != nil || got != dev || len(tok) > MaxSession {
		t.Fatalf("%s %v", got, err)
	}
	for i := range tok {
		bad := bytes.Clone(tok)
		bad[i] ^= 4
		if _, err := k.Check(bad, 0); !errors.Is(err, &Problem{Kind: Correction, Code: CodeSession}) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	if _, err := k.Check(tok, 700_000); err == nil {
		t.Error("a session does not end")
	}
	if _, err := (SessionKey{2}).Check(tok, 0); err == nil {
		t.Error("another key's session")
	}
}

func TestCursor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Cursor{rapid.Uint64().Draw(t, "e"), rapid.Uint64().Draw(t, "p"), rapid.Uint64().Draw(t, "m")}
		if got, err := ParseCursor(c.Bytes()); err != nil || got != c {
			t.Fatalf("%v %+v", err, got)
		}
	})
	for _, bad := range [][]byte{{1}, {1, 2, 0}, {1, 2, 3, 4}, {0x80}, {0x80, 0x00, 1}} {
		if c, err := ParseCursor(bad); err == nil {
			t.Errorf("%x: %+v", bad, c)
		}
	}
}

func TestSignedThings(t *testing.T) {
	portal := testKey("portal")
	pub := portal.Public().(ed25519.PublicKey)
	ack := SignAck(Ack{Log: LogID{DeviceID{1}, 1}, Applied: 4, Generation: 9, At: 8}, portal)
	rec := SignReceipt(Receipt{Dossier: DossierID{1}, Generation: 9}, portal)
	now := SignTime(TimeAnswer{Nonce: RequestID{3}, At: 5, Serial: 2}, portal)
	grant := SignGrant(EpochGrant{Device: DeviceID{1}, Epoch: 2, SlipPrefix: "00001"}, portal)
	changed := []error{}
	a := ack
	a.Generation++
	changed = append(changed, a.Verify(pub))
	r := rec
	r.Manifest[0] ^= 1
	changed = append(changed, r.Verify(pub))
	n := now
	n.Serial++
	g := grant
	g.SlipPrefix = "00002"
	changed = append(changed, n.Verify(RequestID{3}, pub), g.Verify(DeviceID{1}, pub), now.Verify(RequestID{4}, pub), grant.Verify(DeviceID{2}, pub))
	for i, err := range changed {
		if err == nil {
			t.Errorf("change %d was not found", i)
		}
	}
	for i, err := range []error{ack.Verify(pub), rec.Verify(pub), now.Verify(RequestID{3}, pub), grant.Verify(DeviceID{1}, pub)} {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestFeedPages(t *testing.T) {
	portal := testKey("portal")
	for name, p := range map[string]FeedPage{
		"no commune":       {To: 1},
		"backwards":        {Commune: "1", From: 2, To: 2},
		"item before":      {Commune: "1", From: 2, To: 4, Items: []FeedItem{{Pos: 2, Kind: FeedEvent}}},
		"item beyond":      {Commune: "1", From: 2, To: 4, Items: []FeedItem{{Pos: 5, Kind: FeedEvent}}},
		"out of order":     {Commune: "1", From: 2, To: 6, Items: []FeedItem{{Pos: 5, Kind: FeedEvent}, {Pos: 4, Kind: FeedEvent}}},
		"kind with spaces": {Commune: "1", From: 2, To: 6, Items: []FeedItem{{Pos: 5, Kind: "a b"}}},
	} {
		if _, err := SealFeedPage(p, portal, nil); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
	p := FeedPage{Commune: "28807", Epoch: 1, From: 4, To: 6}
	if p.Follows("28807", Cursor{1, 4, 0}) != nil || p.Follows("28808", Cursor{1, 4, 0}) == nil || p.Follows("28807", Cursor{1, 3, 0}) == nil || p.Follows("28807", Cursor{2, 4, 9}) == nil {
		t.Error("which page follows which cursor")
	}
}

// A portal that forgot a device takes it back by its own signature, and by no other.
func TestEnrolledIsShownAgain(t *testing.T) {
	_, device, _ := ed25519.GenerateKey(nil)
	_, portal, _ := ed25519.GenerateKey(nil)
	public := device.Public().(ed25519.PublicKey)
	id := DeviceIDOf(public)
	book := BookID{1}
	r := SignEnrolResponse(EnrolResponse{Device: id, Book: book, Commune: "28807", CA: []byte("ca"), Replaces: DeviceID{7},
		Grant: SignGrant(EpochGrant{Device: id, Book: book, Epoch: 1, SlipPrefix: "12345"}, portal)}, portal)
	b, err := EncodeEnrolled(r)
	if err != nil {
		t.Fatal(err)
	}
	key := portal.Public().(ed25519.PublicKey)
	got, err := OpenEnrolled(b, id, public, key)
	if err != nil || got.Book != book || got.Replaces != (DeviceID{7}) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range b {
		bad := append([]byte(nil), b...)
		bad[i] ^= 1
		if r, err := OpenEnrolled(bad, id, public, key); err == nil && (r.Book != book || r.Replaces != (DeviceID{7}) || r.Commune != "28807") {
			t.Fatalf("byte %d changed what was signed", i)
		}
	}
	other, _, _ := ed25519.GenerateKey(nil)
	if _, err := OpenEnrolled(b, id, other, key); err == nil {
		t.Error("another key was taken for the device's")
	}
	if _, err := OpenEnrolled(b, id, public, public); err == nil {
		t.Error("another portal's signature was taken")
	}
}
