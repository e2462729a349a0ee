package synchttp

import (
	"strings"
	"sync"
	"time"
)

// version2 remembers whether HTTP/2 works on this road. Where the other side does not
// offer it the library falls back by itself. Where something between offers it and then
// breaks it, two broken connections in a row make the next ones speak HTTP/1.1 for an
// hour. A line that merely dies does not count: it dies with any version.
type version2 struct {
	mu     sync.Mutex
	broken int       // in a row; guarded by mu
	until  time.Time // no HTTP/2 before; guarded by mu
}

const (
	brokenTwice = 2
	brokenFor   = time.Hour
)

// isBroken says whether a new connection had better speak HTTP/1.1.
func (v *version2) isBroken(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return now.Before(v.until)
}

// worked notes an answer.
func (v *version2) worked() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.broken = 0
}

// failed notes an error of a connection.
func (v *version2) failed(now time.Time, err error) {
	if !breaksVersion2(err) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.broken++; v.broken >= brokenTwice {
		v.broken, v.until = 0, now.Add(brokenFor)
	}
}

// breaksVersion2 tells violations of the protocol. The library's errors have no types
// that could be asked for; their texts are those of RFC 9113.
func breaksVersion2(err error) bool {
	if err == nil {
		return false
	}
	text := err.Error()
	for _, sign := range []string{"PROTOCOL_ERROR", "FRAME_SIZE_ERROR", "COMPRESSION_ERROR", "FLOW_CONTROL_ERROR", "HTTP_1_1_REQUIRED",
		"http2: frame too large", "http2: invalid", "malformed HTTP response", "unexpected frame"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}
