package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"bendo/frontend"
	"bendo/internal/langpack"
	"bendo/kiosk"
	"bendo/kiosk/voice"
)

// speaking is how a desk gets its further languages and its voice.
type speaking struct {
	Languages string `help:"Folder with one language pack per sub-folder, beside the ones that are compiled in." placeholder:"DIR"`
	Clips     string `help:"Folder of spoken sentences (default: voice beside the program)." placeholder:"DIR"`
}

// wire gives the desk what it can use and says what it cannot: residents are served in Vietnamese
// and English whatever lies in the folders.
func (f speaking) wire(ctx context.Context, log *slog.Logger, desk *kiosk.Desk) {
	messages, err := screenMessages()
	if err != nil {
		log.Warn("language packs are used without comparing them with the screens", "error", err)
	}
	desk.Languages = loadPacks(log, langpack.Shipped(), messages)
	if f.Languages != "" {
		if added, err := langpack.Folder(f.Languages); err != nil {
			log.Error("the folder of language packs cannot be read", "error", err)
		} else {
			desk.Languages = langpack.Merge(desk.Languages, loadPacks(log, added, messages))
		}
	}
	v := &voice.Voice{Sources: []voice.Source{voice.Packs{Packs: desk.Languages}}}
	clips := f.clips()
	if _, err := fs.Stat(clips, "vi"); err != nil {
		log.Warn("there are no spoken sentences beside the program; build/voice.sh makes them", "error", err)
	} else {
		v.Sources = append(v.Sources, voice.Clips{Dir: clips})
	}
	if e, err := voice.FindEspeak(ctx); err != nil {
		log.Warn("numbers, dates and names are not read aloud: this machine has no synthesiser", "error", err)
	} else {
		v.Synth = e
	}
	desk.Voice = v
}

func (f speaking) clips() fs.FS {
	dir := f.Clips
	if dir == "" {
		if program, err := os.Executable(); err == nil {
			dir = filepath.Join(filepath.Dir(program), "voice")
		}
	}
	return os.DirFS(dir)
}

func loadPacks(log *slog.Logger, root fs.FS, messages langpack.Messages) []langpack.Loaded {
	packs, refused, err := langpack.Load(root, messages)
	if err != nil {
		log.Error("the folder of language packs cannot be read", "error", err)
	}
	for _, r := range refused {
		log.Error("a language pack is not used", "pack", r.Dir, "error", r.Why)
	}
	for _, p := range packs {
		if p.Missing > 0 {
			log.Warn("a language shows some sentences in Vietnamese", "language", p.Language, "sentences", p.Missing)
		}
	}
	return packs
}

// screenMessages are those of the screens inside this program.
func screenMessages() (langpack.Messages, error) {
	pages, built := frontend.Dist()
	if !built {
		return nil, errors.New("the screens were not built into this program; run make build")
	}
	return langpack.ReadMessages(pages)
}

type languagesCmd struct {
	Lint     languagesLint     `cmd:"" help:"List everything to mend in the packs of a folder; ends with status 1 when something is wrong."`
	Template languagesTemplate `cmd:"" help:"Print every message to translate: key, letters that fit, Vietnamese, English (tab separated)."`
	Record   languagesRecord   `cmd:"" help:"Print every sentence of the packs that has no recording: file, sentence (tab separated)."`
	Voice    languagesVoice    `cmd:"" help:"Make the spoken sentences of the screens with espeak-ng and opusenc; only what is missing."`
}

type languagesLint struct {
	Dir  string `arg:"" optional:"" help:"Folder with one pack per sub-folder (default: the packs that are compiled in)."`
	JSON bool   `help:"Print one JSON list of findings and nothing else."`
}

type languageFinding struct {
	Pack  string `json:"pack"`
	Wrong bool   `json:"wrong"` // false: still missing
	Key   string `json:"key"`
	What  string `json:"what"`
}

