package langpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
)

// Lengths of a clip. One sentence takes a few seconds; a clip that goes on for half a minute is
// somebody's mistake in cutting.
const (
	shortestClip = 150 * time.Millisecond
	longestClip  = 30 * time.Second
)

// Sound reads how long a recording plays: Ogg with Opus, or WAV with plain 16-bit samples, the two
// that every screen of this product plays without anything installed. It reads headers only and
// decodes nothing: what is broken further in is silence for the browser, never harm.
func Sound(data []byte) (time.Duration, error) {
	var long time.Duration
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("OggS")):
		long, err = oggLength(data)
	case bytes.HasPrefix(data, []byte("RIFF")):
		long, err = wavLength(data)
	default:
		return 0, errors.New("is neither Ogg Opus nor WAV")
	}
	if err != nil {
		return 0, err
	}
	if long < shortestClip || long > longestClip {
		return long, fmt.Errorf("plays %s; a clip plays between %s and %s", long.Round(time.Millisecond), shortestClip, longestClip)
	}
	return long, nil
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
	if samples < skip || samples > uint64(48000*3600) {
		return 0, errors.New("has no sensible length")
	}
	return time.Duration(samples-skip) * time.Second / 48000, nil
}

// wavLength finds the format and the samples among the chunks.
func wavLength(data []byte) (time.Duration, error) {
	if len(data) < 12 || string(data[8:12]) != "WAVE" {
		return 0, errors.New("is RIFF, but not WAVE")
	}
	var rate uint32
	for at := 12; at+8 <= len(data); {
		id, size := string(data[at:at+4]), int64(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8:]
		if size > int64(len(body)) {
			return 0, fmt.Errorf("is cut in its %q part", id)
		}
		switch id {
		case "fmt ":
			if size < 16 || binary.LittleEndian.Uint16(body) != 1 || binary.LittleEndian.Uint16(body[14:]) != 16 {
				return 0, errors.New("is not plain 16-bit sound")
			}
			rate = binary.LittleEndian.Uint32(body[8:]) // bytes a second
		case "data":
			if rate == 0 {
				return 0, errors.New("has samples before their format")
			}
			return time.Duration(float64(size) / float64(rate) * float64(time.Second)), nil
		}
		at += 8 + int(size) + int(size&1)
	}
	return 0, errors.New("has no samples")
}

// LintClips looks at every recording of a pack: it exists, is sound, plays as long as its words
// take, and says what the screen says now. Words without a recording are gaps: the list of what is
// still to be recorded.
func (l Loaded) LintClips() (out []Finding) {
	for _, key := range slices.Sorted(maps.Keys(l.Clips)) {
		c := l.Clips[key]
		now, there := l.Strings[key]
		if !there {
			now, there = l.Texts[key]
		}
		switch {
		case !there:
			out = append(out, Finding{Fault, c.File, "belongs to " + key + ", which the pack does not translate"})
			continue
		case now != c.Says:
			out = append(out, Finding{Fault, c.File, "was recorded for other words; the sentence now is: " + now})
		}
		_, long, err := ReadClip(l.dir, c.File)
		if err != nil {
			out = append(out, Finding{Fault, c.File, err.Error()})
			continue
		}
		// even a slow reader says five letters a second
		if most := 3*time.Second + time.Duration(width(c.Says))*200*time.Millisecond; long > most {
			out = append(out, Finding{Fault, c.File, fmt.Sprintf("plays %s for %d letters: cut the silence", long.Round(time.Second), width(c.Says))})
		}
	}
	named := map[string]bool{}
	for _, c := range l.Clips {
		named[c.File] = true
	}
	stray, err := fs.ReadDir(l.dir, "clips")
	if err == nil {
		for _, f := range stray {
			if !named["clips/"+f.Name()] && !strings.HasPrefix(f.Name(), ".") {
				out = append(out, Finding{Fault, "clips/" + f.Name(), "is named by no entry of pack.json"})
			}
		}
	}
	return out
}

// ToRecord lists the words of a pack that have no recording: the file it would lie in, and what
// to say. A message with values in it cannot be one recording and is left out.
func (l Loaded) ToRecord() (out []Take) {
	for _, key := range slices.Sorted(maps.Keys(l.Strings)) {
		if !Fixed(l.Strings[key]) {
			continue
		}
		if c, there := l.Clips[key]; !there || c.Says != l.Strings[key] {
			out = append(out, Take{key, "clips/" + key + ".ogg", l.Strings[key]})
		}
	}
	for i, vi := range slices.Sorted(maps.Keys(l.Texts)) {
		if c, there := l.Clips[vi]; !there || c.Says != l.Texts[vi] {
			out = append(out, Take{vi, fmt.Sprintf("clips/text-%04d.ogg", i+1), l.Texts[vi]})
		}
	}
	return out
}

// Take is one recording still to be made.
type Take struct{ Key, File, Says string }
