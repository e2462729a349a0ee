package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"
	"pgregory.net/rapid"
)

func testAge(t testing.TB) (identity, recipient string) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id.String(), id.Recipient().String()
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// goldenBundle is one of everything.
func goldenBundle(t testing.TB) (BundleHeader, []BundleRecord) {
	t.Helper()
	device, portal := testKey("golden device"), testKey("golden portal")
	log, events := goldenEvents()
	b := must(SealBatch(log, 1, ChainStart(log), events, device, nil))(t)
	ack := SignAck(Ack{Log: log, Applied: 2, Head: b.Head, Generation: 7, At: 9}, portal)
	h := BundleHeader{Purpose: BundleUp, Device: log.Device, Book: BookID{8}, Portal: PortalFingerprint(portal.Public().(ed25519.PublicKey)),
		Serial: 1_795_000_000_000, Part: 2, At: 1_795_000_000_001, Clock: ClockTrusted, Epoch: 1, First: 1, Last: 2, Head: b.Head,
		Holds: []BundleHold{{Name: HoldName{1, 2, 3}, Len: 5}, {Name: HoldName{1, 2, 3}, Off: 5, Len: 7}}}
	key := BlobKey{Dossier: events[0].Header.Dossier, SHA256: sum([]byte("hello, paper"))}
	receipt := SignReceipt(Receipt{Dossier: key.Dossier, Manifest: Digest{5}, Generation: 7, At: 9}, portal)
	page := must(SealFeedPage(FeedPage{Commune: "28807", Epoch: 7, From: 1, To: 2, Items: []FeedItem{{Pos: 2, Kind: FeedReceipt, Body: must(EncodeReceipt(receipt))(t)}}}, portal, nil))(t)
	grant := SignGrant(EpochGrant{Device: log.Device, Book: BookID{8}, Epoch: 2, SlipPrefix: "28807", Generation: 7, At: 5}, portal)
	return h, []BundleRecord{
		must(StateRecord(BundleState{Log: LogState{Epoch: 1, Next: 3, Head: b.Head}, Generation: 7, Acked: 2, Held: &ack, Cursor: Cursor{Epoch: 7, Pos: 1}, Reply: "age1x", Program: "bendo 1"}))(t),
		must(BatchRecord(BundleBatch{Prev: ChainStart(log), Batch: b}))(t),
		must(PieceRecord(BundlePiece{Key: key, Length: 12, Bytes: []byte("hello")}))(t),
		must(PieceRecord(BundlePiece{Key: key, Length: 12, Off: 5, Bytes: []byte(", paper")}))(t),
		must(AckRecord(ack))(t), must(ReceiptRecord(receipt))(t), must(PageRecord(page))(t),
		must(OrderRecord(Directive{Code: DirectiveNewEpoch, Grant: &grant, At: 5}))(t),
		must(ResetRecord(FeedReset{Cursor: Cursor{Epoch: 8}, EchoEpoch: 7, EchoAfter: 1}))(t),
		must(ReplayRecord(BundleReplay{Log: ReplayLog{Log: log, Key: device.Public().(ed25519.PublicKey), Applied: 2, Head: b.Head}, Batch: b}))(t),
	}
}

func open(file []byte, identity string) (BundleHeader, []BundleRecord, error) {
	var got []BundleRecord
	h, err := OpenBundle(file, testKey("golden device").Public().(ed25519.PublicKey), identity, func(r BundleRecord) error {
		got = append(got, r)
		return nil
	})
	return h, got, err
}

