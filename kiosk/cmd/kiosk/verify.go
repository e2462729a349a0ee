package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bendo/internal/clock"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/internal/slipcheck"
	"bendo/kiosk"
	"bendo/kiosk/codereader"
	"bendo/kiosk/keyring"
	"bendo/kiosk/scan"
)

// verifySlipCmd judges one slip without a line. On an office machine it knows the machine's own key,
// the province's list and the book; on any other it is given the list and the province's key.
type verifySlipCmd struct {
	Slip      string `arg:"" help:"What the slip's code says (token or address), a picture or PDF of the slip, or - to read it from standard input."`
	Data      string `default:"office-data" help:"The office's data directory; not needed with a list and --portal-key." placeholder:"DIR"`
	Keys      string `help:"The province's signed list of machine keys (a file), or the directory of the office's keys." placeholder:"PATH"`
	PortalKey string `help:"The province's public key, 64 hex digits, where this machine is not enrolled." placeholder:"HEX"`
	JSON      bool   `help:"Print the verdict as one JSON value."`
}

// Run ends with status 0 only for a slip that is genuine and does not contradict the book.
func (c *verifySlipCmd) Run(ctx context.Context, s *streams) error {
	desk, closed, err := c.desk(ctx, s)
	if err != nil {
		return err
	}
	defer closed()
	codes, err := codesOf(ctx, c.Slip, os.Stdin)
	if err != nil {
		return err
	}
	v, err := desk.VerifyCodes(ctx, codes)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(s.out, v)
	} else {
		_, err = io.WriteString(s.out, verdictText(v))
	}
	if err == nil && (v.Code != slipcheck.Genuine || v.Book == kiosk.BookDiffers) {
		err = errReported
	}
	return err
}

// desk opens what is here to judge by: the book where there is one, else only what was given.
func (c *verifySlipCmd) desk(ctx context.Context, s *streams) (*kiosk.Desk, func(), error) {
	nothing := func() {}
	desk, err := newDesk(s.log)
	if err != nil {
		return nil, nothing, err
	}
	office, ring, keysDir := kiosk.Office{}, keyring.Ring{Dir: c.Data}, c.Keys
	file, given, err := listFile(c.Keys)
	if err != nil {
		return nil, nothing, err
	}
	if given {
		keysDir = ""
	}
	closed := nothing
	if _, err := os.Stat(filepath.Join(c.Data, "book.db")); err == nil {
		book, id, key, err := c.open(ctx, s, desk, keysDir)
		if err != nil {
			return nil, nothing, err
		}
		closed = func() { book.Close() }
		office.Book, ring.Book, ring.Portal = book, book, id.PortalKey
		office.Own = ownMachine(id, key)
	}
	if c.PortalKey != "" {
		if ring.Portal, err = hex.DecodeString(c.PortalKey); err != nil || len(ring.Portal) != ed25519.PublicKeySize {
			closed()
			return nil, nothing, errors.New("--portal-key: want 64 hex digits")
		}
	}
	office.Fleet = ring.Load
	if given {
		if len(ring.Portal) == 0 {
			closed()
			return nil, nothing, errors.New("a list alone proves nothing: say whose it is with --portal-key, or --data of an enrolled machine")
		}
		list, err := slipcheck.OpenList(file, ring.Portal)
		if err != nil {
			closed()
			return nil, nothing, fmt.Errorf("%s: %w", c.Keys, err)
		}
		office.Fleet = func(context.Context) (slipcheck.List, error) { return list, nil }
	}
	desk.Use(office)
	return desk, closed, nil
}

// listFile reads --keys where it names a file; a directory is where an office's keys are.
func listFile(path string) (file []byte, given bool, err error) {
	if path == "" {
		return nil, false, nil
	}
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return nil, false, err
	}
	if info.Size() > slipcheck.MaxListBytes {
		return nil, false, slipcheck.ErrList
	}
	file, err = os.ReadFile(path)
	return file, true, err
}

func (c *verifySlipCmd) open(ctx context.Context, s *streams, desk *kiosk.Desk, keysDir string) (*ledger.Book, ledger.Identity, ed25519.PrivateKey, error) {
	fail := func(err error) (*ledger.Book, ledger.Identity, ed25519.PrivateKey, error) {
		return nil, ledger.Identity{}, nil, err
	}
	keys, err := store{c.Data, keysDir}.keeper(s)
	if err != nil {
		return fail(err)
	}
	book, now, err := ledger.OpenClocked(ctx, c.Data, keys, ledger.Options{Log: s.log}, clock.Built(built), clock.ReadMachine)
	if err != nil {
		return fail(err)
	}
	desk.Clock = now
	id, err := book.Identity(ctx)
	if err != nil {
		return fail(errors.Join(err, book.Close()))
	}
	key, err := keys.EnrolledDeviceKey()
	if err != nil && !errors.Is(err, seal.ErrNoDeviceKey) {
		return fail(errors.Join(err, book.Close()))
	}
	return book, id, key, nil
}

// ownMachine is this machine as a judge of slips knows it; without its key it vouches for nothing.
func ownMachine(id ledger.Identity, key ed25519.PrivateKey) slipcheck.Machine {
	if len(key) == 0 {
		return slipcheck.Machine{}
	}
	public, _ := key.Public().(ed25519.PublicKey)
	return slipcheck.Machine{Device: id.Device, Key: public, Commune: id.CommuneCode, Office: id.OfficeName, Status: slipcheck.Active}
}

