package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// caller speaks to one of the two web doors the way a browser does: one cookie jar, one origin.
type caller struct {
	base   string // scheme://host:port
	client *http.Client
	visit  string // the desk's visit, empty for the portal
}

func newCaller(base string) (*caller, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &caller{base: base, client: &http.Client{Jar: jar, Timeout: time.Minute}}, nil
}

// refused is an answer that says why not.
type refused struct {
	Status int
	Code   string
	Text   string
}

func (r *refused) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Text) }

// do sends body (nil, raw bytes, or a value for JSON) and decodes the answer into v (nil: ignored).
func (c *caller) do(ctx context.Context, method, path string, body any, header map[string]string, v any) error {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		reader = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, reader)
	if err != nil {
		return err
	}
	req.Header.Set("Origin", c.base)
	if c.visit != "" {
		req.Header.Set("X-Visit", c.visit)
	}
	if _, raw := body.([]byte); body != nil && !raw {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, value := range header {
		req.Header.Set(k, value)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %w", method, path, readRefusal(resp.StatusCode, answer))
	}
	switch into := v.(type) {
	case nil:
	case *[]byte:
		*into = answer
	default:
		if err := json.Unmarshal(answer, v); err != nil {
			return fmt.Errorf("%s %s: reading the answer: %w", method, path, err)
		}
	}
	return nil
}

func readRefusal(status int, body []byte) error {
	var p struct {
		Error struct {
			Code    string `json:"code"`
			Message struct {
				EN string `json:"en"`
			} `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &p) != nil || p.Error.Code == "" {
		return &refused{status, "", strings.TrimSpace(tail(body))}
	}
	return &refused{status, p.Error.Code, p.Error.Message.EN}
}

// enter opens the address with the one-time token, as the window does, and begins a visit.
func enter(ctx context.Context, address string) (*caller, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	c, err := newCaller(u.Scheme + "://" + u.Host)
	if err != nil {
		return nil, err
	}
	if err := c.do(ctx, "GET", u.RequestURI(), nil, nil, nil); err != nil {
		// A program built without its screens answers the page with 503; the pass is there.
		var r *refused
		if !errors.As(err, &r) || r.Status != http.StatusServiceUnavailable {
			return nil, err
		}
	}
	return c, c.beginVisit(ctx)
}

func (c *caller) beginVisit(ctx context.Context) error {
	var v struct {
		Token string `json:"token"`
	}
	if err := c.do(ctx, "POST", "/api/visits", nil, nil, &v); err != nil {
		return err
	}
	c.visit = v.Token
	return nil
}
