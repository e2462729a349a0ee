package carry

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"bendo/syncproto"
)

// Bounds of what is read from a stick.
const (
	maxOffices = 4096
	maxParts   = 50_000 // files of one office; the rest is said and left alone
	// spare is what is left free on a stick: a file system that is full to the last byte
	// cannot even rename.
	spare = 1 << 20
)

const (
	top     = "bendo"
	suffix  = ".bendo"
	tmpMark = ".tmp-"
	index   = "index.json"
)

var purposes = map[syncproto.BundlePurpose]string{
	syncproto.BundleUp: "up", syncproto.BundleDown: "down", syncproto.BundleSecond: "second",
}

// Stick is an open stick. Not safe for concurrent use.
type Stick struct{ disk Disk }

// Open opens the folder a stick is mounted at. The folder must exist.
func Open(dir string) (*Stick, error) {
	d, err := OpenFolder(dir)
	if err != nil {
		return nil, problem(dir, err)
	}
	return &Stick{d}, nil
}

// On opens a stick that a test made.
func On(d Disk) *Stick { return &Stick{d} }

// Close ends it; it writes nothing.
func (s *Stick) Close() error { return s.disk.Close() }

// Part is one file whose clear head could be read. The head is not believed before its
// signature was verified.
type Part struct {
	File string // name on the stick
	Head syncproto.BundleHead
}

// Devices lists the offices that have a folder on the stick.
func (s *Stick) Devices() ([]syncproto.DeviceID, error) {
	entries, err := s.disk.List(top, maxOffices)
	if err != nil {
		return nil, problem(top, err)
	}
	var found []syncproto.DeviceID
	for _, e := range entries {
		if id, err := syncproto.ParseDeviceID(e.Name); err == nil && e.Dir {
			found = append(found, id)
		}
	}
	slices.SortFunc(found, func(a, b syncproto.DeviceID) int { return strings.Compare(a.String(), b.String()) })
	return found, nil
}

// Parts lists the parts of some purposes in an office's folder, by serial and part. What has
// a name of ours and cannot be a part is a refusal; other names are not ours to look at.
func (s *Stick) Parts(device syncproto.DeviceID, of ...syncproto.BundlePurpose) ([]Part, []*Problem, error) {
	dir := path.Join(top, device.String())
	entries, err := s.disk.List(dir, maxParts+1)
	if err != nil {
		return nil, nil, problem(dir, err)
	}
	var parts []Part
	var refused []*Problem
	if len(entries) > maxParts {
		refused = append(refused, &Problem{Kind: TooMany, File: dir, Err: fmt.Errorf("more than %d files", maxParts)})
		entries = entries[:maxParts]
	}
	for _, e := range entries {
		purpose, serial, part, ok := parse(e.Name)
		if !ok || !slices.Contains(of, purpose) {
			continue
		}
		name := path.Join(dir, e.Name)
		head, err := s.head(name)
		if err == nil && (head.Device != device || head.Purpose != purpose || head.Serial != serial || head.Part != part) {
			err = fmt.Errorf("its name and its head differ: %w", syncproto.ErrBundleDamaged)
		}
		if p := problem(name, err); p != nil {
			if p.Kind == Gone && !errors.Is(err, fs.ErrNotExist) {
				return nil, nil, p // the medium itself: nothing more can be read
			}
			refused = append(refused, p)
			continue
		}
		parts = append(parts, Part{name, head})
	}
	slices.SortFunc(parts, func(a, b Part) int {
		if a.Head.Serial != b.Head.Serial {
			if a.Head.Serial < b.Head.Serial {
				return -1
			}
			return 1
		}
		return int(a.Head.Part) - int(b.Head.Part)
	})
	slices.SortFunc(refused, func(a, b *Problem) int { return strings.Compare(a.File, b.File) })
	return parts, refused, nil
}

func (s *Stick) head(name string) (head syncproto.BundleHead, err error) {
	f, err := s.disk.Open(name)
	if err != nil {
		return head, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return head, err
	}
	if size > syncproto.MaxBundlePart {
		return head, syncproto.ErrBundleTooLarge
	}
	if head, err = syncproto.ReadBundleHead(f); err != nil {
		return head, err
	}
	if head.Size() != size {
		return head, syncproto.ErrBundleDamaged
	}
	return head, nil
}

// Load reads a whole part and checks that it is as its head says.
func (s *Stick) Load(p Part) ([]byte, error) {
	raw, err := s.read(p.File, false)
	if err != nil {
		return nil, problem(p.File, err)
	}
	return raw, nil
}

func (s *Stick) read(name string, fresh bool) ([]byte, error) {
	f, err := s.disk.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if fresh {
		f.Cold()
	}
	raw, err := io.ReadAll(io.LimitReader(f, syncproto.MaxBundlePart+1))
	if err != nil {
		return nil, err
	}
	_, _, err = syncproto.CheckBundle(raw)
	return raw, err
}

