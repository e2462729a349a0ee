package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"sort"
)

// sample is one prepared dossier of the tree, typed in by the demonstration.
type sample struct {
	dir         string
	Reference   string                     `json:"reference"`
	Procedure   string                     `json:"procedure"`
	Case        string                     `json:"case"`
	Applicant   map[string]any             `json:"applicant"`
	Submitter   map[string]any             `json:"submitter"`
	Answers     map[string]json.RawMessage `json:"answers"`
	Attachments []struct {
		File      string `json:"file"`
		Component string `json:"component"`
		Originals int    `json:"originals"`
		Copies    int    `json:"copies"`
	} `json:"attachments"`
}

func readSamples(dir string) ([]sample, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "dossier.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no sample dossiers in %s: %w", dir, err)
	}
	sort.Strings(files)
	var out []sample
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		s := sample{dir: filepath.Dir(f)}
		if err := json.Unmarshal(b, &s); err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// filed is what a resident walks away with, and what the kiosk says it stored.
type filed struct {
	Slip   string
	Second string           // last four digits of the citizen number
	Scans  map[string]int64 // digest → length, as the kiosk answered
	PDF    int              // bytes of the printed slip
	Name   string           // of the procedure
}

// fileOne goes the resident's way through the same calls as the screens.
func (c *caller) fileOne(ctx context.Context, s sample) (filed, error) {
	out := filed{Scans: map[string]int64{}}
	var draft struct {
		ID string `json:"id"`
	}
	if err := c.do(ctx, "POST", "/api/drafts", map[string]any{"procedure": s.Procedure, "case": s.Case, "language": "vi", "secret": false}, nil, &draft); err != nil {
		return out, err
	}
	at := "/api/drafts/" + draft.ID
	if err := c.people(ctx, at, s); err != nil {
		return out, err
	}
	for field, value := range s.Answers {
		if err := c.do(ctx, "PUT", at+"/fields/"+url.PathEscape(field), map[string]any{"value": value}, nil, nil); err != nil {
			return out, err
		}
	}
	if err := c.papers(ctx, at, s, out.Scans); err != nil {
		return out, err
	}
	return out, c.submit(ctx, at, s, &out)
}

func (c *caller) people(ctx context.Context, at string, s sample) error {
	if err := c.do(ctx, "PUT", at+"/applicant", s.Applicant, nil, nil); err != nil {
		return err
	}
	if s.Submitter == nil {
		return nil
	}
	return c.do(ctx, "PUT", at+"/submitter", s.Submitter, nil, nil)
}

type stored struct {
	SHA256 string `json:"sha256"`
	Length int64  `json:"length"`
}

// papers says what became of every paper, sends the scans and signs.
func (c *caller) papers(ctx context.Context, at string, s sample, scans map[string]int64) error {
	for _, a := range s.Attachments {
		data, err := os.ReadFile(filepath.Join(s.dir, a.File))
		if err != nil {
			return err
		}
		if err := c.do(ctx, "PUT", at+"/components/"+url.PathEscape(a.Component),
			map[string]any{"state": "provided", "originals": a.Originals, "copies": a.Copies}, nil, nil); err != nil {
			return err
		}
		var kept stored
		q := url.Values{"component": {a.Component}, "name": {a.File}}
		if err := c.do(ctx, "PUT", at+"/scans?"+q.Encode(), data, digestHeader(data), &kept); err != nil {
			return err
		}
		scans[kept.SHA256] = kept.Length
	}
	line := signature()
	return c.do(ctx, "PUT", at+"/signature?kind=drawn", line, digestHeader(line), nil)
}

func digestHeader(data []byte) map[string]string {
	sum := sha256.Sum256(data)
	return map[string]string{"Content-Digest": "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":",
		"Content-Type": "application/octet-stream"}
}

// signature draws a line as a finger would.
func signature() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 320, 120))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for x := 20; x < 300; x++ {
		y := 60 + (x*x/97)%40 - 20
		for t := range 3 {
			img.Set(x, y+t, color.RGBA{20, 30, 80, 255})
		}
	}
	var b bytes.Buffer
	if png.Encode(&b, img) != nil {
		return nil // cannot happen: a buffer takes everything
	}
	return b.Bytes()
}

// submit files the draft, leaving to an officer what the sample does not say, and prints the slip.
func (c *caller) submit(ctx context.Context, at string, s sample, out *filed) error {
	var receipt struct {
		Slip string `json:"slip"`
		PDF  string `json:"slip_pdf"`
	}
	if err := c.do(ctx, "POST", at+"/submit", map[string]any{"consent": map[string]string{"version": "c1"}, "as_is": true}, nil, &receipt); err != nil {
		return err
	}
	var pdf []byte
	if err := c.do(ctx, "GET", receipt.PDF, nil, nil, &pdf); err != nil {
		return err
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return fmt.Errorf("the slip of %s is not a PDF", s.Reference)
	}
	out.Slip, out.PDF = receipt.Slip, len(pdf)
	if id, is := s.Applicant["citizen_id"].(string); is && len(id) >= 4 {
		out.Second = id[len(id)-4:]
	}
	return nil
}

// outbox is the page that explains where everything is.
type outbox struct {
	Line struct {
		State   string `json:"state"`
		RateBPS int64  `json:"rate_bps"`
	} `json:"line"`
	Dossiers []struct {
		Slip string `json:"slip"`
		Acks []struct {
			Code string `json:"code"`
			Done bool   `json:"done"`
		} `json:"acks"`
		BytesLeft int64 `json:"bytes_left"`
	} `json:"dossiers"`
}

// counts says how many dossiers have each of the four acknowledgements.
func (o outbox) counts() (n [4]int) {
	for _, d := range o.Dossiers {
		for i, a := range d.Acks {
			if i < len(n) && a.Done {
				n[i]++
			}
		}
	}
	return n
}

func (o outbox) bytesLeft() (n int64) {
	for _, d := range o.Dossiers {
		n += d.BytesLeft
	}
	return n
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size
}
