package synchttp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"

	"bendo/syncproto"
)

// foreign tells why an answer cannot be the portal's by its head alone: nil when
// it may be. What stands before a portal of the province may say by status that
// the portal is away; anything else that is not ours is an interception.
func foreign(resp *http.Response) *syncproto.Problem {
	ours := false
	if mt, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil {
		ours = mt == syncproto.ContentType
	}
	switch s := resp.StatusCode; {
	case s >= 300 && s < 400, s == http.StatusNetworkAuthenticationRequired:
		return syncproto.NewProblem(syncproto.Intercepted, syncproto.CodeRedirect, "status %d", s)
	case ours:
		return nil
	case s == http.StatusRequestEntityTooLarge:
		return syncproto.NewProblem(syncproto.Limit, syncproto.CodeTooLarge, "a proxy refuses the size")
	case s == http.StatusTooManyRequests || s >= 500 && s <= 504 || s == http.StatusRequestTimeout:
		p := syncproto.NewProblem(syncproto.Transient, syncproto.CodeUnavailable, "status %d", s)
		p.RetryAfterS = retryAfter(resp.Header.Get("Retry-After"))
		return p
	default:
		return syncproto.NewProblem(syncproto.Intercepted, syncproto.CodeNotOurs, "status %d with another content type", s)
	}
}

// retryAfter reads whole seconds, at most ten minutes: it may come from a proxy,
// and dates would need a clock.
func retryAfter(s string) uint32 {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(min(n, 600))
}

// problem turns any failure of an attempt into a *syncproto.Problem. Only the
// caller's own cancellation stays what it is: it says nothing about the line.
func problem(ctx context.Context, err error) error {
	if p := syncproto.ProblemOf(err); p != nil {
		return p
	}
	if ctx.Err() == context.Canceled {
		return context.Canceled
	}
	return &syncproto.Problem{Kind: kindOf(err), Code: codeOf(ctx, err), Err: err}
}

func kindOf(err error) syncproto.Kind {
	if notTLS(err) {
		return syncproto.Intercepted
	}
	return syncproto.Transient
}

func codeOf(ctx context.Context, err error) string {
	var ne net.Error
	switch {
	case notTLS(err):
		return syncproto.CodeNotTLS
	case ctx.Err() != nil, errors.As(err, &ne) && ne.Timeout():
		return syncproto.CodeTimeout
	case errors.Is(err, io.ErrUnexpectedEOF):
		return syncproto.CodeTruncated
	}
	return syncproto.CodeConnection
}

// notTLS: a portal always speaks TLS; plain text on its port is somebody else.
func notTLS(err error) bool {
	var rh tls.RecordHeaderError
	return errors.As(err, &rh) || errors.Is(err, http.ErrSchemeMismatch)
}