func TestBundleRoundTrip(t *testing.T) {
	identity, recipient := testAge(t)
	second, other := testAge(t)
	h, records := goldenBundle(t)
	file := must(SealBundle(h, records, testKey("golden device"), recipient, other))(t)
	for _, id := range []string{identity, second} {
		got, list, err := open(file, id)
		if err != nil || !reflect.DeepEqual(list, records) {
			t.Fatalf("%v: %d records", err, len(list))
		}
		if got.Length == 0 || !reflect.DeepEqual(got.Holds, h.Holds) || got.Head != h.Head || got.Serial != h.Serial {
			t.Fatalf("%+v", got)
		}
	}
	head := must(ReadBundleHead(bytes.NewReader(file)))(t)
	if head.Size() != int64(len(file)) {
		t.Fatalf("size %d of %d", head.Size(), len(file))
	}
	for i, v := range []any{&BundleState{}, &BundleBatch{}, &BundlePiece{}, &BundlePiece{}, &Ack{}, &Receipt{}, &SealedPage{}, &Directive{}, &FeedReset{}, &BundleReplay{}} {
		if err := records[i].Decode(v); err != nil {
			t.Errorf("record %d: %v", i, err)
		}
		if records[(i+4)%len(records)].Decode(v) == nil {
			t.Errorf("record %d decodes as a %T", (i+4)%len(records), v)
		}
	}
}

