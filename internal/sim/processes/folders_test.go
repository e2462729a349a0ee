package processes

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// Canaries: what a resident might write, and what must therefore lie nowhere in clear. Numbers and
// names are nobody's.
const (
	canaryName    = "Trịnh Thị Hoàng Yến Canary"
	canaryCitizen = "086197604411"
	canaryPhone   = "0939117733"
	canaryAddress = "Ấp Canary Bông Lau, Xã Giao Long"
	canaryAnswer  = "Chuyện riêng Canary: mẹ ốm, 7391 đồng"
	canaryNote    = "Ghi chú Canary cho cán bộ"
	canaryFile    = "Giấy Canary của bà Yến"
)

// folder is one prepared dossier, ready to be written below a folder of dossiers.
type folder struct {
	name  string // of the sub-folder
	json  map[string]any
	files []file
}

type file struct {
	name string // as on disk
	data []byte
}

// newFolder prepares a dossier with these files as attachments.
func newFolder(reference string, files ...file) folder {
	f := folder{name: reference, files: files, json: map[string]any{
		"reference": reference, "procedure": "1.001776", "submitted_at": "2026-11-20",
		"applicant": map[string]any{"citizen_id": canaryCitizen, "full_name": canaryName, "birth_date": "1976-03-02",
			"sex": "female", "phone": canaryPhone, "address": canaryAddress},
		"answers": map[string]any{"whatever": canaryAnswer}, "note": canaryNote}}
	var list []map[string]any
	for _, one := range files {
		list = append(list, map[string]any{"file": one.name, "component": "p1", "originals": 1})
	}
	f.json["attachments"] = list
	return f
}

// source is the bytes of dossier.json.
func (f folder) source() []byte {
	b, err := json.MarshalIndent(f.json, "", " ")
	if err != nil {
		panic(err) // maps of strings encode
	}
	return b
}

func (f folder) write(t testing.TB, below string) {
	t.Helper()
	dir := filepath.Join(below, f.name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, one := range append(f.files, file{"dossier.json", f.source()}) {
		if err := os.WriteFile(filepath.Join(dir, one.name), one.data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// expected is what the province must have of the folder in the end.
func (f folder) expected() expected {
	e := expected{Reference: f.json["reference"].(string), Source: digest(f.source())}
	for _, one := range f.files {
		e.Attachments = append(e.Attachments, attachment{norm.NFC.String(one.name), digest(one.data), int64(len(one.data)), true})
	}
	return e
}

func digest(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}

// noise is n bytes that no compression makes smaller; they begin like text a person could read.
func noise(chance *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(chance.Uint32())
	}
	copy(b, "CANARY "+canaryName)
	return b
}

// oddFolders are what nobody would digitise and somebody will: every kind of bytes and of names.
func oddFolders() []folder {
	chance := rand.New(rand.NewPCG(1, 2))
	shared := noise(chance, 70_000)
	every := bytes.Repeat(func() (b []byte) {
		for i := range 256 {
			b = append(b, byte(i))
		}
		return b
	}(), 17)
	out := []folder{
		newFolder("ODD-1 nothing"),
		newFolder("ODD-2 empty file", file{canaryFile + " (rỗng).dat", nil}),
		newFolder("ODD-3 big", file{canaryFile + ".bin", noise(chance, 5<<20)}),
		newFolder("ODD-4 every byte", file{"mọi byte", every}, file{"một byte", []byte{0}}, file{"dòng", []byte("\n")}),
		newFolder("ODD-5 names", file{norm.NFD.String("Sổ hộ khẩu Nguyễn Thị Ngọc Ánh.pdf"), noise(chance, 3000)},
			file{"a\"b'c %41 ;$(x)&.png", noise(chance, 10)}, file{"-rf", noise(chance, 11)}, file{"字 🐟.jpg", noise(chance, 12)}),
		newFolder("ODD-6 shared", file{"một.bin", shared}),
		newFolder("ODD-7 shared too", file{"hai.bin", shared}),
		newFolder("ODD-8 twice in one", file{"trang 1.bin", shared}, file{"trang 1 (chép).bin", shared}, file{"trang 2.bin", noise(chance, 99)}),
	}
	out[4].json["answers"] = map[string]any{}
	return out
}

// smallFolder is a dossier of the kill loop: up to three scans of up to 24 KiB, sometimes the same
// bytes as an earlier one's.
func smallFolder(chance *rand.Rand, reference string, earlier []byte) folder {
	var files []file
	for i := range 1 + chance.IntN(3) {
		data := noise(chance, 1+chance.IntN(24<<10))
		if earlier != nil && chance.IntN(10) == 0 {
			data = earlier
		}
		files = append(files, file{fmt.Sprintf("%s %d.bin", canaryFile, i), data})
	}
	return newFolder(reference, files...)
}
