// Package voicenote makes a spoken note (ghi âm) small enough for a thin line, with the machine's own
// opusenc (Debian: opus-tools).
//
// It promises that opusenc sees nothing but bare samples that this program took out of the recording
// itself, through a pipe and never in a file; that one that hangs is ended; and that what comes out is
// Ogg Opus of the length that went in. A minute is 90 to 130 kB: at 64 kbit/s a quarter of a minute.
//
// It refuses what is no plain sound, too short to hold a word, longer than was asked for, and a
// recording in which nobody is heard. It keeps nothing: a power cut leaves nothing.
package voicenote

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"bendo/internal/sound"
)

// Rate is how many samples a second a screen sends: all that Opus keeps of speech at this size.
const Rate = 16000

// Shortest holds a word.
const Shortest = time.Second

// MaxBytes bounds a recording of long as a screen sends it.
func MaxBytes(long time.Duration) int64 { return int64((long+time.Second).Seconds()*2*Rate) + 4096 }

const (
	bitrate  = "12" // kbit/s: speech stays clear, RFC 6716 names 10 to 12 for medium band
	patience = 20 * time.Second
	// slack is what an encoder adds at the ends of a recording.
	slack = 500 * time.Millisecond
	// heard is the loudness, of 32767, that the loud parts of a recording reach when somebody speaks at
	// arm's length; a silent room with a cheap microphone stays below a quarter of it.
	heard = 400
)

// Mime is what a note is.
const Mime = "audio/ogg"

// The refusals; each is something a person can mend.
var (
	ErrNotSound = errors.New("not a plain recording of one channel at 16,000 samples a second")
	ErrShort    = errors.New("too short to hold a word")
	ErrLong     = errors.New("longer than asked for")
	ErrSilent   = errors.New("nobody is heard")
)

// ErrNoEncoder says that opusenc is not installed.
var ErrNoEncoder = errors.New("spoken notes need opusenc; install opus-tools")

// Opus is the encoder; the zero value is the opusenc of the path.
type Opus struct{ Command string }

// Find is the encoder of this machine, or ErrNoEncoder.
func Find() (Opus, error) {
	path, err := exec.LookPath("opusenc")
	if err != nil {
		return Opus{}, fmt.Errorf("%w: %w", ErrNoEncoder, err)
	}
	return Opus{path}, nil
}

// Judge takes the samples out of a recording (WAV) and says what is wrong with it; long is the most it
// may play.
func Judge(wav []byte, long time.Duration) ([]byte, error) {
	w, err := sound.ReadWAV(wav)
	if err != nil || w.Rate != Rate || w.Channels != 1 {
		return nil, errors.Join(ErrNotSound, err)
	}
	switch {
	case w.Long() < Shortest:
		return nil, ErrShort
	case w.Long() > long+slack:
		return nil, ErrLong
	case loudness(w.PCM) < heard:
		return nil, ErrSilent
	}
	return w.PCM, nil
}

// loudness is what one sample in two hundred reaches: a knock on the table is not a voice.
func loudness(pcm []byte) int {
	var often [1<<15 + 1]int
	for i := 0; i+1 < len(pcm); i += 2 {
		s := int(int16(binary.LittleEndian.Uint16(pcm[i:])))
		often[max(s, -s)]++
	}
	louder := 0
	for level := len(often) - 1; level > 0; level-- {
		if louder += often[level]; louder > len(pcm)/2/200 {
			return level
		}
	}
	return 0
}

// Encode makes samples that Judge gave into Ogg Opus.
func (o Opus) Encode(ctx context.Context, pcm []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	command := o.Command
	if command == "" {
		command = "opusenc"
	}
	// One serial for all: the same words give the same bytes, and the file says nothing of when.
	cmd := exec.CommandContext(ctx, command, "--quiet", "--raw", "--raw-rate", strconv.Itoa(Rate), "--raw-chan", "1", "--raw-bits", "16",
		"--bitrate", bitrate, "--speech", "--framesize", "60", "--serial", "1", "--padding", "0", "-", "-")
	cmd.Stdin = bytes.NewReader(pcm)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", ErrNoEncoder, err)
	}
	if err != nil {
		return nil, fmt.Errorf("making a spoken note small: %w", err)
	}
	want := (sound.WAV{Rate: Rate, Channels: 1, PCM: pcm}).Long()
	if long, err := sound.Length(out); err != nil {
		return nil, fmt.Errorf("making a spoken note small: what came out %w", err)
	} else if long < want-slack || long > want+slack {
		return nil, fmt.Errorf("making a spoken note small: %s came out of %s", long, want)
	}
	return out, nil
}
