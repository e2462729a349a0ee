package processes

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// browser speaks to a web door as a page does: one cookie jar, one origin.
type browser struct {
	base, visit string
	client      *http.Client
}

func newBrowser(base string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // only options can be wrong
	}
	return &browser{base: base, client: &http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{}}}
}

// close ends the connections the browser keeps open.
func (b *browser) close() { b.client.CloseIdleConnections() }

// refusal is an answer with a status of 400 or more.
type refusal struct {
	status int
	body   string
}

func (r *refusal) Error() string { return fmt.Sprintf("status %d: %s", r.status, r.body) }

// do sends body (nil, []byte, or a value for JSON) and decodes the answer into v (nil, *[]byte, or a value).
func (b *browser) do(method, path string, body, v any) error {
	header := http.Header{"Origin": {b.base}}
	raw, isRaw := body.([]byte)
	switch {
	case isRaw:
		sum := sha256.Sum256(raw)
		header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	case body != nil:
		header.Set("Content-Type", "application/json")
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
	}
	if b.visit != "" {
		header.Set("X-Visit", b.visit)
	}
	req, err := http.NewRequest(method, b.base+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header = header
	resp, err := b.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= 400 {
		return fmt.Errorf("%s %s: %w", method, path, &refusal{resp.StatusCode, tail(answer)})
	}
	switch into := v.(type) {
	case nil:
		return nil
	case *[]byte:
		*into = answer
		return nil
	}
	return json.Unmarshal(answer, v)
}

// enterDesk opens the desk's one-time address and begins a visit.
func enterDesk(address string) (*browser, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	b := newBrowser(u.Scheme + "://" + u.Host)
	err = b.do("GET", u.RequestURI(), nil, nil)
	var r *refusal
	if errors.As(err, &r) && r.status == http.StatusServiceUnavailable {
		err = nil // programs built without their screens say so; the pass is there
	}
	if err != nil {
		return b, err
	}
	var visit struct{ Token string }
	if err := b.do("POST", "/api/visits", nil, &visit); err != nil {
		return b, err
	}
	b.visit = visit.Token
	return b, nil
}

// draft goes the resident's way up to the submission and gives the draft's path and what it holds.
func (b *browser) draft(picture []byte) (at string, e expected, err error) {
	var draft struct{ ID string }
	if err := b.do("POST", "/api/drafts", map[string]any{"procedure": "1.001776", "language": "vi", "secret": false}, &draft); err != nil {
		return "", e, err
	}
	at = "/api/drafts/" + draft.ID
	if err := b.do("PUT", at+"/applicant", map[string]any{"citizen_id": canaryCitizen, "full_name": canaryName,
		"birth_date": "1976-03-02", "sex": "female", "phone": canaryPhone, "address": canaryAddress}, nil); err != nil {
		return at, e, err
	}
	if err := b.do("PUT", at+"/fields/contact_phone", map[string]any{"value": canaryPhone}, nil); err != nil {
		return at, e, err
	}
	if err := b.do("PUT", at+"/components/p1", map[string]any{"state": "provided", "originals": 1}, nil); err != nil {
		return at, e, err
	}
	name := canaryFile + ".jpg"
	var kept struct {
		SHA256 string
		Length int64
	}
	q := url.Values{"component": {"p1"}, "name": {name}}
	if err := b.do("PUT", at+"/scans?"+q.Encode(), picture, &kept); err != nil {
		return at, e, err
	}
	e.Attachments = []attachment{{name, kept.SHA256, kept.Length, true}}
	return at, e, b.do("PUT", at+"/signature?kind=paper", nil, nil)
}

// submit files the draft. answered is false when nobody knows whether it was filed.
func (b *browser) submit(at string) (slip string, answered bool, err error) {
	var receipt struct{ Slip string }
	err = b.do("POST", at+"/submit", map[string]any{"consent": map[string]string{"version": "c1"}, "as_is": true}, &receipt)
	var r *refusal
	return digits(receipt.Slip), err == nil || errors.As(err, &r), err
}

func digits(slip string) string { return strings.NewReplacer("-", "", " ", "").Replace(slip) }

// picture is a small JPEG no two of which are alike.
func picture(chance *rand.Rand) []byte {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = byte(chance.Uint32())
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// signIn is an officer at the portal's pages.
func (l *lab) signIn() *browser {
	l.t.Helper()
	b := newBrowser(l.web)
	l.t.Cleanup(b.close)
	l.check(b.do("POST", "/api/session", map[string]string{"user": officer, "password": password}, nil))
	return b
}

// dossier finds a dossier's id by its slip, as an officer does.
func (b *browser) dossier(slip string) (id string, err error) {
	var inbox struct {
		Dossiers []struct{ ID, Slip string }
	}
	if err := b.do("GET", "/api/inbox?q="+slip, nil, &inbox); err != nil {
		return "", err
	}
	for _, d := range inbox.Dossiers {
		if digits(d.Slip) == slip {
			return d.ID, nil
		}
	}
	return "", fmt.Errorf("slip %s is not in the officer's inbox", slip)
}

// until repeats a question until its answer is yes.
func until(what string, yes func() (bool, error)) error {
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		ok, err := yes()
		if err != nil || ok {
			return err
		}
		if time.Since(begun) > patience {
			return fmt.Errorf("waited for this in vain: %s", what)
		}
	}
}
