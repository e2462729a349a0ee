package sound

import (
	"bytes"
	"testing"
	"time"

	"bendo/internal/bounded"
)

const ogg = "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"

func TestWAV(t *testing.T) {
	pcm := bytes.Repeat([]byte{1, 2}, 16000)
	file := WriteWAV(16000, pcm)
	w, err := ReadWAV(file)
	if err != nil || w.Rate != 16000 || w.Channels != 1 || !bytes.Equal(w.PCM, pcm) || w.Long() != time.Second {
		t.Fatalf("%d Hz, %d channels, %d bytes, %v", w.Rate, w.Channels, len(w.PCM), err)
	}
	if odd, err := ReadWAV(append(WriteWAV(16000, pcm[:3]), 0)); err != nil || len(odd.PCM) != 2 {
		t.Errorf("half a sample: %d bytes, %v", len(odd.PCM), err)
	}
	change := func(at int, b byte) []byte {
		c := bytes.Clone(file)
		c[at] = b
		return c
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "no WAVE": change(8, 'X'), "compressed": change(20, 85), "no channels": change(22, 0), "many channels": change(22, 6),
		"no rate": append(change(24, 0)[:25:25], append([]byte{0}, file[26:]...)...), "8 bits": change(34, 8), "cut": file[:5000], "only the beginning": file[:12],
	} {
		if _, err := ReadWAV(data); err == nil {
			t.Errorf("%s counts as sound", name)
		}
	}
}

func TestLength(t *testing.T) {
	if long, err := Length(WriteWAV(8000, make([]byte, 16000))); err != nil || long != time.Second {
		t.Errorf("%s, %v", long, err)
	}
	for name, data := range map[string]string{"text": "hello", "pages without an end": "OggS", "Opus without a sample": ogg, "not Opus": "OggS\x00\x02" + string(make([]byte, 20)) + "\x01\x01\x01x"} {
		if long, err := Length([]byte(data)); err == nil {
			t.Errorf("%s plays %s", name, long)
		}
	}
}

func FuzzLength(f *testing.F) {
	f.Add([]byte(ogg))
	f.Add(WriteWAV(16000, make([]byte, 320)))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		if long, err := Length(data); err == nil && (long < 0 || long > 60*24*time.Hour) {
			t.Errorf("plays %s", long)
		}
		if w, err := ReadWAV(data); err == nil && len(w.PCM)%(2*w.Channels) != 0 {
			t.Errorf("%d bytes in %d channels", len(w.PCM), w.Channels)
		}
	})
}