// I26: any altered, missing or added byte of a part is named before a record is believed.
func TestAnyChangeOfABundleIsNamed(t *testing.T) {
	identity, recipient := testAge(t)
	h, records := goldenBundle(t)
	file := must(SealBundle(h, records, testKey("golden device"), recipient))(t)
	named := func(err error) bool {
		for _, e := range []error{ErrBundleDamaged, ErrBundleFormat, ErrBundleVersion} {
			if errors.Is(err, e) {
				return true
			}
		}
		return false
	}
	for i := range file {
		for _, x := range []byte{1, 0x80} {
			bad := bytes.Clone(file)
			bad[i] ^= x
			if _, got, err := open(bad, identity); !named(err) || len(got) > 0 {
				t.Fatalf("byte %d flipped by %x: %v, %d records", i, x, err, len(got))
			}
		}
		if _, got, err := open(file[:i], identity); !errors.Is(err, ErrBundleDamaged) || len(got) > 0 {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	if _, got, err := open(append(bytes.Clone(file), 0), identity); !errors.Is(err, ErrBundleDamaged) || len(got) > 0 {
		t.Fatalf("a byte more: %v", err)
	}
}

// A forger who repairs check and digest still has no signature.
func TestForgedAndForeignBundles(t *testing.T) {
	identity, recipient := testAge(t)
	stranger, _ := testAge(t)
	h, records := goldenBundle(t)
	forged := must(SealBundle(h, records, testKey("somebody else"), recipient))(t)
	if _, got, err := open(forged, identity); !errors.Is(err, ErrBundleSignature) || len(got) > 0 {
		t.Fatalf("forged: %v, %d records", err, len(got))
	}
	file := must(SealBundle(h, records, testKey("golden device"), recipient))(t)
	if _, got, err := open(file, stranger); !errors.Is(err, ErrBundleKey) || len(got) > 0 {
		t.Fatalf("a stranger: %v, %d records", err, len(got))
	}
	if _, _, err := CheckBundle(make([]byte, MaxBundlePart+1)); !errors.Is(err, ErrBundleTooLarge) {
		t.Fatal(err)
	}
	if _, err := SealBundle(h, records, testKey("golden device")); err == nil {
		t.Fatal("sealed to nobody")
	}
	h.Serial = 0
	if _, err := SealBundle(h, records, testKey("golden device"), recipient); err == nil {
		t.Fatal("a part without a serial")
	}
}

// TestBundleProperties: whatever fits is read back as it was, in a bounded room.
func TestBundleProperties(t *testing.T) {
	identity, recipient := testAge(t)
	base, _ := goldenBundle(t)
	rapid.Check(t, func(t *rapid.T) {
		h := base
		h.Holds = nil
		h.Part = rapid.Uint32Min(1).Draw(t, "part")
		var records []BundleRecord
		for i := range rapid.IntRange(0, 6).Draw(t, "records") {
			kind := rapid.ByteRange(1, 30).Draw(t, fmt.Sprint("kind", i)) // unknown kinds too
			records = append(records, BundleRecord{BundleKind(kind), rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, fmt.Sprint("body", i))})
		}
		file, err := SealBundle(h, records, testKey("golden device"), recipient)
		if err != nil {
			t.Fatal(err)
		}
		_, got, err := open(file, identity)
		if err != nil || len(got) != len(records) || len(got) > 0 && !reflect.DeepEqual(got, records) {
			t.Fatalf("%v: %d of %d", err, len(got), len(records))
		}
	})
}

// I22: a full part is opened within its own size and little more.
func TestBundleMemory(t *testing.T) {
	identity, recipient := testAge(t)
	h, _ := goldenBundle(t)
	var records []BundleRecord
	for range BundlePartWant / MaxBundlePiece {
		records = append(records, must(PieceRecord(BundlePiece{Key: BlobKey{Dossier: DossierID{1}}, Length: MaxBlobLength, Bytes: bytes.Repeat([]byte{7}, MaxBundlePiece)}))(t))
	}
	file := must(SealBundle(h, records, testKey("golden device"), recipient))(t)
	records = nil
	runtime.GC()
	var before, peak runtime.MemStats
	runtime.ReadMemStats(&before)
	n := 0
	_, err := OpenBundle(file, testKey("golden device").Public().(ed25519.PublicKey), identity, func(BundleRecord) error {
		n++
		runtime.GC()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		peak.HeapAlloc = max(peak.HeapAlloc, now.HeapAlloc)
		return nil
	})
	if err != nil || n != BundlePartWant/MaxBundlePiece {
		t.Fatalf("%v: %d records", err, n)
	}
	if grown := int64(peak.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Fatalf("opening %d bytes takes %d more", len(file), grown)
	}
}

// TestBundleGolden opens the stored part as a stranger would (I21). Sealing is random, so the
// vector is opened and never compared with what is written now.
func TestBundleGolden(t *testing.T) {
	id, err := age.ParseX25519Identity(strings.TrimSpace(string(must(goldenIdentity(t))(t))))
	if err != nil {
		t.Fatal(err)
	}
	h, records := goldenBundle(t)
	file := filepath.Join(goldenDir, "open", "bundle.hex")
	if *update {
		writeHex(t, file, must(SealBundle(h, records, testKey("golden device"), id.Recipient().String()))(t))
	}
	got, list, err := open(readHex(t, file), id.String())
	if err != nil || !reflect.DeepEqual(list, records) {
		t.Fatalf("%v: %d records", err, len(list))
	}
	if got.Head != h.Head || got.Portal != h.Portal || got.Last != 2 {
		t.Fatalf("%+v", got)
	}
}

// goldenIdentity lies beside the vector; it opens nothing else.
func goldenIdentity(t *testing.T) ([]byte, error) {
	file := filepath.Join(goldenDir, "open", "bundle.agekey.hex")
	if *update {
		identity, _ := testAge(t)
		writeHex(t, file, []byte(identity))
	}
	return readHex(t, file), nil
}

// FuzzBundle goes behind digest, signature and sealing: any head, any records.
func FuzzBundle(f *testing.F) {
	addGolden(f)
	identity, recipient := testAge(f)
	h, records := goldenBundle(f)
	file := must(SealBundle(h, records, testKey("golden device"), recipient))(f)
	f.Add(file)
	head := must(ReadBundleHead(bytes.NewReader(file)))(f)
	f.Add(file[:head.size])
	var plain []byte
	for _, r := range append(records, BundleRecord{}) {
		plain = append(plain, byte(r.Kind), 0, 0, byte(len(r.Body)>>8), byte(len(r.Body)))
		plain = append(plain, r.Body...)
		f.Add(r.Body)
	}
	f.Add(plain)
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded(t)()
		if h, err := ReadBundleHead(bytes.NewReader(b)); err == nil {
			_ = h.Verify(testKey("golden device").Public().(ed25519.PublicKey))
		}
		_, _, _ = open(b, identity)
		_ = readRecords(bytes.NewReader(b), func(r BundleRecord) error {
			decodeAny(r)
			return nil
		})
		for kind := BundleKindState; kind <= BundleKindReplay; kind++ {
			decodeAny(BundleRecord{kind, b})
		}
	})
}

func decodeAny(r BundleRecord) {
	for _, v := range []any{&BundleState{}, &BundleBatch{}, &BundlePiece{}, &Ack{}, &Receipt{}, &SealedPage{}, &Directive{}, &FeedReset{}, &BundleReplay{}} {
		_ = r.Decode(v)
	}
}
