package langpack

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"bendo/internal/sound"
)

// Lengths of a clip. One sentence takes a few seconds; a clip that goes on for half a minute is
// somebody's mistake in cutting.
const (
	shortestClip = 150 * time.Millisecond
	longestClip  = 30 * time.Second
)

// Sound reads how long a recording of a sentence plays; errors are sentences without a subject.
func Sound(data []byte) (time.Duration, error) {
	long, err := sound.Length(data)
	if err != nil {
		return 0, err
	}
	if long < shortestClip || long > longestClip {
		return long, fmt.Errorf("plays %s; a clip plays between %s and %s", long.Round(time.Millisecond), shortestClip, longestClip)
	}
	return long, nil
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
