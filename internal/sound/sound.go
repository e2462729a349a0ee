// Package sound reads how long a recording (bản ghi âm) plays: Ogg with Opus, or WAV with plain
// 16-bit samples, the two that every screen of this product plays without anything installed.
//
// It promises to read headers only and to decode nothing: what is broken further in is silence for the
// browser, never harm. It refuses everything else and whatever is cut. It keeps nothing; a power cut
// leaves nothing.
package sound

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// mostHours bounds what a header may claim.
const mostHours = 1

// Length says how long a recording plays. Its errors are sentences about the recording without a subject.
func Length(data []byte) (time.Duration, error) {
	switch {
	case bytes.HasPrefix(data, []byte("OggS")):
		return oggLength(data)
	case bytes.HasPrefix(data, []byte("RIFF")):
		w, err := ReadWAV(data)
		return w.Long(), err
	}
	return 0, errors.New("is neither Ogg Opus nor WAV")
}

// oggLength walks the pages (RFC 3533): Opus counts samples of 48 kHz (RFC 7845).
func oggLength(data []byte) (time.Duration, error) {
	var first []byte
	var samples, skip uint64
	for at, page := 0, 0; at < len(data); page++ {
		head := data[at:]
		if len(head) < 27 || !bytes.HasPrefix(head, []byte("OggS")) || head[4] != 0 {
			return 0, fmt.Errorf("is cut or damaged at byte %d", at)
		}
		segments := int(head[26])
		if len(head) < 27+segments {
			return 0, fmt.Errorf("is cut at byte %d", at)
		}
		size := 27 + segments
		for _, n := range head[27 : 27+segments] {
			size += int(n)
		}
		if len(head) < size {
			return 0, fmt.Errorf("is cut at byte %d", at)
		}
		if page == 0 {
			first = head[27+segments : size]
			if len(first) < 19 || !bytes.HasPrefix(first, []byte("OpusHead")) {
				return 0, errors.New("is Ogg, but not Opus")
			}
			skip = uint64(binary.LittleEndian.Uint16(first[10:]))
		}
		if g := binary.LittleEndian.Uint64(head[6:]); g != ^uint64(0) {
			samples = g
		}
		at += size
	}
	if samples < skip || samples > 48000*3600*mostHours {
		return 0, errors.New("has no sensible length")
	}
	return time.Duration(samples-skip) * time.Second / 48000, nil
}

// WAV is a recording without compression. PCM is a part of what was read, not a copy.
type WAV struct {
	Rate     int    // samples a second
	Channels int    // 1 or 2
	PCM      []byte // 16-bit samples, the low byte first, channel after channel
}

// Long says how long it plays.
func (w WAV) Long() time.Duration {
	if w.Rate == 0 || w.Channels == 0 {
		return 0
	}
	frames := len(w.PCM) / (2 * w.Channels)
	return time.Duration(frames) * time.Second / time.Duration(w.Rate)
}

// ReadWAV finds the format and the samples among the chunks of a RIFF file.
func ReadWAV(data []byte) (w WAV, err error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return WAV{}, errors.New("is RIFF, but not WAVE")
	}
	for at := 12; at+8 <= len(data); {
		id, size := string(data[at:at+4]), int64(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8:]
		if size > int64(len(body)) {
			return WAV{}, fmt.Errorf("is cut in its %q part", id)
		}
		switch id {
		case "fmt ":
			if size < 16 || binary.LittleEndian.Uint16(body) != 1 || binary.LittleEndian.Uint16(body[14:]) != 16 {
				return WAV{}, errors.New("is not plain 16-bit sound")
			}
			w.Channels, w.Rate = int(binary.LittleEndian.Uint16(body[2:])), int(binary.LittleEndian.Uint32(body[4:]))
			if w.Channels < 1 || w.Channels > 2 || w.Rate < 8000 || w.Rate > 192000 {
				return WAV{}, fmt.Errorf("has %d channels at %d samples a second", w.Channels, w.Rate)
			}
		case "data":
			if w.Rate == 0 {
				return WAV{}, errors.New("has samples before their format")
			}
			w.PCM = body[:size-size%int64(2*w.Channels)]
			return w, nil
		}
		at += 8 + int(size) + int(size&1)
	}
	return WAV{}, errors.New("has no samples")
}

// WriteWAV is a recording of one channel as a file.
func WriteWAV(rate int, pcm []byte) []byte {
	out := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(36+len(pcm)))...)
	out = append(out, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(rate))
	out = binary.LittleEndian.AppendUint32(out, uint32(2*rate))
	out = append(out, "\x02\x00\x10\x00data"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(pcm)))
	return append(out, pcm...)
}
