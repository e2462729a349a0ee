package synchttp

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"

	"bendo/syncproto"
)

func TestForeignAnswers(t *testing.T) {
	const html, ours = "text/html; charset=utf-8", syncproto.ContentType
	for _, c := range []struct {
		status int
		typ    string
		kind   syncproto.Kind // 0: may be ours, the body decides
		code   string
	}{
		{200, ours, 0, ""}, {503, ours, 0, ""}, {200, ours + "; charset=binary", 0, ""},
		{200, html, syncproto.Intercepted, syncproto.CodeNotOurs}, {200, "", syncproto.Intercepted, syncproto.CodeNotOurs},
		{401, html, syncproto.Intercepted, syncproto.CodeNotOurs}, {404, html, syncproto.Intercepted, syncproto.CodeNotOurs},
		{302, html, syncproto.Intercepted, syncproto.CodeRedirect}, {307, ours, syncproto.Intercepted, syncproto.CodeRedirect},
		{511, html, syncproto.Intercepted, syncproto.CodeRedirect},
		{408, html, syncproto.Transient, syncproto.CodeUnavailable}, {429, html, syncproto.Transient, syncproto.CodeUnavailable},
		{500, "text/plain", syncproto.Transient, syncproto.CodeUnavailable}, {504, html, syncproto.Transient, syncproto.CodeUnavailable},
		{413, html, syncproto.Limit, syncproto.CodeTooLarge},
	} {
		p := foreign(&http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {c.typ}}})
		switch {
		case c.kind == 0 && p != nil:
			t.Errorf("%d %q: %v", c.status, c.typ, p)
		case c.kind != 0 && (p == nil || p.Kind != c.kind || p.Code != c.code):
			t.Errorf("%d %q: %v, want %s/%s", c.status, c.typ, p, c.kind, c.code)
		}
	}
}

func TestRetryAfterIsBounded(t *testing.T) {
	for s, want := range map[string]uint32{"": 0, "7": 7, " 7 ": 7, "-1": 0, "99999": 600, "Wed, 21 Oct 2026 07:28:00 GMT": 0} {
		if got := retryAfter(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

func TestProblemsOfTheLine(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		err  error
		kind syncproto.Kind
		code string
	}{
		{errors.New("connection reset by peer"), syncproto.Transient, syncproto.CodeConnection},
		{fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), syncproto.Transient, syncproto.CodeTruncated},
		{os.ErrDeadlineExceeded, syncproto.Transient, syncproto.CodeTimeout},
		{context.DeadlineExceeded, syncproto.Transient, syncproto.CodeTimeout},
		{tls.RecordHeaderError{Msg: "x"}, syncproto.Intercepted, syncproto.CodeNotTLS},
		{http.ErrSchemeMismatch, syncproto.Intercepted, syncproto.CodeNotTLS},
		{fmt.Errorf("tls: %w", syncproto.NewProblem(syncproto.Clock, syncproto.CodeExpired, "x")), syncproto.Clock, syncproto.CodeExpired},
	} {
		if got := problem(context.Background(), c.err); !errors.Is(got, &syncproto.Problem{Kind: c.kind, Code: c.code}) {
			t.Errorf("%v became %v, want %s/%s", c.err, got, c.kind, c.code)
		}
	}
	if got := problem(ended, errors.New("x")); got != context.Canceled {
		t.Errorf("our own end became %v", got)
	}
}

// FuzzContentDigest: what is taken is exactly one SHA-256.
func FuzzContentDigest(f *testing.F) {
	f.Add("sha-256=:" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + ":")
	f.Add("sha-256=::")
	f.Add("md5=:AAAA:")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseContentDigest(s)
		if err == nil && len(s) != 54 {
			t.Fatalf("%q gave %x", s, d)
		}
	})
}
