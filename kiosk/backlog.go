package kiosk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/form"
	"bendo/internal/ledger"
	"bendo/internal/vietnam"
	"bendo/kiosk/scan"
	"bendo/syncproto"
)

// Prepared is dossier.json of one folder: back-log that is digitised, or a batch that another
// system prepared. Keys it does not know are left alone; values the form would not accept are
// filed with a verdict for an officer.
type Prepared struct {
	Reference   string          `json:"reference"` // unique in the book; filing it again gives the first slip
	Procedure   string          `json:"procedure"`
	Case        string          `json:"case"`
	SubmittedAt string          `json:"submitted_at"` // RFC 3339 or a day; a claim that sets no due date
	Applicant   dossier.Person  `json:"applicant"`
	Submitter   *dossier.Person `json:"submitter"`
	Answers     json.RawMessage `json:"answers"`
	Attachments []PreparedScan  `json:"attachments"`
	Note        string          `json:"note"`
}

// PreparedScan names one file of the folder.
type PreparedScan struct {
	File      string `json:"file"` // a plain name inside the folder
	Component string `json:"component"`
	Originals int    `json:"originals"`
	Copies    int    `json:"copies"`
}

// FiledFolder is a dossier that has its slip.
type FiledFolder struct {
	Reference string `json:"reference"`
	Slip      string `json:"slip"` // 14 digits
}

// FolderProblem is a folder that was not filed; the others were.
type FolderProblem struct {
	Folder    string `json:"folder"`
	Reference string `json:"reference,omitempty"`
	Code      string `json:"code"`
	Message   string `json:"message"`
}

func (p *FolderProblem) Error() string { return p.Code + ": " + p.Message }

// FileReport is what became of every sub-folder, in the order of their names.
type FileReport struct {
	Filed    []FiledFolder   `json:"filed"`
	Problems []FolderProblem `json:"problems"`
}

const maxPreparedJSON = 4 << 20

// FileFolder files every sub-folder of dir. A folder that cannot be filed is reported by name
// and reason and does not stop the rest; only a book that cannot take anything (not enrolled,
// disk full) ends it early, with what was filed so far. asIs stores attachments unchanged.
func (d *Desk) FileFolder(ctx context.Context, dir string, asIs bool) (FileReport, error) {
	report := FileReport{Filed: []FiledFolder{}, Problems: []FolderProblem{}}
	if _, err := d.identity(ctx); err != nil {
		return report, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return report, fmt.Errorf("reading the folder of dossiers: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() && e.Type()&fs.ModeSymlink == 0 {
			continue // a list or a note beside the dossiers
		}
		filed, err := d.fileOne(ctx, dir, e.Name(), asIs)
		var p *FolderProblem
		switch {
		case err == nil:
			report.Filed = append(report.Filed, filed)
		case errors.As(err, &p):
			p.Folder, p.Reference = e.Name(), filed.Reference
			report.Problems = append(report.Problems, *p)
		default:
			return report, fmt.Errorf("filing folder %q: %w", e.Name(), err)
		}
	}
	return report, nil
}

func folderProblem(code, format string, args ...any) error {
	return &FolderProblem{Code: code, Message: fmt.Sprintf(format, args...)}
}

