package voice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"bendo/internal/langpack"
)

// Studio makes clips of fixed sentences before anybody needs them (build/voice.sh). Ogg Opus at
// 16 kbit/s: WebKitGTK plays it with the two plugin sets it depends on, Chromium by itself, and it is
// a twentieth of the samples.
type Studio struct {
	speaker *Espeak
	encoder string
}

// FindStudio looks for the two programs; the error says which is missing.
func FindStudio(ctx context.Context) (*Studio, error) {
	encoder, err := exec.LookPath("opusenc")
	if err != nil {
		return nil, fmt.Errorf("looking for opusenc (Debian: opus-tools): %w", err)
	}
	speaker, err := FindEspeak(ctx)
	if err != nil {
		return nil, err
	}
	return &Studio{speaker, encoder}, nil
}

// Made is what a run did; Bytes are those of all clips.
type Made struct {
	Sentences, Made, Removed int
	Bytes                    int64
}

// Make brings a folder to exactly the clips of these sentences, by language. It may be stopped and
// repeated: a clip gets its name when it is whole, and what is there is not made again.
func (s *Studio) Make(ctx context.Context, out string, texts map[string][]string) (done Made, err error) {
	type job struct{ language, text, path string }
	var jobs []job
	wanted := map[string]bool{}
	for language, list := range texts {
		if !s.speaker.Knows(language) {
			continue
		}
		if err := os.MkdirAll(filepath.Join(out, language), 0o755); err != nil {
			return done, fmt.Errorf("making the folder of clips: %w", err)
		}
		for _, text := range list {
			path := filepath.Join(out, language, Name(language, text)+".ogg")
			if wanted[path] {
				continue
			}
			wanted[path] = true
			done.Sentences++
			if _, err := os.Stat(path); err != nil {
				jobs = append(jobs, job{language, text, path})
			}
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, made atomic.Int64
	var work sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(jobs) {
					return
				}
				if err := s.clip(ctx, jobs[i].language, jobs[i].text, jobs[i].path); err != nil {
					cancel(fmt.Errorf("a clip of %.60q: %w", jobs[i].text, err))
					return
				}
				made.Add(1)
			}
		})
	}
	work.Wait()
	done.Made = int(made.Load())
	if err := context.Cause(ctx); err != nil {
		return done, err
	}
	done.Removed, done.Bytes, err = sweep(out, wanted)
	return done, err
}

func (s *Studio) clip(ctx context.Context, language, text, path string) error {
	wav, err := s.speaker.run(ctx, s.speaker.voice[language], Prose(language, text))
	if err != nil {
		return err
	}
	part := path + ".part"
	cmd := exec.CommandContext(ctx, s.encoder, "--quiet", "--bitrate", "16", "--comp", "3", "--framesize", "60", "--padding", "0", "--serial", "1", "-", part)
	cmd.Stdin = bytes.NewReader(wav)
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("opusenc: %w: %.200s", err, out), os.Remove(part))
	}
	data, err := os.ReadFile(part)
	if err == nil {
		_, err = langpack.Sound(data)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	// a run that is killed before this line leaves a .part, which the next one removes
	return os.Rename(part, path)
}

// sweep removes what no screen says any more and counts the rest.
func sweep(out string, wanted map[string]bool) (removed int, size int64, err error) {
	found, err := filepath.Glob(filepath.Join(out, "*", "*.ogg*"))
	if err != nil {
		return 0, 0, err
	}
	for _, path := range found {
		if wanted[path] {
			if info, err := os.Stat(path); err == nil {
				size += info.Size()
			}
			continue
		}
		if strings.HasSuffix(path, ".ogg") || strings.HasSuffix(path, ".part") {
			if err := os.Remove(path); err != nil {
				return removed, size, fmt.Errorf("removing an old clip: %w", err)
			}
			removed++
		}
	}
	return removed, size, nil
}
