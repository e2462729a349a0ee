package langpack

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"
)

//go:embed packs
var shipped embed.FS

// Shipped are the packs that come with the program, as Load reads them.
func Shipped() fs.FS {
	f, err := fs.Sub(shipped, "packs")
	if err != nil { // the directory is named above; it cannot be missing
		return shipped
	}
	return f
}

// Folder is a folder of packs on a disk or a stick, as Load reads it; links that lead out of it are
// not followed. It stays open until nobody uses what was returned or loaded from it.
func Folder(dir string) (fs.FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder of language packs: %w", err)
	}
	return folder{root}, nil
}

// folder opens plain files and folders only. To open a pipe nobody writes into is to wait for ever, so
// what a name is, is asked before: whoever looks through fs.Sub would open to ask.
type folder struct{ root *os.Root }

func (f folder) Open(name string) (fs.File, error) {
	info, err := f.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is neither a file nor a folder; put a plain file of that name there")}
	}
	return f.root.FS().Open(name)
}

// maxPacks bounds a directory; nobody chooses among more languages on one screen.
const maxPacks = 16

// Refusal is a pack that is not used, and why.
type Refusal struct {
	Dir string
	Why error
}

// Loaded is an accepted pack with the place its clips lie in.
type Loaded struct {
	*Pack
	Missing int // messages shown in Vietnamese

	dir fs.FS
}

// Load reads every pack of a directory: one folder for each language. A pack that cannot be used
// is a refusal and never the end of the others. The error says that the directory itself cannot
// be read. messages may be nil (screens that were not built); then nothing is compared.
func Load(root fs.FS, messages Messages) (packs []Loaded, refused []Refusal, err error) {
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, nil, fmt.Errorf("reading the language packs: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() || !IsCode(e.Name()) {
			continue
		}
		if len(packs) == maxPacks {
			refused = append(refused, Refusal{e.Name(), fmt.Errorf("there are already %d languages", maxPacks)})
			continue
		}
		one, err := LoadOne(root, e.Name(), messages)
		if err != nil {
			refused = append(refused, Refusal{e.Name(), err})
			continue
		}
		packs = append(packs, one)
	}
	return packs, refused, nil
}

// LoadOne reads the pack in one folder of root.
func LoadOne(root fs.FS, name string, messages Messages) (Loaded, error) {
	dir, err := fs.Sub(root, name)
	if err != nil {
		return Loaded{}, fmt.Errorf("opening the pack: %w", err)
	}
	data, err := readBounded(dir, "pack.json", MaxPackBytes)
	if err != nil {
		return Loaded{}, err
	}
	p, err := Parse(data)
	if err != nil {
		return Loaded{}, err
	}
	if p.Language != name {
		return Loaded{}, fmt.Errorf("the folder is named %s and its pack.json says %s: rename one of them", name, p.Language)
	}
	l := Loaded{Pack: p, dir: dir}
	if messages != nil {
		l.Missing = p.Fit(messages)
	}
	return l, nil
}

// readBounded reads a regular file of at most most bytes: a file may grow while it is read.
func readBounded(dir fs.FS, name string, most int64) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, most)
	}
	return data, nil
}

// Merge puts packs of a province before those that were shipped: a province's Khmer replaces ours.
func Merge(shipped, added []Loaded) []Loaded {
	out := slices.Clone(shipped)
	for _, p := range added {
		if i := slices.IndexFunc(out, func(o Loaded) bool { return o.Language == p.Language }); i >= 0 {
			out[i] = p
		} else {
			out = append(out, p)
		}
	}
	return out
}

// ErrNoClip is the ordinary answer for words nobody recorded.
var ErrNoClip = errors.New("no recording of these words")

// Recording gives the clip whose recorded words are exactly these, as it lies in the pack.
func (l Loaded) Recording(words string) (data []byte, file string, err error) {
	for _, c := range l.Clips {
		if c.Says != words {
			continue
		}
		data, _, err = ReadClip(l.dir, c.File)
		if err != nil {
			return nil, "", err
		}
		return data, c.File, nil
	}
	return nil, "", ErrNoClip
}

// ReadClip reads a recording and how long it plays; what is no sound of a sentence is an error, and a
// file that is not there fs.ErrNotExist.
func ReadClip(dir fs.FS, name string) (data []byte, long time.Duration, err error) {
	if data, err = readBounded(dir, name, MaxClipBytes); err != nil {
		return nil, 0, err
	}
	if long, err = Sound(data); err != nil {
		return nil, 0, fmt.Errorf("%s %w", name, err)
	}
	return data, long, nil
}
