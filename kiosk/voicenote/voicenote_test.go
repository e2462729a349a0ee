package voicenote

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bendo/internal/bounded"
	"bendo/internal/sound"
)

// spoken is something like a voice: a tone that swells and falls, louder than the room by far.
func spoken(long time.Duration, loud float64) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var pcm []byte
	for i := range int(long.Seconds() * Rate) {
		at := float64(i) / Rate
		s := loud*math.Sin(2*math.Pi*180*at)*math.Abs(math.Sin(2*math.Pi*2*at)) + 20*r.NormFloat64()
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(s)))
	}
	return pcm
}

func TestJudge(t *testing.T) {
	voice := spoken(3*time.Second, 6000)
	knock := spoken(3*time.Second, 0)
	for i := range 40 {
		binary.LittleEndian.PutUint16(knock[20000+2*i:], 30000)
	}
	for name, c := range map[string]struct {
		wav  []byte
		want error
	}{
		"a voice":            {sound.WriteWAV(Rate, voice), nil},
		"a soft voice":       {sound.WriteWAV(Rate, spoken(3*time.Second, 700)), nil},
		"a silent room":      {sound.WriteWAV(Rate, spoken(3*time.Second, 0)), ErrSilent},
		"a knock":            {sound.WriteWAV(Rate, knock), ErrSilent},
		"half a second":      {sound.WriteWAV(Rate, voice[:Rate]), ErrShort},
		"too long":           {sound.WriteWAV(Rate, spoken(12*time.Second, 6000)), ErrLong},
		"another rate":       {sound.WriteWAV(44100, voice), ErrNotSound},
		"a picture":          {[]byte("\xff\xd8\xff\xe0"), ErrNotSound},
		"nothing":            {nil, ErrNotSound},
		"a note of our own":  {[]byte("OggS"), ErrNotSound},
		"cut in the samples": {sound.WriteWAV(Rate, voice)[:10000], ErrNotSound},
	} {
		if _, err := Judge(c.wav, 10*time.Second); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestEncode(t *testing.T) {
	o, err := Find()
	if err != nil {
		t.Skipf("NOT TESTED: %v (make setup as root installs it)", err)
	}
	for _, long := range []time.Duration{Shortest, 60 * time.Second} {
		pcm := spoken(long, 6000)
		first, err := o.Encode(t.Context(), pcm)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := o.Encode(t.Context(), pcm); err != nil || !bytes.Equal(first, again) {
			t.Errorf("the same words give other bytes: %v", err)
		}
		if most := 2500 * int(long.Seconds()+1); len(first) > most {
			t.Errorf("%s became %d bytes, at most %d", long, len(first), most)
		}
	}
}

// An encoder that fails, lies or hands out something else is not believed.
func TestAnEncoderIsNotBelieved(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{"fails": "cat >/dev/null; exit 3", "nothing": "cat >/dev/null", "something else": "cat", "is not there": ""} {
		command := filepath.Join(dir, name)
		if script != "" {
			if err := os.WriteFile(command, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := (Opus{command}).Encode(t.Context(), spoken(time.Second, 6000)); err == nil {
			t.Errorf("%s: %d bytes", name, len(out))
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(sound.WriteWAV(Rate, spoken(time.Second, 6000)))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		if pcm, err := Judge(data, 10*time.Second); err == nil && (len(pcm)%2 != 0 || len(pcm) < 2*Rate) {
			t.Errorf("%d bytes of samples", len(pcm))
		}
	})
}
