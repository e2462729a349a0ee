package carry

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"bendo/syncproto"
)

// Kind says what is wrong with a stick or with one file on it; each asks something else of
// a person. The strings are stable.
type Kind string

// The kinds. Those of the medium end a run; those of a file leave the other files alone.
const (
	Gone     Kind = "gone"      // pulled out, not mounted, cannot be read
	ReadOnly Kind = "read_only" // the medium or its permissions
	Full     Kind = "full"
	Broken   Kind = "broken" // any other failure of the medium

	Damaged   Kind = "damaged"   // torn, altered by accident
	Signature Kind = "signature" // forged, or altered on purpose
	WrongKey  Kind = "wrong_key" // sealed to another key
	Version   Kind = "version"
	TooLarge  Kind = "too_large"
	TooMany   Kind = "too_many"
	NotAFile  Kind = "not_a_file" // a link, a folder, a device

	OtherProvince Kind = "other_province"
	OtherOffice   Kind = "other_office"
	Unknown       Kind = "unknown_machine" // of our province, but not enrolled here
	Revoked       Kind = "revoked"
	Replaced      Kind = "replaced" // the book was given to a new machine
	Suspended     Kind = "suspended"
	Gap           Kind = "gap"  // its predecessor has not come yet
	Fork          Kind = "fork" // two histories of one book
	Stale         Kind = "stale"
	Ahead         Kind = "ahead" // the stick holds what the book itself has lost
	Echo          Kind = "echo"  // the province lost answers it gave and needs them back
)

// Problem is one thing that is wrong, and where.
type Problem struct {
	Kind Kind
	File string
	Err  error
}

func (p *Problem) Error() string {
	vi, en := p.Kind.Text()
	text := en + " / " + vi
	if p.File != "" {
		text = p.File + ": " + text
	}
	if p.Err != nil {
		text += " (" + p.Err.Error() + ")"
	}
	return text
}

func (p *Problem) Unwrap() error { return p.Err }

// Medium says that the stick itself fails, not one file on it.
func (k Kind) Medium() bool { return k == Gone || k == ReadOnly || k == Full || k == Broken }

// KindOf finds the kind of an error, "" when it has none.
func KindOf(err error) Kind {
	var p *Problem
	if errors.As(err, &p) {
		return p.Kind
	}
	return ""
}

// asError keeps a nil problem from becoming an error that is not nil.
func asError(p *Problem) error {
	if p == nil {
		return nil
	}
	return p
}

// problem names what an error of the medium or of a part is; nil for nil.
func problem(file string, err error) *Problem {
	if err == nil {
		return nil
	}
	var known *Problem
	if errors.As(err, &known) {
		return known
	}
	return &Problem{kindOf(err), file, err}
}

func kindOf(err error) Kind {
	for _, c := range []struct {
		err  error
		kind Kind
	}{
		{syncproto.ErrBundleTooLarge, TooLarge}, {syncproto.ErrBundleVersion, Version}, {syncproto.ErrBundleSignature, Signature},
		{syncproto.ErrBundleKey, WrongKey}, {syncproto.ErrBundleDamaged, Damaged}, {syncproto.ErrBundleFormat, Damaged},
		{ErrNotAFile, NotAFile}, {syscall.ENOSPC, Full}, {syscall.EROFS, ReadOnly}, {fs.ErrPermission, ReadOnly},
		{fs.ErrNotExist, Gone}, {syscall.EIO, Gone}, {syscall.ENOTDIR, Gone},
	} {
		if errors.Is(err, c.err) {
			return c.kind
		}
	}
	if full(err) {
		return Full
	}
	if gone(err) {
		return Gone
	}
	return Broken
}

// Refuse is a problem of a file that its reader found.
func Refuse(kind Kind, file string, format string, args ...any) *Problem {
	return &Problem{kind, file, fmt.Errorf(format, args...)}
}

// Of names what is wrong with a part that did not open.
func Of(file string, err error) *Problem { return problem(file, err) }

