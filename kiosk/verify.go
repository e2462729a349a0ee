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

// codeNone is the verdict on a picture in which no code was seen.
const codeNone slipcheck.Code = "none"

// bookFit says how a signed slip fits the book of this machine.
type bookFit string

const (
	bookFits    bookFit = "fits"    // the dossier is here, and it is the one the slip was printed for
	bookDiffers bookFit = "differs" // another filing stands under this number: a person must look
	bookAbsent  bookFit = "absent"  // filed elsewhere, or before the book was restored
)

type verdictView struct {
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
	Book       bookFit        `json:"book,omitempty"`
	ListAt     int64          `json:"list_at,omitempty"` // of the province's list of machines; absent: none is here
	Practice   bool           `json:"practice,omitempty"`
}

var problemNoReader = Problem{Code: "no_reader", status: http.StatusNotFound,
	Message: say("Máy này chưa đọc được mã bằng máy ảnh.", "This machine cannot read codes with its camera."),
	Next:    say("Dùng máy quét cầm tay, hoặc nhờ cán bộ kiểm tra.", "Use the hand scanner, or ask an officer to check.")}

func (d *Desk) verifySlip(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Code string `json:"code"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	v, err := d.verdict(r.Context(), in.Code)
	if err != nil {
		return err
	}
	return ok(w, v)
}

// verifyPicture looks for a code in one picture of the camera; the screen sends one after another.
func (d *Desk) verifyPicture(w http.ResponseWriter, r *http.Request) error {
	if d.ReadCodes == nil {
		return problemNoReader.because(nil)
	}
	data, err := body(r)
	if err != nil {
		return err
	}
	codes, err := d.codesIn(r, data)
	if scan.IsRefusal(err) != "" {
		return problemScan.because(err)
	}
	if err != nil {
		return err
	}
	best := verdictView{Code: codeNone}
	for _, code := range codes {
		v, err := d.verdict(r.Context(), code)
		if err != nil {
			return err
		}
		if best.Code == codeNone || v.Code != slipcheck.NotSlip {
			best = v
		}
		if v.Code != slipcheck.NotSlip {
			break // a paper may carry other codes beside the slip's
		}
	}
	return ok(w, best)
}

// codesIn decodes one picture at a time: a decoded one is large.
func (d *Desk) codesIn(r *http.Request, data []byte) ([]string, error) {
	select {
	case d.decoding <- struct{}{}:
	case <-r.Context().Done():
		return nil, problemDigest.because(r.Context().Err())
	}
	defer func() { <-d.decoding }()
	img, err := scan.Gray(data)
	if err != nil {
		return nil, err
	}
	return d.ReadCodes(r.Context(), img)
}

// verdict judges a text by the keys that are here, and what a known machine signed by the book.
func (d *Desk) verdict(ctx context.Context, text string) (verdictView, error) {
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
	out := verdictView{Code: v.Code, Other: v.Other, Signed: v.Signed, Own: v.Own, When: v.When, ListAt: keys.List.Issued, Practice: office.Practice}
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
func (d *Desk) fits(ctx context.Context, claim dossier.SlipQR) (bookFit, error) {
	found, err := d.book().Find(ctx, claim.Slip)
	if isUnknown(err) {
		return bookAbsent, nil
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
		return bookFits, nil
	}
	return bookDiffers, nil
}
