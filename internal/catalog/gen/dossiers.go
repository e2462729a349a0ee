package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"bendo/internal/catalog/sample"
)

// which 12 dossiers the demo files: every procedure once, the busiest twice.
var demo = []struct {
	code string
	seed uint64
}{
	{"1.001193", 1}, {"1.001193", 12}, {"1.000656", 2}, {"1.000656", 13}, {"1.004873", 3}, {"2.000815", 4},
	{"2.000815", 15}, {"1.004194", 5}, {"1.004194", 16}, {"1.001776", 6}, {"1.001612", 27}, {"1.012812", 8},
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
	Copies    int    `json:"copies,omitempty"`
}

// prepared is dossier.json as `kiosk file` reads it.
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

func claimed(p sample.Person) person {
	return person{p.ID, p.Name, p.Birth, p.Sex, p.Phone, p.Line()}
}

func dossiers(a []string) error {
	if err := empty(a[0]); err != nil {
		return err
	}
	total := 0
	for i, x := range demo {
		d, _ := sample.Make(x.code, x.seed)
		n, err := writeDossier(filepath.Join(a[0], fmt.Sprintf("%02d-%s", i+1, x.code)), d, x.seed)
		if err != nil {
			return err
		}
		total += n
	}
	fmt.Printf("%d dossiers, %d bytes of scans\n", len(demo), total)
	return nil
}

func writeDossier(dir string, d sample.Dossier, seed uint64) (scans int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	p := prepared{Reference: d.Reference, Procedure: d.Procedure, Case: d.Case, SubmittedAt: d.Day + "T08:30:00+07:00", Applicant: claimed(d.Applicant), Answers: d.Answers, Note: d.Note}
	if d.Submitter != nil {
		s := claimed(*d.Submitter)
		p.Submitter = &s
	}
	for _, paper := range d.Papers {
		jpg, err := sample.Scan(paper, seed, 62)
		if err != nil {
			return 0, err
		}
		if err := os.WriteFile(filepath.Join(dir, paper.File), jpg, 0o644); err != nil {
			return 0, err
		}
		scans += len(jpg)
		p.Attachments = append(p.Attachments, attachment{paper.File, paper.Component, paper.Originals, paper.Copies})
	}
	out, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return 0, err
	}
	return scans, os.WriteFile(filepath.Join(dir, "dossier.json"), append(out, '\n'), 0o644)
}

// empty makes the folder and refuses one that holds something.
func empty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	there, err := os.ReadDir(dir)
	if err == nil && len(there) > 0 {
		return fmt.Errorf("%s is not empty: remove its content first", dir)
	}
	return err
}
