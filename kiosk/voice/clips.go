package voice

import (
	"fmt"
	"io/fs"

	"bendo/internal/langpack"
)

// Clips is a directory of built clips: LANGUAGE/NAME.ogg, NAME as Name gives it.
type Clips struct{ Dir fs.FS }

// Find opens the clip of these words.
func (c Clips) Find(language, text string) (Sound, error) {
	if language != "vi" && !langpack.IsCode(language) {
		return Sound{}, fs.ErrNotExist
	}
	data, _, err := langpack.ReadClip(c.Dir, language+"/"+Name(language, text)+".ogg")
	if err != nil {
		return Sound{}, fmt.Errorf("looking for a clip: %w", err)
	}
	return Sound{Bytes: data, Type: "audio/ogg"}, nil
}

// Packs are the recordings that came with language packs.
type Packs struct{ Packs []langpack.Loaded }

// Find looks for the words in the pack of their language. A recording that is damaged counts as
// none: the linter names it, a resident hears the next best.
func (p Packs) Find(language, text string) (Sound, error) {
	for _, l := range p.Packs {
		if l.Language != language {
			continue
		}
		data, file, err := l.Recording(text)
		if err != nil {
			break
		}
		s := Sound{Bytes: data, Type: "audio/ogg"}
		if len(file) > 4 && file[len(file)-4:] == ".wav" {
			s.Type = "audio/wav"
		}
		return s, nil
	}
	return Sound{}, fs.ErrNotExist
}