func (d *Desk) fileOne(ctx context.Context, dir, name string, asIs bool) (FiledFolder, error) {
	if info, err := os.Lstat(dir + string(os.PathSeparator) + name); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return FiledFolder{}, folderProblem("link", "the folder is a link; copy the folder itself here")
	}
	root, err := os.OpenRoot(dir + string(os.PathSeparator) + name)
	if err != nil {
		return FiledFolder{}, folderProblem("unreadable_folder", "the folder cannot be opened: %v", err)
	}
	defer root.Close()
	if err := d.enough(ledger.RoomToBegin); err != nil {
		return FiledFolder{}, err
	}
	source, p, err := readPrepared(root)
	if err != nil {
		return FiledFolder{Reference: p.Reference}, err
	}
	request, digests, err := d.request(ctx, root, source, p, asIs)
	if err != nil {
		return FiledFolder{Reference: p.Reference}, err
	}
	filed, err := d.book().File(ctx, request)
	switch {
	case errors.Is(err, dossier.ErrTooLarge):
		return FiledFolder{Reference: p.Reference}, folderProblem("too_large", "answers, notes and names are more than the %d KiB one dossier can carry; shorten them, or attach the text as a file", dossier.MaxPayload>>10)
	case errors.Is(err, ledger.ErrReferenceChanged):
		return FiledFolder{Reference: p.Reference}, errReferenceChanged()
	case errors.Is(err, ledger.ErrUnfit), errors.Is(err, ledger.ErrLimit):
		return FiledFolder{Reference: p.Reference}, folderProblem("not_fit", "the dossier is too large or has a part nobody could read (%v); mend it or part it in two", err)
	}
	if err != nil {
		return FiledFolder{Reference: p.Reference}, err
	}
	if filed.Again {
		err = d.sameScans(ctx, filed.Dossier, digests)
	}
	return FiledFolder{p.Reference, string(filed.Slip)}, err
}

func errReferenceChanged() error {
	return folderProblem("reference_changed", "this reference was filed before with other content; give the changed dossier a new reference")
}

// readPrepared reads dossier.json; its exact bytes are the source the dossier refers to.
func readPrepared(root *os.Root) ([]byte, Prepared, error) {
	var p Prepared
	source, err := readPlain(root, "dossier.json", maxPreparedJSON)
	if err != nil {
		return nil, p, err
	}
	if !utf8.Valid(source) {
		return nil, p, folderProblem("unreadable_json", "dossier.json is not UTF-8; save it again as UTF-8")
	}
	if err := json.Unmarshal(source, &p); err != nil {
		return nil, p, folderProblem("unreadable_json", "dossier.json cannot be read: %v", err)
	}
	reference, err := vietnam.Normalize(p.Reference)
	if err != nil || reference == "" || len(reference) > 200 {
		return nil, p, folderProblem("no_reference", "dossier.json has no usable reference; give every dossier its own (at most 200 bytes)")
	}
	p.Reference = reference
	if strings.TrimSpace(p.Applicant.FullName) == "" {
		return nil, p, folderProblem("no_name", "the applicant has no full_name; write the name as on the citizen card")
	}
	if len(p.Answers) == 0 || string(p.Answers) == "null" {
		p.Answers = json.RawMessage("{}")
	}
	if p.Answers, err = cleanAnswer(p.Answers); err != nil {
		return nil, p, folderProblem("unreadable_json", "answers cannot be read: %v", err)
	}
	return source, p, nil
}

