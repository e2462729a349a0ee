package synchttp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"bendo/syncproto"
)

// Client speaks to one portal. Every method makes one attempt and returns either
// a verified answer or an error whose syncproto.ProblemOf is never nil (a context
// cancelled by the caller excepted: that error is context.Canceled). Safe for
// many goroutines.
//
// Request ids come from the caller, who also signs hellos over them; a repeated
// attempt takes a new id.
type Client struct {
	HTTP *http.Client // the road
	time *http.Client // signed time only, whatever the clock says
	cfg  Config
	base *url.URL
	pin  *syncproto.Pin
	open *conns
	h2   *version2 // shared by all clients that were made from one
}

// New makes a client. Nothing is dialled yet.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(cfg.Base)
	if err != nil || base.Scheme != "https" || base.Host == "" || strings.Trim(base.Path, "/") != "" {
		return nil, fmt.Errorf("portal address %q: want https://HOST:PORT", cfg.Base)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Dial == nil {
		cfg.Dial = Dial
	}
	return newClient(cfg, base, &version2{}, &atomic.Int64{}, DialTimeout)
}

func newClient(cfg Config, base *url.URL, h2 *version2, given *atomic.Int64, dial time.Duration) (_ *Client, err error) {
	c := &Client{cfg: cfg, base: base, pin: cfg.Trust.Pin, open: newConns(cfg.Dial, dial, given), h2: h2}
	cfg.HTTP1 = cfg.HTTP1 || h2.isBroken(time.Now())
	if c.HTTP, err = newHTTP(cfg, c.open, false); err != nil {
		return nil, err
	}
	c.time, err = newHTTP(cfg, c.open, true)
	return c, err
}

// Another gives a client of the same portal over connections of its own, so that a new
// one can be tried beside one that is silent. A connection is given up when it is not
// open within dial.
func (c *Client) Another(dial time.Duration) *Client {
	other, err := newClient(c.cfg, c.base, c.h2, c.open.given, dial)
	if err != nil {
		panic("a configuration that worked once: " + err.Error())
	}
	return other
}

// CloseConnections drops every connection: after a deadline, after the network
// came back, and at the end. What the kernel still holds of them is thrown away, so
// that a line that comes back is not filled with what nobody waits for. A dial under
// way ends, too. The next request dials anew.
func (c *Client) CloseConnections() {
	c.open.closeAll()
	c.HTTP.CloseIdleConnections()
	c.time.CloseIdleConnections()
}

// Sync makes one combined exchange. req.ID must be set.
func (c *Client) Sync(ctx context.Context, req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	var resp syncproto.SyncResponse
	ctx, written := c.open.urgent(ctx)
	defer written()
	err := c.post(ctx, PathSync, req.ID, nil, req, &resp)
	if err == nil {
		err = req.CheckAnswers(&resp)
	}
	if err == nil && resp.Welcome != nil && resp.Welcome.Time.Nonce != req.ID {
		err = syncproto.NewProblem(syncproto.Intercepted, syncproto.CodeNoEcho, "the welcome answers another request")
	}
	if err != nil {
		return syncproto.SyncResponse{}, err
	}
	return resp, nil
}

// Enrol asks to be taken in and verifies the answer against the request and,
// when the client trusts by pin, the CA it brings.
func (c *Client) Enrol(ctx context.Context, req syncproto.EnrolRequest) (syncproto.EnrolResponse, error) {
	var resp syncproto.EnrolResponse
	err := c.post(ctx, PathEnrol, req.ID, nil, req, &resp)
	if err == nil {
		err = resp.Verify(req)
	}
	if err == nil && c.pin != nil && CheckPin(resp.CA, *c.pin) != nil {
		err = syncproto.NewProblem(syncproto.Intercepted, syncproto.CodeWrongCA, "the CA of the answer is not the pinned one")
	}
	if err != nil {
		return syncproto.EnrolResponse{}, problem(ctx, err)
	}
	return resp, nil
}

