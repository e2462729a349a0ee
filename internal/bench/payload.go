package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"

	"bendo/internal/catalog/sample"
)

// Payload is what is carried: dossiers of people who do not exist, and scans nobody can make smaller.
// Seed is disjoint from the seeds the road's dictionary was trained and measured on.
type Payload struct {
	Name, What string
	Dossiers   int
	Scans      []int // bytes of each; scan i belongs to dossier i modulo Dossiers
	Seed       uint64
}

// spread draws n sizes between least and most that sum to total.
func spread(n, least, most, total int, seed uint64) []int {
	chance := rand.New(rand.NewPCG(seed, seed))
	out, sum := make([]int, n), 0
	for i := range out {
		out[i] = least + chance.IntN(most-least+1)
		sum += out[i]
	}
	for i := 0; sum != total; i = (i + 1) % n { // move towards the total, a kilobyte at a time
		step := min(max(total-sum, -1000), 1000)
		if next := out[i] + step; next >= least && next <= most {
			out[i], sum = next, sum+step
		}
	}
	return out
}

// prepared is dossier.json as kiosk file reads it.
type prepared struct {
	Reference   string         `json:"reference"`
	Procedure   string         `json:"procedure"`
	Case        string         `json:"case,omitempty"`
	SubmittedAt string         `json:"submitted_at,omitempty"`
	Applicant   person         `json:"applicant"`
	Submitter   *person        `json:"submitter,omitempty"`
	Answers     map[string]any `json:"answers"`
	Attachments []attachment   `json:"attachments"`
	Note        string         `json:"note,omitempty"`
}

type person struct {
	CitizenID string `json:"citizen_id"`
	FullName  string `json:"full_name"`
	BirthDate string `json:"birth_date"`
	Sex       string `json:"sex"`
	Phone     string `json:"phone"`
	Address   string `json:"address"`
}

type attachment struct {
	File      string `json:"file"`
	Component string `json:"component,omitempty"`
	Originals int    `json:"originals,omitempty"`
}

func claimed(p sample.Person) person {
	return person{p.ID, p.Name, p.Birth, p.Sex, p.Phone, p.Line()}
}

// write makes one folder for each dossier under dir.
func (p Payload) write(dir string) error {
	for i := range p.Dossiers {
		var scans []int
		for j := i; j < len(p.Scans); j += p.Dossiers {
			scans = append(scans, p.Scans[j])
		}
		if err := writeDossier(filepath.Join(dir, fmt.Sprintf("%04d", i)), p.Seed+uint64(i), scans); err != nil {
			return fmt.Errorf("writing payload %s: %w", p.Name, err)
		}
	}
	return nil
}

func writeDossier(dir string, seed uint64, scans []int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	d, ok := sample.Make(sample.Codes[seed%uint64(len(sample.Codes))], seed)
	if !ok {
		return fmt.Errorf("no sample for seed %d", seed)
	}
	// The prepared reference has four digits of the seed; the whole of it keeps references apart.
	out := prepared{Reference: fmt.Sprintf("%s-%d", d.Reference, seed), Procedure: d.Procedure, Case: d.Case, SubmittedAt: d.Day,
		Applicant: claimed(d.Applicant), Answers: d.Answers, Note: d.Note}
	if d.Submitter != nil {
		s := claimed(*d.Submitter)
		out.Submitter = &s
	}
	for i, size := range scans {
		name := fmt.Sprintf("giay %d.jpg", i+1)
		scan, err := noisyJPEG(size, seed<<8+uint64(i))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), scan, 0o600); err != nil {
			return err
		}
		out.Attachments = append(out.Attachments, attachment{name, "p1", 1})
	}
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "dossier.json"), b, 0o600)
}

// noisyJPEG is a picture a viewer opens, a few dots, and size bytes long: the rest is noise in comment
// segments, as hard to make smaller as what a camera's entropy coder leaves.
func noisyJPEG(size int, seed uint64) ([]byte, error) {
	chance := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24), 1})
	dots := image.NewGray(image.Rect(0, 0, 16, 16))
	_, _ = chance.Read(dots.Pix) // never fails
	var small bytes.Buffer
	if err := jpeg.Encode(&small, dots, nil); err != nil {
		return nil, fmt.Errorf("drawing a scan: %w", err)
	}
	picture := small.Bytes()
	const head, most = 4, 65_533 // a segment's marker and length; what its length field can say, minus itself
	if size < len(picture)+head+1 {
		return nil, fmt.Errorf("a scan of %d bytes is smaller than the page itself (%d)", size, len(picture))
	}
	var out bytes.Buffer
	out.Write(picture[:2]) // start of image
	for left := size - len(picture); left > 0; {
		n := min(left-head, most)
		if rest := left - head - n; rest > 0 && rest <= head {
			n -= head // leave room for one more whole segment
		}
		out.Write([]byte{0xff, 0xfe, byte((n + 2) >> 8), byte(n + 2)})
		noise := make([]byte, n)
		_, _ = chance.Read(noise) // never fails
		out.Write(noise)
		left -= head + n
	}
	out.Write(picture[2:])
	return out.Bytes(), nil
}