// Run lists gaps and faults; gaps of a draft do not fail it.
func (c *languagesLint) Run(s *streams) error {
	messages, err := screenMessages()
	if err != nil {
		return err
	}
	packs, refused, err := readPacks(c.Dir)
	if err != nil {
		return err
	}
	findings := []languageFinding{}
	for _, r := range refused {
		findings = append(findings, languageFinding{r.Dir, true, "pack.json", r.Why.Error()})
	}
	for _, p := range packs {
		for _, f := range append(p.Lint(messages), p.LintClips()...) {
			findings = append(findings, languageFinding{p.Language, f.Weight == langpack.Fault, f.Key, f.What})
		}
	}
	wrong := 0
	for _, f := range findings {
		if f.Wrong {
			wrong++
		}
		if !c.JSON {
			fmt.Fprintf(s.out, "%s\t%s\t%s\t%s\n", f.Pack, map[bool]string{true: "wrong", false: "missing"}[f.Wrong], f.Key, f.What)
		}
	}
	if c.JSON {
		if err := printJSON(s.out, findings); err != nil {
			return err
		}
	}
	for _, p := range packs {
		fmt.Fprintf(s.err, "%s: %d of %d messages, %d texts, %d recordings, %s\n", p.Language, len(p.Strings), len(messages), len(p.Texts), len(p.Clips), p.State)
	}
	if len(packs)+len(refused) == 0 {
		return fmt.Errorf("there is no pack below %s: a pack is a folder named after its language, with pack.json in it", c.Dir)
	}
	if wrong > 0 {
		return errReported
	}
	return nil
}

func readPacks(dir string) ([]langpack.Loaded, []langpack.Refusal, error) {
	if dir == "" {
		return langpack.Load(langpack.Shipped(), nil)
	}
	root, err := langpack.Folder(dir)
	if err != nil {
		return nil, nil, err
	}
	return langpack.Load(root, nil)
}

type languagesTemplate struct {
	JSON bool `help:"Print the strings of a pack.json with empty sentences instead."`
}

// Run prints the rows of a translator's table.
func (c *languagesTemplate) Run(s *streams) error {
	messages, err := screenMessages()
	if err != nil {
		return err
	}
	rows := langpack.Template(messages)
	if c.JSON {
		empty := map[string]string{}
		for _, r := range rows {
			empty[r.Key] = ""
		}
		body, err := json.MarshalIndent(map[string]any{"language": "", "name": "", "start": "", "state": "draft", "strings": empty}, "", " ")
		if err != nil {
			return fmt.Errorf("writing the template: %w", err)
		}
		_, err = fmt.Fprintf(s.out, "%s\n", body)
		return err
	}
	out := bufio.NewWriter(s.out)
	for _, r := range rows {
		fmt.Fprintf(out, "%s\t%d\t%s\t%s\n", r.Key, r.Letters, r.VI, r.EN)
	}
	return out.Flush()
}

type languagesRecord struct {
	Dir string `arg:"" optional:"" help:"Folder with one pack per sub-folder (default: the packs that are compiled in)."`
}

// Run prints what a reader still has to speak.
func (c *languagesRecord) Run(s *streams) error {
	packs, refused, err := readPacks(c.Dir)
	if err != nil {
		return err
	}
	for _, r := range refused {
		fmt.Fprintf(s.err, "%s: %v\n", r.Dir, r.Why)
	}
	out := bufio.NewWriter(s.out)
	for _, p := range packs {
		for _, take := range p.ToRecord() {
			fmt.Fprintf(out, "%s/%s\t%s\n", p.Language, take.File, take.Says)
		}
	}
	return out.Flush()
}

type languagesVoice struct {
	Out   string `arg:"" help:"Folder of the spoken sentences; one sub-folder per language."`
	Forms bool   `help:"Also the questions of every form; a machine with espeak-ng of its own does not need them."`
}

// Run makes what is missing and removes what no screen says any more.
func (c *languagesVoice) Run(ctx context.Context, s *streams) error {
	messages, err := screenMessages()
	if err != nil {
		return err
	}
	texts, err := kiosk.SpokenTexts(messages, c.Forms)
	if err != nil {
		return err
	}
	studio, err := voice.FindStudio(ctx)
	if err != nil {
		return err
	}
	done, err := studio.Make(ctx, c.Out, texts)
	fmt.Fprintf(s.err, "voice: %d sentences, %d made now, %d removed, %s\n", done.Sentences, done.Made, done.Removed, megabytes(done.Bytes))
	return err
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