// Replay asks for a book's own stored events.
func (c *Client) Replay(ctx context.Context, session []byte, req syncproto.ReplayRequest) (syncproto.ReplayResponse, error) {
	var resp syncproto.ReplayResponse
	if err := c.post(ctx, PathReplay, req.ID, session, req, &resp); err != nil {
		return syncproto.ReplayResponse{}, err
	}
	return resp, nil
}

// Time asks for a signed time. Validity of the certificate is not judged here;
// the caller must Verify the answer with the portal's key and its nonce.
func (c *Client) Time(ctx context.Context, nonce syncproto.RequestID) (syncproto.TimeAnswer, error) {
	var t syncproto.TimeAnswer
	r, err := c.request(ctx, http.MethodGet, PathTime, nil, nonce, nil)
	if err != nil {
		return t, err
	}
	if _, err := c.do(ctx, c.time, r, nonce, syncproto.MaxMessage, &t); err != nil {
		return syncproto.TimeAnswer{}, err
	}
	return t, nil
}

// AppendBlob sends p as the bytes of key at off. An answer whose Off is not
// off+len(p) is a correction: go on from there.
func (c *Client) AppendBlob(ctx context.Context, id syncproto.RequestID, session []byte, key syncproto.BlobKey, off int64, blobSession uint64, p []byte) (syncproto.BlobAnswer, error) {
	// The same path for all pieces of a scan: it is sent once, then named by its place in a table.
	path := fmt.Sprintf("%s%s/%s?gen=%d", PathBlob, key.Dossier, key.SHA256, blobSession)
	r, err := c.request(ctx, http.MethodPost, path, p, id, session)
	if err != nil {
		return syncproto.BlobAnswer{}, err
	}
	return c.append(ctx, r, id, off, p)
}

// AppendBehind is AppendBlob right behind a greeting that has been written on this client's
// connection and is not answered yet: its session and blob session are those the answer brings.
// A portal that does not know the greeting refuses with correction/session.
func (c *Client) AppendBehind(ctx context.Context, id, greeting syncproto.RequestID, key syncproto.BlobKey, off int64, p []byte) (syncproto.BlobAnswer, error) {
	r, err := c.request(ctx, http.MethodPost, fmt.Sprintf("%s%s/%s", PathBlob, key.Dossier, key.SHA256), p, id, nil)
	if err != nil {
		return syncproto.BlobAnswer{}, err
	}
	r.Header.Set(headerFollows, greeting.String())
	return c.append(ctx, r, id, off, p)
}

// Given is how many bytes of scans were handed to the kernel, by this client and all that were
// made from the same: what is beyond the length of the scans was carried, or thrown away, twice.
func (c *Client) Given() int64 { return c.open.given.Load() }

// Behind says whether AppendBehind is of use: the connection carries requests beside one another.
func (c *Client) Behind() bool { return c.open.shared.Load() }

func (c *Client) append(ctx context.Context, r *http.Request, id syncproto.RequestID, off int64, p []byte) (syncproto.BlobAnswer, error) {
	r.Body = io.NopCloser(&small{bytes.NewReader(p), partOf(len(p), c.open.manner()), &c.open.urgency, ctx.Done(), c.open.given})
	r.Header.Set(headerOff, strconv.FormatInt(off, 10))
	h := sha256.Sum256(p)
	r.Header.Set(headerDigest, "sha-256=:"+base64.StdEncoding.EncodeToString(h[:])+":")
	var a syncproto.BlobAnswer
	if _, err := c.do(ctx, c.HTTP, r, id, syncproto.MaxMessage, &a); err != nil {
		return syncproto.BlobAnswer{}, err
	}
	if a.Off < 0 || a.Off > syncproto.MaxBlobLength {
		return syncproto.BlobAnswer{}, syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "blob answer has offset %d", a.Off)
	}
	return a, nil
}

// ReadBlob reads up to n (≤ MaxRead) bytes from off of a blob of the own book and
// gives the blob's whole length. The digest is the caller's to verify at the end.
func (c *Client) ReadBlob(ctx context.Context, id syncproto.RequestID, session []byte, key syncproto.BlobKey, off int64, n int) ([]byte, int64, error) {
	return c.read(ctx, id, session, fmt.Sprintf("%s%s/%s", PathBlob, key.Dossier, key.SHA256), off, n)
}

