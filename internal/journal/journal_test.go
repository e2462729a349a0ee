package journal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"bendo/internal/bounded"
	"bendo/syncproto"
)

// office is a machine and its portal, small enough to make in a test.
type office struct {
	device, portal ed25519.PrivateKey
	head           Head
	log            syncproto.LogID
	rng            *rand.Rand
}

func newOffice(seed uint64) *office {
	rng := rand.New(rand.NewPCG(seed, 1))
	key := func() ed25519.PrivateKey {
		b := make([]byte, 32)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return ed25519.NewKeyFromSeed(b)
	}
	o := &office{device: key(), portal: key(), rng: rng}
	fill(rng, o.log.Device[:])
	o.log.Epoch = 1
	o.head = Head{By: ByDevice, At: 1_790_000_000_000, Content: Full, Device: o.log.Device, Commune: "28807",
		DeviceKey: o.device.Public().(ed25519.PublicKey), PortalKey: o.portal.Public().(ed25519.PublicKey)}
	fill(rng, o.head.Book[:])
	return o
}

func fill(rng *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
}

func (o *office) event(seq uint64) syncproto.Event {
	e := syncproto.Event{Payload: fmt.Appendf(nil, `{"n":%d,"tên":"Nguyễn Thị Ngò"}`, seq)}
	fill(o.rng, e.Salt[:])
	e.Header = syncproto.Header{Epoch: o.log.Epoch, Seq: seq, At: 1_790_000_000_000 + int64(seq), Type: "submitted"}
	fill(o.rng, e.Header.ID[:])
	fill(o.rng, e.Header.Dossier[:])
	return e
}

// write makes a journal of n events, with a span and an ack every few, receipts and an erasure.
func (o *office) write(t testing.TB, n, every int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, o.head)
	must(t, err)
	must(t, w.Log(Log{Log: o.log}))
	head, prev, first := syncproto.ChainStart(o.log), syncproto.ChainStart(o.log), uint64(1)
	for seq := uint64(1); seq <= uint64(n); seq++ {
		e := o.event(seq)
		r, err := EventOf(e, o.head.Content)
		must(t, err)
		if seq%7 == 3 {
			r = Event{Seq: seq, HeaderD: r.HeaderD, PayD: r.PayD, Erased: true}
		}
		must(t, w.Event(r))
		head = syncproto.ChainNext(head, r.HeaderD, r.PayD)
		must(t, w.Receipt(Receipt{seq, syncproto.SignReceipt(syncproto.Receipt{Dossier: e.Header.Dossier,
			Manifest: syncproto.ManifestDigest(e.Header, r.PayD), Generation: 1, At: 5}, o.portal)}))
		if seq%uint64(every) == 0 || seq == uint64(n) {
			must(t, w.Span(syncproto.SignSpan(syncproto.Span{Log: o.log, First: first, N: uint32(seq - first + 1), Head: head}, prev, o.device)))
			must(t, w.Ack(syncproto.SignAck(syncproto.Ack{Log: o.log, Applied: seq, Head: head, Generation: 1, At: 9}, o.portal)))
			first, prev = seq+1, head
		}
	}
	for i, before := int64(1), []byte(nil); i <= 2; i++ {
		a := Act{Office: "28807", N: i, At: i, Who: "chị Hoa", Act: "viewed"}
		a.Digest = actDigest(before, a)
		before = a.Digest
		must(t, w.Act(a))
	}
	must(t, w.Close(o.device))
	return out.Bytes()
}

