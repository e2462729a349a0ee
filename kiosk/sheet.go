package kiosk

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"bendo/internal/catalog"
	"bendo/internal/paper"
)

// A sheet is one procedure on paper (tờ hướng dẫn), for whoever cannot remember a screen. It says
// nothing about a person and leaves nothing here; it costs paper, so only a visit prints it.

var problemNoSheetPrinter = Problem{Code: "no_printer", Status: http.StatusNotFound,
	Message: say("Máy này chưa nối máy in.", "No printer is connected to this machine."),
	Next:    say("Chụp lại màn hình bằng điện thoại, hoặc nhờ cán bộ ở quầy in giúp.", "Photograph the screen, or ask an officer at the counter to print it.")}

var problemSheetPrinter = Problem{Code: "printer", Status: http.StatusServiceUnavailable,
	Message: say("Máy in chưa nhận tờ hướng dẫn.", "The printer did not take the sheet."),
	Next:    say("Gọi cán bộ xem máy in, rồi bấm in lại.", "Call an officer to look at the printer, then print again.")}

var problemSheetDoubt = Problem{Code: "printer_unknown", Status: http.StatusServiceUnavailable,
	Message: say("Không biết máy in đã nhận tờ hướng dẫn hay chưa.", "It is not known whether the printer took the sheet."),
	Next:    say("Xem khay máy in. Chưa có giấy thì bấm in lại.", "Look at the printer. If no paper came, print again.")}

func (d *Desk) sheet(w http.ResponseWriter, r *http.Request) error {
	code, pdf, err := d.sheetPaper(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="thu-tuc-`+code+`.pdf"`)
	_, _ = w.Write(pdf) // a screen that went away needs no answer
	return nil
}

// printSheet goes the slip's way to the printer: no dialog, and the outcome is shown.
func (d *Desk) printSheet(w http.ResponseWriter, r *http.Request) error {
	code, pdf, err := d.sheetPaper(r)
	if err != nil {
		return err
	}
	err = d.print(w, r, "thu tuc "+code, pdf)
	var p *Problem
	switch {
	case errors.As(err, &p) && p.Code == problemNoSheetPrinter.Code:
		return problemNoSheetPrinter.Because(err)
	case errors.As(err, &p) && p.Code == problemSheetPrinter.Code:
		return problemSheetPrinter.Because(err)
	case errors.As(err, &p) && p.Code == problemSheetDoubt.Code:
		return problemSheetDoubt.Because(err)
	}
	return err
}

func (d *Desk) sheetPaper(r *http.Request) (code string, pdf []byte, err error) {
	k, err := d.known("", r.PathValue("code"))
	if err != nil {
		return "", nil, err
	}
	q := r.URL.Query()
	s, err := sheetFor(k, q.Get("case"), q.Get("elsewhere"))
	if err != nil {
		return "", nil, problemNoProcedure.Because(err)
	}
	office, err := d.identity(r.Context())
	if err != nil {
		return "", nil, err
	}
	s.Office, s.Province, s.Practice = office.OfficeName, office.ProvinceName, d.office.Load().Practice
	s.English = q.Get("language") == "en"
	at, quality := d.now()
	s.At, s.Doubt = at, doubtful(quality)
	var b bytes.Buffer
	if err := paper.WriteSheet(&b, s); err != nil {
		return "", nil, fmt.Errorf("drawing a procedure: %w", err)
	}
	return k.procedure.Code, b.Bytes(), nil
}

// sheetFor is the sheet of a procedure, in one of its cases, or of what a situation of its form really is.
func sheetFor(k known, caseID, elsewhere string) (paper.Sheet, error) {
	if elsewhere != "" {
		return elsewhereSheet(k, elsewhere)
	}
	e, err := k.pack.Expect(k.procedure.Code, caseID, catalog.ChannelCounter)
	if err != nil {
		return paper.Sheet{}, err
	}
	return sheetOf(k.pack, e), nil
}

// sheetOf is what the catalogue states, in the words of the screen.
func sheetOf(pack *catalog.Pack, e catalog.Expectation) paper.Sheet {
	p := e.Procedure
	s := paper.Sheet{Code: p.Code, Title: paper.Words(pack.PlainName(p.Code)), Official: paper.Words(p.Name), Field: paper.Words(p.Field),
		Time: paper.Words(e.Time), Fee: paper.Words(e.Fee), Authority: paper.Words(p.Authority), Receiver: paper.Words(p.Receiver),
		Decision: p.Decision, Verified: p.Verified, Pack: string(pack.Version), Next: paper.Words(p.NextText())}
	if e.Case != nil {
		s.Case = paper.Words(e.Case.Name)
	}
	for _, x := range e.Papers {
		one := paper.SheetPaper{Name: paper.Words(x.Name), Kind: x.Kind, Originals: x.Originals, Copies: x.Copies, Written: x.Written}
		if x.Condition != nil && !x.Always {
			one.Condition = paper.Words(*x.Condition)
		}
		if x.ReplacedByData != nil {
			one.ByData = paper.Words(*x.ReplacedByData)
		}
		if x.Swap != nil {
			one.Instead = paper.Words(*x.Swap)
		}
		s.Papers = append(s.Papers, one)
	}
	for _, r := range p.Remarks() {
		s.Remarks = append(s.Remarks, paper.Words(r))
	}
	for _, r := range p.Results {
		s.Results = append(s.Results, r.Name)
	}
	return s
}