// codesOf gives the texts to judge: those in a picture, else the text itself.
func codesOf(ctx context.Context, arg string, in io.Reader) ([]string, error) {
	if arg == "-" {
		line, err := bufio.NewReader(io.LimitReader(in, 64<<10)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading standard input: %w", err)
		}
		return []string{line}, nil
	}
	info, err := os.Stat(arg)
	switch {
	case err != nil || !info.Mode().IsRegular():
		return []string{arg}, nil // no file of that name: it is the code itself
	case info.Size() > scan.MaxBytes:
		return nil, fmt.Errorf("%s has more than %d bytes", arg, scan.MaxBytes)
	}
	data, err := os.ReadFile(arg)
	if err != nil {
		return nil, err
	}
	z, err := codereader.Find()
	if err != nil {
		return nil, err
	}
	img, err := scan.Gray(data)
	if scan.Kind(data) == scan.PDF {
		img, err = codereader.FirstPage(ctx, data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	return z.Read(ctx, img)
}

// fleetKeysCmd keeps the province's list of machine keys, or shows which one is here.
type fleetKeysCmd struct {
	store
	File string `arg:"" optional:"" help:"The signed list, from provincial IT. Without it the list that is here is shown."`
	JSON bool   `help:"Print {\"issued\",\"machines\"} of the list in use."`
}

// Run refuses a list that the province did not sign, and one older than the list that is here.
func (c *fleetKeysCmd) Run(ctx context.Context, s *streams) (err error) {
	keys, err := c.keeper(s)
	if err != nil {
		return err
	}
	book, err := ledger.Open(ctx, c.Data, keys, ledger.Options{Log: s.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	id, err := book.Identity(ctx)
	if err != nil {
		return err
	}
	ring := keyring.Ring{Dir: c.Data, Book: book, Portal: id.PortalKey}
	var list slipcheck.List
	if c.File == "" {
		list, err = ring.Load(ctx)
	} else if file, given, bad := listFile(c.File); bad != nil || !given {
		err = errors.Join(bad, fmt.Errorf("%s is no file", c.File))
	} else {
		list, err = ring.Take(ctx, file)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, json.RawMessage(fmt.Sprintf(`{"issued":%d,"machines":%d}`, list.Issued, len(list.Machines))))
	}
	if list.Issued == 0 {
		_, err = fmt.Fprintln(s.out, "Máy này chưa có danh sách khóa máy của tỉnh.")
		return err
	}
	_, err = fmt.Fprintf(s.out, "Danh sách khóa máy của tỉnh lập lúc %s: %d máy.\n", moment(list.Issued), len(list.Machines))
	return err
}

// moment is a time as offices write it, in Viet Nam's hour.
func moment(ms int64) string {
	return time.UnixMilli(ms).In(time.FixedZone("ICT", 7*60*60)).Format("15:04, 02/01/2006")
}

// verdictText says a verdict to a person at a terminal, with what to do.
func verdictText(v kiosk.SlipVerdict) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	switch v.Code {
	case slipcheck.Genuine:
		say("PHIẾU THẬT: chữ ký số đúng.")
	case slipcheck.Altered:
		say("KHÔNG NHẬN: chữ ký không khớp, mã đã bị sửa hoặc làm giả. Giữ phiếu lại, tra số phiếu trong sổ và báo tỉnh.")
	case slipcheck.Unchecked:
		say("CHƯA KIỂM ĐƯỢC: máy này chưa có khóa của máy in phiếu. Chưa thể nói phiếu thật hay giả. Số phiếu ghi trên mã: %s. Lấy danh sách khóa mới của tỉnh rồi kiểm lại.", v.Slip)
	case slipcheck.Withdrawn:
		say("CHƯA ĐỦ TIN: chữ ký đúng, nhưng tỉnh đã ngừng tin máy in phiếu này (%s). Tra số phiếu trong sổ hoặc hỏi tỉnh.", v.Status)
	case slipcheck.Practice:
		say("PHIẾU TẬP THỬ: không có giá trị ở đâu cả.")
	case slipcheck.Damaged:
		say("MÃ KHÔNG TRỌN: quét lại cả mã.")
	case kiosk.CodeNone:
		say("KHÔNG THẤY MÃ trong ảnh. Chụp lại gần và thẳng hơn.")
	default:
		say("KHÔNG PHẢI MÃ CỦA PHIẾU (%s).", v.Other)
	}
	if v.Signed {
		say("Số phiếu %s · thủ tục %s · %s · %s", v.Slip, v.Procedure.Code, v.Office, moment(v.At))
		switch v.When {
		case slipcheck.Future, slipcheck.Absurd:
			say("Giờ trên phiếu không hợp lý: đồng hồ của máy in phiếu hoặc của máy này sai.")
		}
		switch v.Book {
		case kiosk.BookFits:
			say("Sổ của máy này có hồ sơ và khớp với phiếu.")
		case kiosk.BookDiffers:
			say("SỔ CỦA MÁY NÀY GHI KHÁC dưới cùng số phiếu: gọi kỹ thuật tỉnh trước khi giải quyết.")
		case kiosk.BookAbsent:
			say("Sổ của máy này không có hồ sơ này.")
		}
	}
	return b.String()
}
