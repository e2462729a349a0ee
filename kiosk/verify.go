package kiosk

import (
	"context"
	"errors"
	"net/http"

	"bendo/internal/dossier"
	"bendo/internal/slipcheck"
	"bendo/kiosk/scan"
	"bendo/syncproto"
)

// Verifying a slip (kiểm tra phiếu): whoever holds one learns whether a machine of the province signed
// it. Nothing personal is read or shown, so neither a visit nor a second fact is asked for; whether the
// book knows the dossier is told only to whoever holds a code that a known machine signed.

// CodeNone is the verdict on a picture in which no code was seen.
const CodeNone slipcheck.Code = "none"

// BookFit says how a signed slip fits the book of this machine.
type BookFit string

// The answers.
const (
	BookFits    BookFit = "fits"    // the dossier is here, and it is the one the slip was printed for
	BookDiffers BookFit = "differs" // another filing stands under this number: a person must look
	BookAbsent  BookFit = "absent"  // filed elsewhere, or before the book was restored
)

// SlipVerdict is what can be said about a slip. Its words are stable: screens and scripts compare them.
type SlipVerdict struct {
	Code       slipcheck.Code `json:"code"`
	Other      string         `json:"other,omitempty"` // what else was scanned
	Slip       string         `json:"slip,omitempty"`  // proven only where signed; with "unchecked" it is what the code claims
	Signed     bool           `json:"signed"`
	Procedure  *procedureName `json:"procedure,omitempty"`
	At         int64          `json:"at,omitempty"` // unix ms
	Office     string         `json:"office,omitempty"`
	Own        bool           `json:"own,omitempty"`
	Status     string         `json:"status,omitempty"` // of a machine the province withdrew
	When       slipcheck.When `json:"when,omitempty"`
	ClockDoubt bool           `json:"clock_doubt,omitempty"` // this machine's own clock is not confirmed
	Book       BookFit        `json:"book,omitempty"`
	ListAt     int64          `json:"list_at,omitempty"` // of the province's list of machines; absent: none is here
	Practice   bool           `json:"practice,omitempty"`
}

var problemNoReader = Problem{Code: "no_reader", Status: http.StatusNotFound,
	Message: say("Máy này chưa đọc được mã bằng máy ảnh.", "This machine cannot read codes with its camera."),
	Next:    say("Dùng máy quét cầm tay, hoặc nhờ cán bộ kiểm tra.", "Use the hand scanner, or ask an officer to check.")}

func (d *Desk) verifySlip(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Code string `json:"code"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	v, err := d.VerifySlip(r.Context(), in.Code)
	if err != nil {
		return err
	}
	return ok(w, v)
}

// verifyPicture looks for a code in one picture of the camera; the screen sends one after another.
func (d *Desk) verifyPicture(w http.ResponseWriter, r *http.Request) error {
	codes, err := d.codesIn(r)
	if err != nil {
		return err
	}
	v, err := d.VerifyCodes(r.Context(), codes)
	if err != nil {
		return err
	}
	return ok(w, v)
}

// VerifyCodes judges what was read from one picture: the first slip counts, for a paper may carry
// other codes beside it.
func (d *Desk) VerifyCodes(ctx context.Context, codes []string) (SlipVerdict, error) {
	best := SlipVerdict{Code: CodeNone}
	for _, code := range codes {
		v, err := d.VerifySlip(ctx, code)
		if err != nil || v.Code != slipcheck.NotSlip {
			return v, err
		}
		if best.Code == CodeNone {
			best = v
		}
	}
	return best, nil
}

// codesIn reads the codes in the picture a screen sends. One is decoded at a time: a decoded one is large.
func (d *Desk) codesIn(r *http.Request) ([]string, error) {
	if d.ReadCodes == nil {
		return nil, problemNoReader.Because(nil)
	}
	data, err := body(r)
	if err != nil {
		return nil, err
	}
	select {
	case d.decoding <- struct{}{}:
	case <-r.Context().Done():
		return nil, problemDigest.Because(r.Context().Err())
	}
	defer func() { <-d.decoding }()
	img, err := scan.Gray(data)
	if scan.IsRefusal(err) != "" {
		return nil, problemScan.Because(err)
	}
	if err != nil {
		return nil, err
	}
	return d.ReadCodes(r.Context(), img)
}

// VerifySlip judges a text by the keys that are here, and what a known machine signed by the book.
// The office in use may have no book: then nothing is said of it.
func (d *Desk) VerifySlip(ctx context.Context, text string) (SlipVerdict, error) {
	office := d.office.Load()
	keys := slipcheck.Keys{Own: office.Own}
	if office.Fleet != nil {
		list, err := office.Fleet(ctx)
		if err != nil { // a damaged list must not keep a good one, or this machine's own key, from judging
			d.Log.Error("a list of machine keys cannot be used", "error", err)
		}
		keys.List = list
	}
	now, quality := d.now()
	v := slipcheck.Judge(text, keys, now)
	out := SlipVerdict{Code: v.Code, Other: v.Other, Signed: v.Signed, Own: v.Own, When: v.When, ListAt: keys.List.Issued, Practice: office.Practice}
	out.ClockDoubt = v.When != slipcheck.Plausible && doubtful(quality)
	if v.Code == slipcheck.Unchecked {
		out.Slip = v.Claim.Slip.String()
	}
	if !v.Signed {
		return out, nil
	}
	name := d.name("", v.Claim.Procedure)
	out.Slip, out.Procedure, out.At, out.Office = v.Claim.Slip.String(), &name, v.Claim.At, v.Machine.Office
	if v.Code == slipcheck.Withdrawn {
		out.Status = string(v.Machine.Status)
	}
	fit, err := d.fits(ctx, v.Claim)
	out.Book = fit
	return out, err
}

// fits compares what a slip says with the filing under its number: procedure, second and manifest.
func (d *Desk) fits(ctx context.Context, claim dossier.SlipQR) (BookFit, error) {
	book := d.book()
	if book == nil {
		return "", nil
	}
	found, err := book.Find(ctx, claim.Slip)
	if isUnknown(err) {
		return BookAbsent, nil
	}
	if err != nil {
		return "", err
	}
	first, is := found.State.Submission(0)
	if !is {
		return "", errors.New("the dossier of a slip has no filing")
	}
	if found.State.Procedure == claim.Procedure && found.State.FiledAt/1000 == claim.At/1000 &&
		dossier.HalfManifest(syncproto.Digest(first.Manifest)) == claim.Manifest {
		return BookFits, nil
	}
	return BookDiffers, nil
}
