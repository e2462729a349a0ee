package scanbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const rejectedDir = "rejected"

// reason says why a file is set aside.
type reason string

const (
	reasonNotAFile reason = "not_a_file"
	reasonTooLarge reason = "too_large"
	reasonUnknown  reason = "unknown_type"
	reasonPhone    reason = "phone_picture"
	reasonBroken   reason = "incomplete"
	reasonBusy     reason = "busy" // somebody still writes; never a reason to set aside
)

var sentences = map[reason]string{
	reasonNotAFile: "Không phải là tệp giấy tờ (liên kết hoặc thư mục). / Not a file of a paper (a link or a folder).",
	reasonTooLarge: "Tệp lớn hơn 64 MB. Hãy quét lại với độ phân giải thấp hơn. / Larger than 64 MB. Scan again at a lower resolution.",
	reasonUnknown:  "Không phải PDF, JPEG, PNG hoặc TIFF. / Not a PDF, JPEG, PNG or TIFF.",
	reasonPhone:    "Ảnh kiểu riêng của điện thoại (HEIC, AVIF). Trên điện thoại chọn lưu ảnh JPEG (iPhone: Cài đặt, Camera, Định dạng, Tương thích nhất) rồi chép lại. / A phone's own kind of picture (HEIC, AVIF). Let the phone save JPEG (iPhone: Settings, Camera, Formats, Most Compatible) and copy it again.",
	reasonBroken:   "Tệp chưa đầy đủ hoặc bị hỏng. Hãy quét lại. / The file is incomplete or damaged. Scan again.",
}

// kinds of papers by their first bytes, and what a whole file of the kind ends with
// (within its last kilobytes; scanners pad).
var kinds = []struct {
	mime       string
	start, end []byte
}{
	{"application/pdf", []byte("%PDF-"), []byte("%%EOF")},
	{"image/jpeg", []byte{0xff, 0xd8, 0xff}, []byte{0xff, 0xd9}},
	{"image/png", []byte("\x89PNG\r\n\x1a\n"), []byte("IEND")},
	{"image/tiff", []byte("II*\x00"), nil},
	{"image/tiff", []byte("MM\x00*"), nil},
}

const tail = 2 << 10

// sniff tells what a file is by its bytes; its name says nothing.
func (b *Box) sniff(name string, size int64) (mime string, why reason) {
	f, err := b.root.Open(name)
	if err != nil {
		return "", reasonBusy // the scanner's program holds it
	}
	defer f.Close()
	if size == 0 {
		return "", reasonBroken
	}
	head, end := make([]byte, min(size, 16)), make([]byte, min(size, tail))
	if _, err := io.ReadFull(f, head); err != nil {
		return "", reasonBusy
	}
	if n, err := f.ReadAt(end, size-int64(len(end))); n != len(end) && err != nil {
		return "", reasonBusy
	}
	return kindOf(head, end)
}

func kindOf(head, end []byte) (mime string, why reason) {
	for _, k := range kinds {
		if !bytes.HasPrefix(head, k.start) {
			continue
		}
		if k.end != nil && !bytes.Contains(end, k.end) {
			return "", reasonBroken
		}
		return k.mime, ""
	}
	if len(head) >= 12 && string(head[4:8]) == "ftyp" && phoneBrands[string(head[8:12])] {
		return "", reasonPhone
	}
	return "", reasonUnknown
}

// phoneBrands are the pictures of phones that no officer's screen shows (ISO/IEC 23008-12, AVIF).
var phoneBrands = map[string]bool{"heic": true, "heix": true, "hevc": true, "hevx": true, "heim": true, "heis": true,
	"mif1": true, "msf1": true, "avif": true, "avis": true}

// displayName is a file's name as the desk shows it: NFC (scanners on other systems
// write decomposed letters), without what a screen must not print, at most 120 letters.
func displayName(name string) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '/' || r == '\\' || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(name, "_")))
	if r := []rune(s); len(r) > 120 {
		s = string(r[:100]) + "…" + path.Ext(string(r[100:]))
	}
	return s
}

// reject sets a file aside with its reason beside it. A crash between the two leaves
// the file without its sentence.
func (b *Box) reject(name string, why reason) error {
	if err := b.root.Mkdir(rejectedDir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the folder of rejected papers: %w", err)
	}
	to := rejectedDir + "/" + name
	for n := 2; ; n++ {
		if _, err := b.root.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			break
		}
		to = fmt.Sprintf("%s/%d-%s", rejectedDir, n, name)
	}
	if err := b.root.Rename(name, to); err != nil {
		return errors.New("a file that cannot be taken cannot be set aside either; look at the scanner's folder")
	}
	delete(b.seen, name)
	b.Log.Warn("a file of the scanner was set aside; look into its folder \"rejected\"", "reason", string(why))
	f, err := b.root.Create(to + ".why.txt")
	if err != nil {
		return nil // a name too long for a second one; the log has the reason
	}
	_, err = io.WriteString(f, sentences[why]+"\n")
	return errors.Join(err, f.Close())
}