// readPlain reads a regular file with a plain name: no folders, no links, at most limit bytes.
func readPlain(root *os.Root, name string, limit int64) ([]byte, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
		return nil, folderProblem("bad_file_name", "file %q is not a plain name inside the folder", name)
	}
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, folderProblem("missing_file", "file %q is not in the folder", name)
	}
	if err != nil {
		return nil, folderProblem("unreadable_file", "file %q cannot be looked at: %v", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, folderProblem("bad_file_name", "file %q is a link or not a regular file; put the file itself into the folder", name)
	}
	if info.Size() > limit {
		return nil, folderProblem("too_large", "file %q has %d bytes, at most %d are taken", name, info.Size(), limit)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, folderProblem("unreadable_file", "file %q cannot be opened: %v", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, folderProblem("unreadable_file", "file %q cannot be read: %v", name, err)
	}
	if int64(len(data)) > limit {
		return nil, folderProblem("too_large", "file %q grew beyond %d bytes while it was read", name, limit)
	}
	return data, nil
}

// request turns a prepared dossier into a filing, judged but not stopped by the judgement.
func (d *Desk) request(ctx context.Context, root *os.Root, source []byte, p Prepared, asIs bool) (ledger.FileRequest, []syncproto.Digest, error) {
	k, err := d.known("", p.Procedure)
	if err != nil || feedback.Reserved(p.Procedure) { // a petition or a request is its sender's to send
		return ledger.FileRequest{}, nil, folderProblem("unknown_procedure", "procedure %q is not in the catalogue in force", p.Procedure)
	}
	submittedAt, err := claimedTime(p.SubmittedAt)
	if err != nil {
		return ledger.FileRequest{}, nil, err
	}
	attachments, digests, err := readAttachments(root, p.Attachments, asIs)
	if err != nil {
		return ledger.FileRequest{}, nil, err
	}
	verdict, err := d.verdictOf(ctx, k, p)
	if err != nil {
		return ledger.FileRequest{}, nil, err
	}
	verdict = append(verdict, unforeseen(k, source, p)...)
	payload := dossier.SubmittedPayload{Procedure: p.Procedure, Pack: string(k.pack.Version), Case: p.Case,
		Channel: dossier.ChannelFile, Route: k.procedure.Route, Handover: dossier.Handover(k.procedure.HandoverFor(false)),
		SubmittedAt: submittedAt, Applicant: normalPerson(p.Applicant, staffEvidence), Answers: p.Answers,
		Components: unscanned(k, p), Verdict: verdict, Note: p.Note, Language: "vi"}
	if p.Submitter != nil {
		s := normalPerson(*p.Submitter, staffEvidence)
		payload.Submitter = &s
	}
	return ledger.FileRequest{Reference: p.Reference, SourceSHA256: sha256.Sum256(source), Payload: payload,
		Attachments: attachments, Actor: "file"}, digests, nil
}

// claimedTime reads when the dossier is said to have been submitted: RFC 3339, or a day.
func claimedTime(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UnixMilli(), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, officeZone); err == nil {
		return t.UnixMilli(), nil
	}
	return 0, folderProblem("bad_submitted_at", "submitted_at %q is neither 2006-01-02 nor 2006-01-02T15:04:05+07:00", s)
}

func readAttachments(root *os.Root, list []PreparedScan, asIs bool) ([]ledger.Attachment, []syncproto.Digest, error) {
	if len(list) > syncproto.MaxBlobs {
		return nil, nil, folderProblem("too_many_files", "%d attachments, at most %d; join pages into one PDF", len(list), syncproto.MaxBlobs)
	}
	var out []ledger.Attachment
	var digests []syncproto.Digest
	for _, a := range list {
		one, sha, err := readAttachment(root, a, asIs)
		if err != nil {
			return nil, nil, err
		}
		out, digests = append(out, one), append(digests, sha)
	}
	return out, digests, nil
}

// readAttachment looks at one file. Pictures made small are held; what is stored unchanged is
// read a second time when it is filed, so that a folder of large files never lies in memory.
func readAttachment(root *os.Root, a PreparedScan, asIs bool) (ledger.Attachment, syncproto.Digest, error) {
	name, err := vietnam.Normalize(a.File)
	if err != nil {
		return ledger.Attachment{}, syncproto.Digest{}, folderProblem("bad_file_name", "file %q has letters that cannot be stored", a.File)
	}
	data, err := readPlain(root, a.File, scan.MaxBytes)
	if err != nil {
		return ledger.Attachment{}, syncproto.Digest{}, err
	}
	one := ledger.Attachment{Component: a.Component, Name: name, MIME: http.DetectContentType(data), Originals: a.Originals, Copies: a.Copies}
	sha := syncproto.Digest(sha256.Sum256(data))
	one.Open = func() (io.ReadCloser, error) { return openUnchanged(root, a.File, sha) }
	if asIs {
		return one, sha, nil
	}
	small, err := scan.Reduce(data)
	if err != nil {
		return one, sha, folderProblem("attachment_refused", "file %q is not a scan an officer can open (%s); mend it, or file with --as-is", a.File, scan.IsRefusal(err))
	}
	if one.MIME = small.MIME; small.MIME != scan.PDF {
		sha = sha256.Sum256(small.Data)
		one.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(small.Data)), nil }
	}
	return one, sha, nil
}