func actDigest(before []byte, a Act) []byte {
	d := sha256.Sum256(fmt.Appendf(nil, "%x|%s|%d|%d|%s|%s", before, a.Office, a.N, a.At, a.Who, a.Act))
	return d[:]
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func check(file []byte) (Report, error) {
	return Verify(bytes.NewReader(file), Options{Act: actDigest})
}

func TestWholeFile(t *testing.T) {
	for _, content := range []Content{Full, Headers, Digests} {
		o := newOffice(1)
		o.head.Content = content
		file := o.write(t, 600, 200)
		var said []string
		rep, err := Verify(bytes.NewReader(file), Options{Act: actDigest, Portal: o.head.PortalKey, Say: func(s string) { said = append(said, s) }})
		must(t, err)
		want := End{Logs: 1, Events: 600, Erased: 86, Spans: 3, Acks: 3, Receipts: 600, Acts: 2}
		if rep.End != want || rep.Unconfirmed != 0 {
			t.Errorf("%s: %+v, %d unconfirmed, want %+v", content, rep.End, rep.Unconfirmed, want)
		}
		if len(said) != 2*86 || !strings.Contains(said[1], "erased, receipt of") {
			t.Errorf("%s: erased events are told as %d words: %q", content, len(said), said[:2])
		}
		name := []byte("Tmd1eeG7hW4gVGjh") // as base64 has it; the full file shows that it would be found
		if personal := bytes.Contains(file, name); personal != (content == Full) {
			t.Errorf("%s: a name stands in the file: %v", content, personal)
		}
	}
}

// I26: every flipped byte of a file is found, and named exactly.
func TestEveryFlippedByteIsFound(t *testing.T) {
	file := newOffice(2).write(t, 3, 2)
	if _, err := check(file); err != nil {
		t.Fatal(err)
	}
	for i := range file {
		flips := []byte{1, 0x20, 0x80, file[i] ^ '\n', file[i] ^ '0'}
		for _, flip := range []byte{flips[i%5], flips[(i+2)%5]} {
			if flip == 0 {
				continue
			}
			file[i] ^= flip
			w := wrong(t, file)
			if !w.Exact || w.Offset != int64(i) {
				t.Fatalf("byte %d of %d (%q ^ %#x) was flipped: %v", i, len(file), file[max(0, i-20):i+1], flip, w)
			}
			file[i] ^= flip
		}
	}
}

func wrong(t *testing.T, file []byte) *Wrong {
	t.Helper()
	_, err := check(file)
	var w *Wrong
	if !errors.As(err, &w) {
		t.Fatalf("a wrong file: %v", err)
	}
	return w
}

// I26: random damage to a large file.
func TestLargeFile(t *testing.T) {
	o := newOffice(3)
	file := o.write(t, 1000, 256)
	_, err := check(file)
	must(t, err)
	rng := rand.New(rand.NewPCG(3, 3))
	for range 30 {
		i := rng.IntN(len(file))
		flip := byte(1 + rng.IntN(255))
		file[i] ^= flip
		if w := wrong(t, file); !w.Exact || w.Offset != int64(i) {
			t.Fatalf("byte %d was flipped by %#x: %v", i, flip, w)
		}
		file[i] ^= flip
	}
	for range 20 { // several bytes: found in the line of the first of them
		damaged := bytes.Clone(file)
		i := rng.IntN(len(file) - 64)
		for range 8 {
			damaged[i+rng.IntN(64)] ^= byte(1 + rng.IntN(255))
		}
		if bytes.Equal(damaged, file) {
			continue
		}
		first := differ(damaged, file)
		begins := bytes.LastIndexByte(file[:first], '\n') + 1
		if w := wrong(t, damaged); w.Offset < int64(begins) || w.Offset > int64(first) && w.Exact {
			t.Fatalf("the first wrong byte is %d, its line begins at %d: %v", first, begins, w)
		}
	}
}

// I26: a file that was cut off, spliced, or had lines taken out, doubled or moved.
func TestCutAndSpliced(t *testing.T) {
	o := newOffice(4)
	file, other := o.write(t, 4, 2), newOffice(5).write(t, 4, 2)
	for n := 0; n < len(file); n += 1 + n%5 {
		if w := wrong(t, file[:n]); w.Offset > int64(n) {
			t.Fatalf("cut at %d: %v", n, w)
		}
	}
	lines, others := bytes.SplitAfter(file, []byte("\n")), bytes.SplitAfter(other, []byte("\n"))
	lines, others = lines[:len(lines)-1], others[:len(others)-1]
	join := func(ls ...[][]byte) []byte {
		var out []byte
		for _, l := range ls {
			out = append(out, bytes.Join(l, nil)...)
		}
		return out
	}
	for i := range lines {
		for name, spliced := range map[string][]byte{
			"taken out":         join(lines[:i], lines[i+1:]),
			"doubled":           join(lines[:i+1], lines[i:]),
			"of another file":   join(lines[:i], others[i:i+1], lines[i+1:]),
			"end of another":    join(lines[:i], others[i:]),
			"something behind":  append(bytes.Clone(file), lines[i]...),
			"moved to the back": join(lines[:i], lines[i+1:], lines[i:i+1]),
		} {
			if bytes.Equal(spliced, file) || bytes.Equal(spliced, other) {
				continue
			}
			if _, err := check(spliced); err == nil {
				t.Fatalf("line %d %s: nothing is wrong", i, name)
			}
		}
	}
}

// rewrite makes a file anew as somebody without the keys can: every length, checksum and chain fits.
func rewrite(t *testing.T, file []byte, change func(n int, r *record)) []byte {
	t.Helper()
	var out bytes.Buffer
	w := Writer{w: &out}
	for n, line := range bytes.Split(bytes.TrimSpace(file), []byte("\n")) {
		var r record
		must(t, json.Unmarshal(line[lengthDigits+1:len(line)-suffix+1], &r))
		change(n, &r)
		if r != (record{}) {
			w.put(r)
		}
	}
	must(t, w.err)
	return out.Bytes()
}

// I26: a file that was written anew by somebody who has no key.
func TestForgery(t *testing.T) {
	o := newOffice(6)
	file := o.write(t, 6, 3)
	if _, err := check(rewrite(t, file, func(int, *record) {})); err != nil {
		t.Fatalf("the forger's tool spoils what it does not change: %v", err)
	}
	// Lines: head, log, then event and receipt by turns; span and ack behind events 3 and 6.
	for name, c := range map[string]struct {
		what   string
		change func(n int, r *record)
	}{
		"another payload": {"event 2 of ", func(n int, r *record) {
			if r.Event != nil && r.Event.Seq == 2 {
				r.Event.Payload = []byte("{}")
			}
		}},
		"another payload with its digest": {"receipt of event 2", func(n int, r *record) {
			if r.Event != nil && r.Event.Seq == 2 {
				r.Event.Payload = []byte("{}")
				r.Event.PayD = syncproto.PayloadDigest([16]byte(r.Event.Salt), r.Event.Payload)
			}
		}},
		"erased that was not": {"receipt", func(n int, r *record) {
			if r.Event != nil && r.Event.Seq == 2 {
				*r.Event = Event{Seq: 2, Erased: true, HeaderD: r.Event.HeaderD, PayD: syncproto.Digest{1}}
			}
			if r.Receipt != nil && r.Receipt.Seq == 2 {
				r.Receipt.Receipt.At++
			}
		}},
		"a chain of its own": {"signature over events 1 to 3", func(n int, r *record) {
			if r.Event != nil && r.Event.Seq == 3 {
				r.Event.PayD[0] ^= 1
			}
		}},
		"an earlier time on a countersigned head": {"countersigned head after event 6", func(n int, r *record) {
			if r.Ack != nil && r.Ack.Applied == 6 {
				r.Ack.At--
			}
		}},
		"a receipt of another time": {"receipt of event 5", func(n int, r *record) {
			if r.Receipt != nil && r.Receipt.Seq == 5 {
				r.Receipt.Receipt.At++
			}
		}},
		"no signature over the last events": {"the end", func(n int, r *record) {
			if r.Span != nil && r.Span.First == 4 {
				*r = record{}
			}
		}},
		"acts changed": {"act 2", func(n int, r *record) {
			if r.Act != nil && r.Act.N == 2 {
				r.Act.Who = "anh Tư"
			}
		}},
		"acts taken out": {"the end", func(n int, r *record) {
			if r.Act != nil && r.Act.N == 2 {
				*r = record{}
			}
		}},
		"counts that fit": {"the signature", func(n int, r *record) {
			if r.Act != nil && r.Act.N == 2 {
				*r = record{}
			}
			if r.End != nil {
				r.End.Acts--
			}
		}},
		"another commune": {"the signature", func(n int, r *record) {
			if r.Journal != nil {
				r.Journal.Commune = "1"
			}
		}},
		"another province's key": {"receipt of event 1", func(n int, r *record) {
			if r.Journal != nil {
				r.Journal.PortalKey = newOffice(9).head.PortalKey
			}
		}},
	} {
		w := wrong(t, rewrite(t, file, c.change))
		if !strings.Contains(w.What, c.what) {
			t.Errorf("%s: found at %q (%s), want %q", name, w.What, w.Why, c.what)
		}
	}
	if _, err := Verify(bytes.NewReader(file), Options{Act: actDigest, Portal: newOffice(9).head.PortalKey}); err == nil {
		t.Error("a file of another province was taken")
	}
}

func TestStatementAndGap(t *testing.T) {
	o := newOffice(7)
	o.head.By = ByPortal
	if _, err := NewWriter(&bytes.Buffer{}, o.head); err == nil {
		t.Error("a portal's file without its statement was begun")
	}
	o.head.State(5, o.portal)
	var out bytes.Buffer
	w, err := NewWriter(&out, o.head)
	must(t, err)
	must(t, w.Log(Log{Log: o.log}))
	must(t, w.Gap(Gap{1, 4, syncproto.Digest{7}}))
	e := o.event(5)
	r, err := EventOf(e, Full)
	must(t, err)
	must(t, w.Event(r))
	head := syncproto.ChainNext(syncproto.Digest{7}, r.HeaderD, r.PayD)
	must(t, w.Span(syncproto.SignSpan(syncproto.Span{Log: o.log, First: 5, N: 1, Head: head}, syncproto.Digest{7}, o.device)))
	must(t, w.Close(o.portal))
	rep, err := check(out.Bytes())
	if err != nil || rep.End.Gaps != 1 || rep.Unconfirmed != 5 {
		t.Errorf("%+v %v", rep, err)
	}
	w2 := wrong(t, rewrite(t, out.Bytes(), func(_ int, r *record) {
		if r.Journal != nil {
			r.Journal.DeviceKey = newOffice(8).head.DeviceKey
		}
	}))
	if w2.What != "the first record" {
		t.Errorf("another machine's key: %v", w2)
	}
}

// FuzzVerify: any bytes give an answer, and only what a writer wrote is right.
func FuzzVerify(f *testing.F) {
	o := newOffice(10)
	whole := o.write(f, 3, 2)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("000002\t{}\t00000000\t" + strings.Repeat("0", 64) + "\n"))
	f.Add([]byte("999999\t\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		defer bounded.Input(t)()
		if rep, err := check(file); err == nil && !bytes.Equal(file, whole) && rep.Head.Device == o.log.Device {
			t.Fatal("a file nobody wrote is right")
		}
	})
}