var texts = map[Kind][2]string{
	Gone:          {"Không đọc được USB: đã bị rút hoặc chưa cắm chắc. Cắm lại rồi chạy lại lệnh này; không mất gì.", "The stick cannot be read: it was pulled out or is not firmly in. Put it back and run the command again; nothing is lost."},
	ReadOnly:      {"USB chỉ cho đọc. Gạt khóa ghi hoặc dùng USB khác.", "The stick is read-only. Move its lock or take another one."},
	Full:          {"USB đã đầy. Những gì đã chép vẫn dùng được; hãy cắm thêm một USB khác và chạy lại lệnh này với --rest.", "The stick is full. What was copied can be used; put in another stick and run the command again with --rest."},
	Broken:        {"USB báo lỗi. Dùng USB khác; không mất gì.", "The stick reports an error. Take another one; nothing is lost."},
	Damaged:       {"Tệp bị hỏng hoặc chép dở. Hãy chép lại từ máy của xã; các tệp khác vẫn dùng được.", "The file is damaged or was cut off. Copy it again at the office; the other files can be used."},
	Signature:     {"Chữ ký của tệp không đúng: tệp đã bị sửa hoặc giả. Không nhận; báo cho CNTT của tỉnh.", "The file's signature is wrong: it was changed or forged. It is not taken; tell provincial IT."},
	WrongKey:      {"Tệp niêm phong cho khóa khác. Kiểm tra xem USB này có đúng là của tỉnh (hoặc của xã) mình không.", "The file is sealed to another key. Check whether this stick is meant for this province (or office)."},
	Version:       {"Tệp do phiên bản mới hơn ghi. Cập nhật chương trình rồi nhận lại; giữ USB.", "A newer program wrote the file. Update this program, then read it again; keep the stick."},
	TooLarge:      {"Tệp lớn hơn mức cho phép, không phải do Bến Đò ghi. Không đọc.", "The file is larger than allowed; Bến Đò did not write it. It is not read."},
	TooMany:       {"Quá nhiều tệp trong một thư mục. Chỉ đọc một phần; chạy lại lệnh sau khi dọn.", "Too many files in one folder. Only some are read; run the command again after clearing it."},
	NotAFile:      {"Tên này không phải tệp thường (liên kết hoặc thiết bị). Không mở.", "This name is no ordinary file (a link or a device). It is not opened."},
	OtherProvince: {"Tệp này của tỉnh khác. Không nhận, không xóa.", "The file belongs to another province. It is not taken and not deleted."},
	OtherOffice:   {"Tệp này của xã khác. Không nhận, không xóa.", "The file belongs to another office. It is not taken and not deleted."},
	Unknown:       {"Máy ghi tệp này chưa được kích hoạt tại đây. Báo cho CNTT của tỉnh; giữ USB.", "The machine that wrote the file is not enrolled here. Tell provincial IT; keep the stick."},
	Revoked:       {"Máy ghi tệp này đã bị thu hồi. Không nhận gì từ máy đó; giữ USB và báo cho CNTT của tỉnh.", "The machine that wrote the file was revoked. Nothing is taken from it; keep the stick and tell provincial IT."},
	Replaced:      {"Sổ này đã chuyển sang máy mới. Những gì tỉnh chưa có vẫn được nhận vào chỗ riêng; CNTT xem xét bằng lệnh portal recover.", "This book was given to a new machine. What the province lacks is taken into quarantine all the same; IT takes it in with portal recover."},
	Suspended:     {"Máy này đang bị tạm ngưng. Dữ liệu được giữ riêng, chờ CNTT của tỉnh quyết định.", "The machine is suspended. Its data is kept apart until provincial IT decides."},
	Gap:           {"Thiếu phần trước của sổ (đi bằng đường mạng hoặc USB khác chưa tới). Tệp đã được giữ lại và sẽ tự được nhận khi phần trước tới.", "An earlier stretch of the book is missing (it comes by the line or on another stick). The file is kept and taken by itself when that comes."},
	Fork:          {"Sổ này có hai lịch sử khác nhau (đĩa bị nhân bản hoặc khôi phục). Giữ cả hai; CNTT của tỉnh xem xét.", "This book has two histories (a disk was cloned or restored). Both are kept; provincial IT looks at it."},
	Stale:         {"USB này cũ hơn những gì đã biết; không có gì mới.", "This stick is older than what is known; it brings nothing new."},
	Echo:          {"Hệ thống của tỉnh vừa được khôi phục và thiếu một số trả lời đã gửi. Chạy lại agent bundle out rồi mang USB này tới tỉnh một lần nữa.", "The province's system was restored and lacks answers it had given. Run agent bundle out again and carry this stick there once more."},
	Ahead:         {"USB có những gì sổ ở máy này không còn. Không xóa; mang USB tới tỉnh.", "The stick holds what this machine's book no longer has. It is not deleted; carry it to the province."},
}

// Text is what a person is told, in Vietnamese and in English.
func (k Kind) Text() (vi, en string) {
	t, ok := texts[k]
	if !ok {
		return string(k), string(k)
	}
	return t[0], t[1]
}
