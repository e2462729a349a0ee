package voice

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
	"unicode"
)

// voices are espeak-ng's, by our languages, the best first. The offices of the south are spoken to
// in the speech of the south where the program has it.
var voices = map[string][]string{
	"vi": {"vi-vn-x-south", "vi"},
	"en": {"en-gb", "en"},
}

// Limits of one call. A sentence takes 20 to 60 ms on a weak PC and about 1 MB at most.
const (
	speakingTime = 10 * time.Second
	maxSamples   = 8 << 20
	// slower than the program's 175 words a minute: it is for people who do not hear a machine often
	pace = "145"
)

// Espeak speaks with espeak-ng, a program of this machine. No shell sees the text: it goes in as
// standard input, and the voice is one of the names above.
type Espeak struct {
	program string
	voice   map[string]string
	busy    chan struct{} // one at a time: the kiosk has one loudspeaker
}

// FindEspeak tries espeak-ng once for each language; nil and why when there is none.
func FindEspeak(ctx context.Context) (*Espeak, error) {
	program, err := exec.LookPath("espeak-ng")
	if err != nil {
		return nil, fmt.Errorf("looking for espeak-ng: %w", err)
	}
	e := &Espeak{program: program, voice: map[string]string{}, busy: make(chan struct{}, 1)}
	for language, names := range voices {
		for _, name := range names {
			if _, err := e.run(ctx, name, "a"); err == nil {
				e.voice[language] = name
				break
			}
		}
	}
	if len(e.voice) == 0 {
		return nil, fmt.Errorf("%s knows none of the languages of the screens", program)
	}
	return e, nil
}

// Knows says whether there is a voice; safe before and after any call.
func (e *Espeak) Knows(language string) bool { return e.voice[language] != "" }

// Speak returns the words as WAV.
func (e *Espeak) Speak(ctx context.Context, language, text string) (Sound, error) {
	name, known := e.voice[language]
	if !known {
		return Sound{}, fmt.Errorf("espeak-ng has no voice for %q", language)
	}
	select {
	case e.busy <- struct{}{}:
		defer func() { <-e.busy }()
	case <-ctx.Done():
		return Sound{}, ctx.Err()
	}
	data, err := e.run(ctx, name, text)
	if err != nil {
		return Sound{}, err
	}
	return Sound{Bytes: data, Type: "audio/wav"}, nil
}

func (e *Espeak) run(ctx context.Context, voice, text string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, speakingTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, e.program, "-v", voice, "-s", pace, "-b", "1", "--stdin", "--stdout")
	cmd.WaitDelay = time.Second
	cmd.Stdin = strings.NewReader(harmless(text))
	out := &capped{most: maxSamples}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &said
	if err := cmd.Run(); err != nil {
		// what the program printed may repeat the text; only that it failed goes further
		return nil, fmt.Errorf("espeak-ng did not speak: %w", err)
	}
	return wholeWAV(out.Bytes())
}

// capped takes what fits and ends the program that writes more.
type capped struct {
	bytes.Buffer
	most int
}

var errTooMuch = errors.New("more sound than a sentence has")

func (c *capped) Write(p []byte) (int, error) {
	if c.Len()+len(p) > c.most {
		return 0, errTooMuch
	}
	return c.Buffer.Write(p)
}

// ReadFrom hides the buffer's own, which knows no limit.
func (c *capped) ReadFrom(r io.Reader) (n int64, err error) {
	part := make([]byte, 32<<10)
	for {
		k, err := r.Read(part)
		if k > 0 {
			if _, err := c.Write(part[:k]); err != nil {
				return n, err
			}
			n += int64(k)
		}
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// harmless takes out what espeak-ng would read as an order instead of as words: [[phonemes]] and
// control characters (its embedded commands begin with U+0001).
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '[' || r == ']':
			return ' '
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, text)
}

// wholeWAV writes the lengths into the header: into a pipe the program writes the largest number
// there is, and players then wait for sound that never comes.
func wholeWAV(data []byte) ([]byte, error) {
	if len(data) < 44 || string(data[:4]) != "RIFF" || string(data[36:40]) != "data" {
		return nil, errors.New("espeak-ng did not write a WAV file")
	}
	if len(data) == 44 {
		return nil, errors.New("espeak-ng found nothing to speak")
	}
	binary.LittleEndian.PutUint32(data[4:], uint32(len(data)-8))
	binary.LittleEndian.PutUint32(data[40:], uint32(len(data)-44))
	return data, nil
}
