package kiosk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bendo/internal/dossier"
	"bendo/internal/vietnam"
)

// What is refused here would be refused later, when a resident waits for the slip: a filing
// never fails for something that was answered with "saved".

// maxNesting is far beyond any form and within what the strict reader of a dossier takes.
const maxNesting = 24

// cleanAnswer brings one answer, or all answers of a prepared file, over the border: UTF-8,
// letters composed (NFC, also those written as escapes), every member once, numbers that can be
// read, nesting that the judge and the road accept.
func cleanAnswer(raw []byte) (json.RawMessage, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("the answer is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // the digits stay as they were written
	v, err := cleanValue(dec, 0)
	if err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading an answer: something follows it")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("writing an answer: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func cleanValue(dec *json.Decoder, depth int) (any, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("it is nested deeper than %d", maxNesting)
	}
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case string:
		return norm.NFC.String(v), nil
	case json.Number:
		if _, err := v.Float64(); err != nil {
			return nil, fmt.Errorf("a number is beyond reading: %w", err)
		}
	case json.Delim:
		if v == '{' {
			return cleanObject(dec, depth)
		}
		return cleanList(dec, depth)
	}
	return token, nil
}

func cleanList(dec *json.Decoder, depth int) (any, error) {
	list := []any{}
	for dec.More() {
		v, err := cleanValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := dec.Token()
	return list, err
}

// cleanObject refuses a member that stands twice, also one that differs in case only: nobody can
// say which of the two was meant.
func cleanObject(dec *json.Decoder, depth int) (any, error) {
	object, seen := map[string]any{}, map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		name = norm.NFC.String(name)
		if fold := strings.ToLower(name); seen[fold] {
			return nil, errors.New("a member stands twice")
		} else {
			seen[fold] = true
		}
		if object[name], err = cleanValue(dec, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token()
	return object, err
}

// paperID is what the id of a paper looks like in every pack.
var paperID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

func checkPaper(id string) error {
	if id != "" && !paperID.MatchString(id) {
		return problemBadRequest.Because(errors.New("not the id of a paper"))
	}
	return nil
}

// maxCount is more originals or copies than one dossier has.
const maxCount = 9999

func checkComponent(c dossier.Component) error {
	if c.State != "" && !c.State.Valid() || c.Originals < 0 || c.Copies < 0 || c.Originals > maxCount || c.Copies > maxCount {
		return problemBadRequest.Because(errors.New("not a state or a count of a paper"))
	}
	if c.ID == "" {
		return problemBadRequest.Because(errors.New("no paper is named"))
	}
	return checkPaper(c.ID)
}

// maxName bounds the name of a page, bytes: 128 of them travel with one dossier.
const maxName = 120

// pageName keeps a file's own name without its folders, composed and in one line; a camera's
// page gets its time.
func pageName(name string, now time.Time) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name, err := vietnam.Normalize(name)
	if err != nil || name == "" {
		return "ảnh " + now.In(officeZone).Format("15-04-05") + ".jpg"
	}
	for len(name) > maxName {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return name
}

// tooMuch says whether a draft is more than one event of the road holds, a little early rather
// than late: the slip, the ids and the consent are counted as 2 KiB.
func (j *judged) tooMuch() bool {
	size := 2 << 10
	for field, a := range j.draft.Answers {
		size += len(field) + len(a.Value) + len(a.Evidence) + 32
	}
	for _, part := range []any{j.draft.Applicant, j.draft.Submitter, j.draft.Helper, j.draft.Components, j.draft.Signature, verdicts(j.problems)} {
		raw, err := json.Marshal(part)
		if err != nil {
			return true
		}
		size += len(raw)
	}
	return size > dossier.MaxPayload
}

// roomToAdd must be left beside a paper that is added to a dossier that was begun, less than what is
// asked to begin one (ledger.RoomToBegin). What lies below belongs to filing.
const roomToAdd = 16 << 20

// enough refuses before the resident starts, not when she waits for the slip.
func (d *Desk) enough(bytes int64) error {
	free, err := d.book().Room()
	if err != nil {
		d.Log.Warn("the disk does not say how much room it has", "error", err)
		return nil
	}
	if free < bytes {
		return problemNoRoom.Because(fmt.Errorf("%d MiB are left, %d are asked for", free>>20, bytes>>20))
	}
	return nil
}

// Memory of uploads: four bodies of at most 64 MiB at once, and one picture decoded at a time
// (80 megapixels are up to 640 MB).
const (
	maxBodies  = 4
	maxUploads = 2 * time.Minute // for one body; the screen and the scanner are on this machine
)

// uploading bounds how many attachments are in memory at once and how long one may take.
func (d *Desk) uploading(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		select {
		case d.bodies <- struct{}{}:
		case <-r.Context().Done():
			return problemDigest.Because(r.Context().Err())
		}
		defer func() { <-d.bodies }()
		// A test's recorder has no deadline; a server always has.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(maxUploads))
		return h(w, r)
	}
}

// decoding looks at one picture at a time.
func decoding[T any](d *Desk, r *http.Request, look func() (T, error)) (T, error) {
	select {
	case d.decoding <- struct{}{}:
	case <-r.Context().Done():
		var none T
		return none, problemDigest.Because(r.Context().Err())
	}
	defer func() { <-d.decoding }()
	return look()
}