// Prepare makes an office's folder and takes away what interrupted writes of bundles of a purpose
// left in it: another program may be writing others at the same time.
func (s *Stick) Prepare(device syncproto.DeviceID, purpose syncproto.BundlePurpose) error {
	dir := path.Join(top, device.String())
	// A cut after any of these: an empty folder, which the next call uses.
	for _, step := range []struct{ make, sync string }{{top, "."}, {dir, top}} {
		if err := s.disk.Mkdir(step.make); err != nil {
			return asError(problem(step.make, err))
		}
		if err := s.disk.SyncDir(step.sync); err != nil {
			return asError(problem(step.sync, err))
		}
	}
	entries, err := s.disk.List(dir, maxParts)
	if err != nil {
		return asError(problem(dir, err))
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name, tmpMark+purposes[purpose]+"-") && e.Regular {
			if err := s.disk.Remove(path.Join(dir, e.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return asError(problem(e.Name, err))
			}
		}
	}
	return nil
}

// Store puts a sealed part on the stick and reads it back. A part of the same name that is
// whole stays; a broken one is replaced.
func (s *Stick) Store(raw []byte) (Part, error) {
	head, _, err := syncproto.CheckBundle(raw)
	if err != nil {
		return Part{}, err
	}
	p := Part{path.Join(top, head.Device.String(), name(head)), head}
	free, err := s.disk.Free()
	if err == nil && free < int64(len(raw))+spare {
		return p, &Problem{Kind: Full, File: p.File, Err: fmt.Errorf("%d bytes are free", free)}
	}
	if err := s.put(p.File, purposes[head.Purpose], raw); err != nil {
		return p, asError(problem(p.File, err))
	}
	// What memory remembers of a file says nothing about a worn-out stick.
	if _, err := s.read(p.File, true); err != nil {
		return p, asError(problem(p.File, fmt.Errorf("reading back: %w", err)))
	}
	return p, nil
}

// put is: bytes, flush, name, flush of the name.
func (s *Stick) put(name, who string, raw []byte) error {
	var salt [6]byte
	rand.Read(salt[:])
	tmp := path.Join(dirOf(name), tmpMark+who+"-"+hex.EncodeToString(salt[:]))
	f, err := s.disk.Create(tmp)
	if err != nil {
		return err
	}
	// A cut from here to the rename: a temporary file, taken away by the next Prepare.
	_, err = f.Write(raw)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = s.disk.Rename(tmp, name)
	}
	if err != nil {
		_ = s.disk.Remove(tmp) // gives the room back on a full stick; elsewhere Prepare does
		return err
	}
	// A cut here: the part, or nothing, whole either way.
	return s.disk.SyncDir(dirOf(name))
}

// Remove takes a part away. One that is gone already is no error.
func (s *Stick) Remove(p Part) error {
	if err := s.disk.Remove(p.File); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return asError(problem(p.File, err))
	}
	return asError(problem(dirOf(p.File), s.disk.SyncDir(dirOf(p.File))))
}

// Free is how many bytes can be written.
func (s *Stick) Free() (int64, error) { return s.disk.Free() }

// Index is what a person who looks at the stick is told. Nothing is decided by it.
type Index struct {
	Office   string `json:"office"`
	Dossiers int    `json:"dossiers"`
	Files    int    `json:"files"` // parts the writer knows to be in the folder
	Bytes    int64  `json:"bytes"`
	At       int64  `json:"at"` // unix ms
	Note     string `json:"note"`
}

// note stands in every index.
const note = "Hồ sơ đã niêm phong của hệ thống Bến Đò. Mang USB này tới tỉnh, đừng xóa và đừng sửa tệp nào. / Sealed dossiers of Bến Đò. Carry this stick to the province; delete and change nothing."

// SetIndex writes the hint. That it could not is told, and costs nothing.
func (s *Stick) SetIndex(device syncproto.DeviceID, i Index) error {
	i.Note = note
	raw, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return err
	}
	return asError(problem(index, s.put(path.Join(top, device.String(), index), purposes[syncproto.BundleUp], append(raw, '\n'))))
}

// GetIndex reads the hint; the zero value when there is none that can be read.
func (s *Stick) GetIndex(device syncproto.DeviceID) (i Index) {
	f, err := s.disk.Open(path.Join(top, device.String(), index))
	if err != nil {
		return i
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, 16<<10))
	if err != nil || json.Unmarshal(raw, &i) != nil {
		return Index{}
	}
	return i
}

func name(h syncproto.BundleHead) string {
	return fmt.Sprintf("%s-%016x-%04d%s", purposes[h.Purpose], h.Serial, h.Part, suffix)
}

// parse reads a name of ours strictly: what another program renamed ("up-…-0001 (2).bendo")
// is not ours.
func parse(file string) (purpose syncproto.BundlePurpose, serial uint64, part uint32, ok bool) {
	stem, ok := strings.CutSuffix(file, suffix)
	if !ok {
		return 0, 0, 0, false
	}
	fields := strings.Split(stem, "-")
	if len(fields) != 3 || len(fields[1]) != 16 {
		return 0, 0, 0, false
	}
	serial, err1 := strconv.ParseUint(fields[1], 16, 64)
	n, err2 := strconv.ParseUint(fields[2], 10, 32)
	for p, text := range purposes {
		if text == fields[0] {
			purpose = p
		}
	}
	h := syncproto.BundleHead{BundleHeader: syncproto.BundleHeader{Purpose: purpose, Serial: serial, Part: uint32(n)}}
	return purpose, serial, uint32(n), err1 == nil && err2 == nil && purpose != 0 && name(h) == file
}
