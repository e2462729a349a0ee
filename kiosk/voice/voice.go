// Package voice gives words a sound (giọng đọc), on this machine and without a line.
//
// It promises to look in one order: a recording somebody made for exactly these words, a clip that
// was built for them, a synthesiser on this machine, and then the same for the Vietnamese that
// stands behind them; and to count what was spoken, what fell back to Vietnamese and what stayed
// silent, by language and by nothing else. Fixed words come from clips, so that a machine without
// a synthesiser speaks too; words with a number, a date or a name in them cannot be clips and are
// synthesised while somebody waits. Parts cut from clips and put together were decided against:
// Vietnamese and English change the tune of a number by what stands around it.
//
// It refuses words longer than a sentence on a screen, and keeps nothing on the disk: what was
// synthesised stays in memory, bounded, and only when nobody's own words are in it. A power cut
// leaves nothing.
package voice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"sync"
	"unicode/utf8"
)

// MaxWords is the longest text that is spoken at once, in letters: the longest sentence of the
// screens and forms has about 400.
const MaxWords = 800

// Words are what is to be spoken.
type Words struct {
	Language string
	Text     string
	VI       string // the same in Vietnamese; empty when Text is Vietnamese
	Personal bool   // somebody's own words may be in it: keep no sound of it
}

// Sound is a recording as a browser plays it.
type Sound struct {
	Bytes    []byte
	Type     string // audio/ogg or audio/wav
	Language string // that is spoken; "vi" where another has no voice
}

// Source finds a recording of exactly these words; fs.ErrNotExist says that there is none.
type Source interface {
	Find(language, text string) (Sound, error)
}

// Synthesiser speaks any words of the languages it knows; safe for use from many goroutines.
type Synthesiser interface {
	Knows(language string) bool
	Speak(ctx context.Context, language, text string) (Sound, error)
}

// ErrSilent says that neither these words nor their Vietnamese can be spoken here.
var ErrSilent = errors.New("no voice for these words")

// ErrTooLong refuses more than a sentence.
var ErrTooLong = errors.New("the text is too long to be spoken at once")

// Counts say how well people were spoken to, and nothing about whom.
type Counts struct {
	Clips       int64 `json:"clips"`       // spoken from recordings
	Synthesised int64 `json:"synthesised"` // spoken by the machine
	Fallback    int64 `json:"fallback"`    // spoken in Vietnamese for want of a voice
	Silent      int64 `json:"silent"`      // not spoken at all
}

// Voice speaks. The zero value is silent; fields are set before its first use.
type Voice struct {
	Sources []Source    // asked in order
	Synth   Synthesiser // nil: none on this machine

	mu     sync.Mutex // guards what follows
	counts map[string]Counts
	kept   cache
}

// Speak gives the sound of words, or ErrSilent.
func (v *Voice) Speak(ctx context.Context, w Words) (Sound, error) {
	if utf8.RuneCountInString(w.Text) > MaxWords || utf8.RuneCountInString(w.VI) > MaxWords {
		return Sound{}, ErrTooLong
	}
	s, clip, err := v.find(ctx, w.Language, w.Text, w.Personal)
	if err == nil {
		v.count(w.Language, func(c *Counts) {
			if clip {
				c.Clips++
			} else {
				c.Synthesised++
			}
		})
		return s, nil
	}
	if w.Language != "vi" && w.VI != "" && ctx.Err() == nil {
		var again error
		if s, _, again = v.find(ctx, "vi", w.VI, w.Personal); again == nil {
			v.count(w.Language, func(c *Counts) { c.Fallback++ })
			return s, nil
		}
		err = errors.Join(err, again)
	}
	v.count(w.Language, func(c *Counts) { c.Silent++ })
	return Sound{}, errors.Join(ErrSilent, err)
}

// find looks for one language; clip says that it was a recording.
func (v *Voice) find(ctx context.Context, language, text string, personal bool) (s Sound, clip bool, err error) {
	missing := error(fs.ErrNotExist)
	if !personal { // nobody recorded somebody's own words
		for _, source := range v.Sources {
			s, err := source.Find(language, text)
			if err == nil {
				s.Language = language
				return s, true, nil
			}
			if !errors.Is(err, fs.ErrNotExist) { // a clip that cannot be read: the next one speaks
				missing = err
			}
		}
	}
	if v.Synth == nil || !v.Synth.Knows(language) {
		return Sound{}, false, missing
	}
	name := Name(language, text)
	if s, there := v.recall(name); there {
		return s, false, nil
	}
	if s, err = v.Synth.Speak(ctx, language, Prose(language, text)); err != nil {
		return Sound{}, false, err
	}
	s.Language = language
	if !personal {
		v.keep(name, s)
	}
	return s, false, nil
}

// Languages says which of these can be spoken by the synthesiser, without Vietnamese in their
// place. A language with recordings only speaks some of its words and is not named.
func (v *Voice) Languages(codes []string) (out []string) {
	for _, c := range codes {
		if v.Synth != nil && v.Synth.Knows(c) {
			out = append(out, c)
		}
	}
	return out
}

// Able says whether anything can be spoken at all.
func (v *Voice) Able() bool { return v.Synth != nil || len(v.Sources) > 0 }

// Counts gives a copy by language.
func (v *Voice) Counts() map[string]Counts {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := make(map[string]Counts, len(v.counts))
	for l, c := range v.counts {
		out[l] = c
	}
	return out
}

// maxCounted bounds the counters: a caller that invents languages is counted under "other".
const maxCounted = 20

func (v *Voice) count(language string, add func(*Counts)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.counts == nil {
		v.counts = map[string]Counts{}
	}
	if _, known := v.counts[language]; !known && len(v.counts) >= maxCounted {
		language = "other"
	}
	c := v.counts[language]
	add(&c)
	v.counts[language] = c
}

func (v *Voice) recall(name string) (Sound, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, there := v.kept.sounds[name]
	return s, there
}

func (v *Voice) keep(name string, s Sound) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kept.put(name, s)
}

// Forget drops every synthesised sound; the desk calls it when a visit ends.
func (v *Voice) Forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kept = cache{}
}

// maxKept bounds what is remembered; a sentence takes about 150 kB as plain samples.
const maxKept = 8 << 20

// cache keeps the last sounds; the oldest go first.
type cache struct {
	sounds map[string]Sound
	order  []string
	bytes  int
}

func (c *cache) put(name string, s Sound) {
	if _, there := c.sounds[name]; there || len(s.Bytes) > maxKept/4 {
		return
	}
	if c.sounds == nil {
		c.sounds = map[string]Sound{}
	}
	c.sounds[name] = s
	c.order = append(c.order, name)
	for c.bytes += len(s.Bytes); c.bytes > maxKept; {
		oldest := c.order[0]
		c.order = c.order[1:]
		c.bytes -= len(c.sounds[oldest].Bytes)
		delete(c.sounds, oldest)
	}
}

// Name is what a clip of these words is called, without its ending: a change of one letter is
// another clip, so that no screen ever says what it no longer shows.
func Name(language, text string) string {
	sum := sha256.Sum256([]byte(language + "\x00" + text))
	return hex.EncodeToString(sum[:12])
}
