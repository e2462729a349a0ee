package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Golden vectors bind every version of this program to the same bytes (I21).
// They are written only by
//
//	go test ./syncproto -run TestGolden -update
//
// and a change of one is a change of the protocol: it needs a new version number
// in PROTOCOL.md. The name of a file is what it holds; .hex files are bytes with
// comments after '#', so that a person can read and add to them.
var update = flag.Bool("update", false, "write testdata/protocol/*.hex anew")

const goldenDir = "../testdata/protocol"

// goldenDict is fixed here, so that a newly trained dictionary changes no vector.
func goldenDict() *Dict {
	return NewDict([]byte(strings.Repeat(`{"procedure":"","pack":"","applicant":{"full_name":"Nguyễn "},"components":[]}`, 3)))
}

func goldenHeader() Header {
	return Header{
		ID: EventID{0x01, 0x93, 0x11, 0x22, 0x33, 0x44, 0x70, 0x55, 0x80, 1, 2, 3, 4, 5, 6, 7}, Epoch: 1, Seq: 1,
		At: 1_795_000_000_000, Clock: ClockTrusted, Type: "submitted", Schema: 1,
		Dossier: DossierID{0x01, 0x93, 0x11, 0x22, 0x33, 0x45, 0x70, 0x55, 0x80, 9, 9, 9, 9, 9, 9, 9},
		Version: 1, Code: 1, Actor: "kiosk",
		Blobs: []BlobRef{
			{SHA256: sum([]byte("front")), Length: 30_613, MIME: "image/jpeg", Role: "scan:p1"},
			{SHA256: sum([]byte("back")), Length: 512, MIME: "image/png", Role: "signature"},
		},
	}
}

func goldenEvents() (LogID, []Event) {
	log := LogID{Device: DeviceID{0xd0, 1, 2, 3, 4, 5, 0x46, 7, 0x88, 9, 10, 11, 12, 13, 14, 15}, Epoch: 1}
	first := Event{Header: goldenHeader(), Salt: [16]byte{1, 2, 3}, Payload: []byte(`{"procedure":"1.001193","applicant":{"full_name":"Nguyễn Thị Thử"}}`)}
	second := Event{Header: Header{ID: EventID{15: 2, 6: 0x70, 8: 0x80}, Epoch: 1, Seq: 2, At: -1, Type: "note"}, Salt: [16]byte{4}, Payload: []byte{0xff, 0x00}}
	return log, []Event{first, second}
}

// golden lists every vector with the value it must decode to.
func golden(t *testing.T) map[string][]byte {
	t.Helper()
	ok := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	device, portal := testKey("golden device"), testKey("golden portal")
	log, events := goldenEvents()
	plain, err := SealBatch(log, 1, ChainStart(log), events, device, nil)
	ok(nil, err)
	withDict, err := SealBatch(log, 1, ChainStart(log), events, device, goldenDict())
	ok(nil, err)
	hb := ok(EncodeHeader(events[0].Header))
	ack := SignAck(Ack{Log: log, Applied: 2, Head: plain.Head, Generation: 1_795_000_000_001, At: 1_795_000_000_002}, portal)
	manifest := ManifestDigest(events[0].Header, PayloadDigest(events[0].Salt, events[0].Payload))
	receipt := SignReceipt(Receipt{Dossier: events[0].Header.Dossier, Manifest: manifest, Generation: 7, At: 1_795_000_000_003}, portal)
	page, err := SealFeedPage(FeedPage{Commune: "28807", Epoch: 3, From: 41, To: 44, Items: []FeedItem{
		{Pos: 42, Kind: FeedOutcome, Body: ok(EncodeOutcome(Outcome{Event: events[0].Header.ID, Code: OutcomeAccepted}))},
		{Pos: 44, Kind: FeedReceipt, Key: "receipt:x", Body: ok(EncodeReceipt(receipt))}}}, portal, goldenDict())
	ok(nil, err)
	id := RequestID{0xaa, 1, 2, 3}
	st := LogState{Epoch: 1, Next: 3, Head: plain.Head}
	hello := SignHello(Hello{ProtoMin: 1, ProtoMax: 1, Device: log.Device, Boot: BootID{7}, Count: 99, Log: &st,
		Dicts: []DictID{goldenDict().ID}, Program: "bendo 1"}, id, device)
	grant := SignGrant(EpochGrant{Device: log.Device, Book: BookID{8}, Epoch: 1, SlipPrefix: "28807", Generation: 7, At: 5}, portal)
	enrol := SignEnrol(EnrolRequest{Secret: 0x2_1234_5678_9abc, Device: log.Device, Name: "máy 1", Proto: 1}, device)
	enrolled := SignEnrolResponse(EnrolResponse{Device: log.Device, Book: BookID{8}, Grant: grant, Commune: "28807", Office: "UBND xã Thử",
		Generation: 7, Feed: Cursor{Epoch: 3}, Carry: "age1c", Recovery: "age1r", CA: []byte("PEM"),
		Time: SignTime(TimeAnswer{Nonce: id, At: 6, Serial: 1}, portal)}, portal)
	return map[string][]byte{
		"header": hb, "header-digest": digestBytes(HeaderDigest(events[0].Salt, hb)),
		"payload-digest": digestBytes(PayloadDigest(events[0].Salt, events[0].Payload)),
		"chain-start":    digestBytes(ChainStart(log)), "chain-head-2": digestBytes(plain.Head), "manifest": digestBytes(manifest),
		"event": ok(EncodeEvent(events[0])), "ack": ok(EncodeAck(ack)), "receipt": ok(EncodeReceipt(receipt)),
		"sync-warm": ok(EncodeRequest(id, SyncRequest{Hello: Hello{Session: bytes.Repeat([]byte{9}, 32), Log: &st, Generation: 7, Acked: 2},
			Feed: &FeedAsk{Cursor: Cursor{Epoch: 3, Pos: 44}, WaitS: 25}})),
		"sync-cold":     ok(EncodeRequest(id, SyncRequest{Hello: hello, BlobStat: []BlobKey{{Dossier: events[0].Header.Dossier, SHA256: sum([]byte("front"))}}})),
		"answer-empty":  ok(EncodeAnswer(id, SyncResponse{})),
		"answer-ack":    ok(EncodeAnswer(id, SyncResponse{Ack: &ack, Blobs: []BlobAnswer{{Off: 4096}, {Off: 512, Complete: true}, {Unknown: true}}})),
		"refusal":       ok(EncodeRefusal(id, &Problem{Kind: Correction, Code: CodeSeq, Value: 41})),
		"enrol-request": ok(EncodeRequest(id, enrol)), "enrol-answer": ok(EncodeAnswer(id, enrolled)),
		// Compressed forms depend on the compressor of the Go release: they are
		// checked by opening what is stored, not by comparing what is written.
		"open/batch-plain": ok(EncodeBatch(plain)), "open/batch-dict": ok(EncodeBatch(withDict)), "open/page-dict": ok(EncodeSealedPage(page)),
	}
}