// openUnchanged reads a file again and refuses it when it is not what was looked at.
func openUnchanged(root *os.Root, name string, want syncproto.Digest) (io.ReadCloser, error) {
	data, err := readPlain(root, name, scan.MaxBytes)
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(data) != want {
		return nil, folderProblem("changed", "file %q changed while it was filed; file the folder again", name)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// verdictOf judges answers and persons; answers that are not an object are one problem.
func (d *Desk) verdictOf(ctx context.Context, k known, p Prepared) ([]dossier.Verdict, error) {
	id, err := d.identity(ctx)
	if err != nil {
		return nil, err
	}
	answers := map[string]any{}
	if err := json.Unmarshal(p.Answers, &answers); err != nil {
		return nil, folderProblem("unreadable_json", "answers is not an object of question ids and answers")
	}
	j := judged{known: k, draft: ledger.Draft{Applicant: &p.Applicant, Submitter: p.Submitter, Signature: &dossier.Signature{Kind: "paper"}}}
	fctx := judgingFor(id, p.Case, d.today())
	for _, q := range form.Judge(k.form, answers, fctx).Problems {
		j.problems = append(j.problems, problemView{Where: whereAnswers, Field: q.Field, Row: q.Row, Code: string(q.Code)})
	}
	j.people(fctx.Today)
	return verdicts(j.problems), nil
}

// unforeseen tells the officer of keys nobody reads (a misspelt one hides something) and of
// papers the procedure does not have. Neither stops a filing: the file itself is kept by whoever
// prepared it, and its digest travels.
func unforeseen(k known, source []byte, p Prepared) (out []dossier.Verdict) {
	var keys map[string]json.RawMessage
	if json.Unmarshal(source, &keys) == nil {
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if !slices.Contains(preparedKeys, key) {
				out = append(out, dossier.Verdict{Code: "unknown_key", Where: "file", Field: key})
			}
		}
	}
	for _, a := range p.Attachments {
		if _, found := k.pack.Component(p.Procedure, "", a.Component); found || a.Component == "" {
			continue
		}
		if _, found := k.pack.Component(p.Procedure, p.Case, a.Component); !found {
			out = append(out, dossier.Verdict{Code: "unknown_component", Where: wherePapers, Component: a.Component})
		}
	}
	return out
}

// preparedKeys are the keys of Prepared.
var preparedKeys = []string{"reference", "procedure", "case", "submitted_at", "applicant", "submitter", "answers", "attachments", "note"}

// unscanned gives a state to the papers that came without a file.
func unscanned(k known, p Prepared) []dossier.Component {
	scanned := map[string]bool{}
	for _, a := range p.Attachments {
		scanned[a.Component] = true
	}
	caseID := p.Case
	if k.form.Case(caseID) == nil {
		caseID = "" // the verdict names it; the papers are those of no case
	}
	expected, err := k.pack.Expect(p.Procedure, caseID, catalog.ChannelCounter)
	if err != nil {
		return nil
	}
	var out []dossier.Component
	for _, e := range expected.Papers {
		if scanned[e.ID] {
			continue
		}
		out = append(out, dossier.Component{ID: e.ID, State: silent(e.Component)})
	}
	return out
}

// sameScans compares a repeated folder's files with what was filed the first time.
func (d *Desk) sameScans(ctx context.Context, id syncproto.DossierID, digests []syncproto.Digest) error {
	filed, err := d.book().Filing(ctx, id)
	if err != nil {
		return err
	}
	before, now := map[syncproto.Digest]bool{}, map[syncproto.Digest]bool{}
	for _, c := range filed.Components {
		for _, b := range c.Blobs {
			before[b.SHA256] = true
		}
	}
	for _, sha := range digests {
		now[sha] = true
	}
	if !maps.Equal(before, now) {
		return errReferenceChanged()
	}
	return nil
}