// Object reads up to n (≤ MaxRead) bytes from off of a published object and gives
// its whole length.
func (c *Client) Object(ctx context.Context, id syncproto.RequestID, session []byte, sha syncproto.Digest, off int64, n int) ([]byte, int64, error) {
	return c.read(ctx, id, session, PathObject+sha.String(), off, n)
}

func (c *Client) read(ctx context.Context, id syncproto.RequestID, session []byte, path string, off int64, n int) ([]byte, int64, error) {
	path += "?off=" + strconv.FormatInt(off, 10) + "&len=" + strconv.Itoa(n)
	r, err := c.request(ctx, http.MethodGet, path, nil, id, session)
	if err != nil {
		return nil, 0, err
	}
	var head syncproto.DataAnswer
	rest, err := c.do(ctx, c.HTTP, r, id, MaxRead+1024, &head)
	if err != nil {
		return nil, 0, err
	}
	if head.Off != off || head.Length > int64(n) || head.Total < off+head.Length || int64(len(rest)) > head.Length {
		return nil, 0, syncproto.NewProblem(syncproto.Intercepted, syncproto.CodeNotOurs, "bytes of another place")
	}
	if int64(len(rest)) < head.Length {
		return nil, 0, syncproto.NewProblem(syncproto.Transient, syncproto.CodeTruncated, "%d of %d bytes", len(rest), head.Length)
	}
	return rest, head.Total, nil
}

func (c *Client) post(ctx context.Context, path string, id syncproto.RequestID, session []byte, message, answer any) error {
	body, err := syncproto.EncodeRequest(id, message)
	if err != nil {
		return problem(ctx, err)
	}
	r, err := c.request(ctx, http.MethodPost, path, body, id, session)
	if err != nil {
		return err
	}
	r.Header.Del(headerRequest) // it stands in the body
	r.Header.Set("Content-Type", syncproto.ContentType)
	_, err = c.do(ctx, c.HTTP, r, id, syncproto.MaxMessage, answer)
	return err
}

func (c *Client) request(ctx context.Context, method, path string, body []byte, id syncproto.RequestID, session []byte) (*http.Request, error) {
	if id.IsZero() {
		return nil, syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "a request needs an id")
	}
	var rd io.Reader
	if body != nil {
		rd = &small{r: bytes.NewReader(body), part: partOf(len(body), careful)}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base.Scheme+"://"+c.base.Host+path, rd)
	if err != nil {
		return nil, problem(ctx, err)
	}
	r.ContentLength = int64(len(body))
	// The transport must not repeat a request by itself: the body has one life,
	// and whether to try again is the courier's decision.
	r.GetBody = nil
	r.Header["User-Agent"] = nil
	r.Header.Set(headerRequest, id.String())
	if session != nil {
		r.Header.Set(headerSession, base64.RawURLEncoding.EncodeToString(session))
	}
	return r, nil
}

// do makes the attempt. Whatever is not the portal's own frame with our echo
// leaves answer untouched.
func (c *Client) do(ctx context.Context, h *http.Client, r *http.Request, id syncproto.RequestID, limit int, answer any) ([]byte, error) {
	resp, err := h.Do(r)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	defer resp.Body.Close()
	c.h2.worked()
	if p := foreign(resp); p != nil {
		return nil, p
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	if len(body) > limit {
		return nil, syncproto.NewProblem(syncproto.Limit, syncproto.CodeTooLarge, "answer of more than %d bytes", limit)
	}
	rest, err := syncproto.DecodeAnswer(body, id, answer)
	if err != nil {
		return nil, problem(ctx, err)
	}
	return rest, nil
}

// failed maps a failure of the line and closes the connection behind a deadline.
func (c *Client) failed(ctx context.Context, err error) error {
	c.h2.failed(time.Now(), err)
	err = problem(ctx, err)
	if p := syncproto.ProblemOf(err); p != nil && p.Code == syncproto.CodeTimeout {
		c.CloseConnections()
	}
	return err
}