func digestBytes(d Digest) []byte { return d[:] }

func TestGolden(t *testing.T) {
	for name, want := range golden(t) {
		file := filepath.Join(goldenDir, filepath.FromSlash(name)+".hex")
		if *update {
			writeHex(t, file, want)
		}
		got := readHex(t, file)
		if strings.HasPrefix(name, "open/") {
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: this program writes other bytes:\n%x\nwant\n%x", name, want, got)
		}
	}
}

// TestGoldenOpens reads the stored vectors as a stranger would.
func TestGoldenOpens(t *testing.T) {
	log, events := goldenEvents()
	device, portal := testKey("golden device").Public().(ed25519.PublicKey), testKey("golden portal").Public().(ed25519.PublicKey)
	dicts := Dicts{goldenDict().ID: goldenDict()}
	for _, name := range []string{"open/batch-plain", "open/batch-dict"} {
		b, err := DecodeBatch(readHex(t, filepath.Join(goldenDir, name+".hex")))
		if err != nil {
			t.Fatal(err)
		}
		got, head, err := OpenBatch(b, ChainStart(log), device, dicts, Limits{})
		if err != nil || !reflect.DeepEqual(got, events) {
			t.Fatalf("%s: %v\n%+v\nwant\n%+v", name, err, got, events)
		}
		if !bytes.Equal(head[:], readHex(t, filepath.Join(goldenDir, "chain-head-2.hex"))) {
			t.Fatalf("%s: head %s", name, head)
		}
	}
	s, err := DecodeSealedPage(readHex(t, filepath.Join(goldenDir, "open/page-dict.hex")))
	if err != nil {
		t.Fatal(err)
	}
	p, err := OpenFeedPage(s, portal, dicts, Limits{})
	if err != nil || p.To != 44 || len(p.Items) != 2 {
		t.Fatalf("%v %+v", err, p)
	}
	a, err := DecodeAck(readHex(t, filepath.Join(goldenDir, "ack.hex")))
	if err != nil || a.Verify(portal) != nil {
		t.Fatalf("ack: %v", err)
	}
	var cold SyncRequest
	id, err := DecodeRequest(readHex(t, filepath.Join(goldenDir, "sync-cold.hex")), &cold)
	if err != nil || VerifyHello(cold.Hello, id, device) != nil || cold.Check() != nil {
		t.Fatalf("cold sync: %v", err)
	}
	var enrolled EnrolResponse
	var req EnrolRequest
	if req.ID, err = DecodeRequest(readHex(t, filepath.Join(goldenDir, "enrol-request.hex")), &req); err != nil || req.Verify() != nil {
		t.Fatalf("enrolment request: %v", err)
	}
	if _, err := DecodeAnswer(readHex(t, filepath.Join(goldenDir, "enrol-answer.hex")), req.ID, &enrolled); err != nil {
		t.Fatal(err)
	}
	if err := enrolled.Verify(req); err != nil {
		t.Fatal(err)
	}
}

// TestEmptyPollIsSmall: both bodies of a poll in a warm session.
func TestEmptyPollIsSmall(t *testing.T) {
	n := len(readHex(t, filepath.Join(goldenDir, "sync-warm.hex"))) + len(readHex(t, filepath.Join(goldenDir, "answer-empty.hex")))
	t.Logf("empty poll: %d B, both bodies", n)
	if n > 450 {
		t.Errorf("empty poll has %d B, bar 450", n)
	}
}

func writeHex(t *testing.T, file string, b []byte) {
	t.Helper()
	var s strings.Builder
	s.WriteString("# " + strings.TrimSuffix(filepath.Base(file), ".hex") + ", protocol s1; see syncproto/PROTOCOL.md\n")
	for ; len(b) > 32; b = b[32:] {
		s.WriteString(hex.EncodeToString(b[:32]) + "\n")
	}
	s.WriteString(hex.EncodeToString(b) + "\n")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(s.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readHex(tb testing.TB, file string) []byte {
	tb.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		tb.Fatalf("golden vector: %v (go test ./syncproto -run TestGolden -update writes it)", err)
	}
	var b []byte
	for _, line := range strings.Split(string(raw), "\n") {
		line, _, _ = strings.Cut(line, "#")
		part, err := hex.DecodeString(strings.TrimSpace(line))
		if err != nil {
			tb.Fatalf("%s: %v", file, err)
		}
		b = append(b, part...)
	}
	return b
}
