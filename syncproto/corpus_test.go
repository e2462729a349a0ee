package syncproto

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

const corpusFile = "../testdata/protocol/corpus/submitted.jsonl"

// embeddedSample stands in for the corpus when it is not there. It is one
// invented dossier; sizes over it prove little, and the test says so.
const embeddedSample = `{"procedure":"1.001193","pack":"2026-11-22","case":"normal","slip":"28807000000000","channel":"kiosk","route":"x","handover":"at_submit","applicant":{"citizen_id":"082200000000","full_name":"Ngô Văn Thử","birth_date":"2000-03-01","sex":"male","phone":"0900000000","address":"Ấp 2, Xã Thử","evidence":"qr"},"answers":{"child_name":"Ngô Thị Thử","child_sex":"female"},"components":[{"id":"p1","state":"provided","originals":1,"blobs":[{"name":"giay.jpg","sha256":"314552c84b251741c96d88ba0392b29ec4656022dd49f6a0342140fe2dac62b6","length":30613,"mime":"image/jpeg"}]}],"language":"vi"}`

// corpus gives the payloads of submissions, or loudly the sample.
func corpus(tb testing.TB) [][]byte {
	tb.Helper()
	f, err := os.Open(corpusFile)
	if err != nil {
		tb.Logf("MISSING: %s (%v); sizes are measured over ONE embedded sample", corpusFile, err)
		return [][]byte{[]byte(embeddedSample)}
	}
	defer f.Close()
	var out [][]byte
	s := bufio.NewScanner(f)
	s.Buffer(nil, MaxPayload)
	for s.Scan() {
		out = append(out, bytes.Clone(s.Bytes()))
	}
	if s.Err() != nil || len(out) == 0 {
		tb.Fatalf("reading %s: %v, %d payloads", corpusFile, s.Err(), len(out))
	}
	return out
}

// corpusEvents wraps payloads into a log as an office would: the header names
// every attachment the payload names. Ids and salts are random to the codec.
func corpusEvents(tb testing.TB, payloads [][]byte) (LogID, []Event) {
	tb.Helper()
	log := LogID{Device: DeviceID(pseudo("device", 0)), Epoch: 1}
	var events []Event
	for i, p := range payloads {
		e := Event{Payload: p, Salt: pseudo("salt", i), Header: Header{
			ID: EventID(pseudo("event", i)), Epoch: 1, Seq: uint64(i) + 1, At: 1_795_000_000_000 + int64(i)*911_003,
			Clock: ClockTrusted, Type: "submitted", Schema: 1, Dossier: DossierID(pseudo("dossier", i)),
			Version: 1, Code: 1, Actor: "kiosk"}}
		var seen struct {
			Components []struct {
				ID    string
				Blobs []struct {
					SHA256 Digest
					Length int64
					MIME   string
				}
			}
		}
		if err := json.Unmarshal(p, &seen); err != nil {
			tb.Fatalf("corpus payload %d: %v", i, err)
		}
		for _, c := range seen.Components {
			for _, b := range c.Blobs {
				e.Header.Blobs = append(e.Header.Blobs, BlobRef{SHA256: b.SHA256, Length: b.Length, MIME: b.MIME, Role: "scan:" + c.ID})
			}
		}
		events = append(events, e)
	}
	return log, events
}

func pseudo(what string, i int) [16]byte {
	h := sha256.Sum256([]byte(what + strings.Repeat("'", i)))
	return [16]byte(h[:16])
}

func testKey(name string) ed25519.PrivateKey {
	h := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(h[:])
}

// TestDictionariesAreNeverChanged: stored batches and pages name theirs. A newly
// trained dictionary is a new file beside the old one.
func TestDictionariesAreNeverChanged(t *testing.T) {
	if got := NewDict(dict1).ID.String(); got != "8c30fe52d558f85b" {
		t.Fatalf("dict/d1.bin is now %s; add d2.bin instead of changing it", got)
	}
}

// TestSizesOfDossierEvents holds the bars of PROTOCOL.md over the corpus.
func TestSizesOfDossierEvents(t *testing.T) {
	payloads := corpus(t)
	log, events := corpusEvents(t, payloads)
	key, dict := testKey("device"), DefaultDict()
	var single []int
	for _, e := range events {
		e.Header.Seq = 1
		b, err := SealBatch(log, 1, ChainStart(log), []Event{e}, key, dict)
		if err != nil {
			t.Fatal(err)
		}
		single = append(single, len(b.Body))
	}
	slices.Sort(single)
	median := single[len(single)/2]
	t.Logf("dictionary %s of %d bytes; one event alone: median body %d B, least %d, most %d", dict.ID, len(dict.Bytes), median, single[0], single[len(single)-1])
	if median > 700 {
		t.Errorf("median event alone %d B, bar 700", median)
	}
	for len(events) < 100 {
		log, events = corpusEvents(t, append(payloads, payloads...))
		payloads = append(payloads, payloads...)
	}
	b, err := SealBatch(log, 1, ChainStart(log), events[:100], key, dict)
	if err != nil {
		t.Fatal(err)
	}
	wire, err := EncodeBatch(b)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("batch of 100: %d B per event with its signature", len(wire)/100)
	if len(wire) > 600*100 {
		t.Errorf("batch of 100: %d B per event, bar 600", len(wire)/100)
	}
}

func BenchmarkSealBatch(b *testing.B) {
	log, events := corpusEvents(b, corpus(b))
	events = events[:min(len(events), 100)]
	key, dict := testKey("device"), DefaultDict()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := SealBatch(log, 1, ChainStart(log), events, key, dict); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenBatch(b *testing.B) {
	log, events := corpusEvents(b, corpus(b))
	events = events[:min(len(events), 100)]
	key := testKey("device")
	batch, err := SealBatch(log, 1, ChainStart(log), events, key, DefaultDict())
	if err != nil {
		b.Fatal(err)
	}
	pub, dicts := key.Public().(ed25519.PublicKey), BuiltinDicts()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := OpenBatch(batch, ChainStart(log), pub, dicts, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
