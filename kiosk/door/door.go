// Package door decides who may call the desk.
//
// The desk listens on a loopback port that every program and user of the machine can reach.
// The room promises that only a browser that was let in with a one-time token gets through,
// that a page of another origin cannot use that browser's pass, that a name rebound to
// 127.0.0.1 is turned away, and that nothing the desk answers is kept by a cache or may load,
// run or embed anything from elsewhere.
//
// It refuses a token that was used, is older than its time, or is wrong, always with the same
// answer. Passes and tokens live in memory only: after a restart or a power cut every window
// asks for a new token, which is what a stolen cookie deserves.
package door

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Life spans. A window uses its token at once; an address printed for a person must survive
// being read and typed.
const (
	TokenForWindow = 30 * time.Second
	TokenForPerson = 10 * time.Minute
	passLife       = 16 * time.Hour // one office day; the window asks again on its own
	maxTokens      = 64
	maxPasses      = 64
	cookieName     = "bendo"
)

// ErrNotOpen says that the desk has no address yet.
var ErrNotOpen = errors.New("the desk is not listening yet; try again in a second")

type digest [sha256.Size]byte

// Door holds the tokens and passes; one per listener.
type Door struct {
	mu     sync.Mutex
	host   string               // "127.0.0.1:PORT"; empty until Open
	tokens map[digest]time.Time // unused one-time tokens and when they end
	passes map[digest]time.Time // browsers let in and when their pass ends
}

// New gives a closed door.
func New() *Door {
	return &Door{tokens: map[digest]time.Time{}, passes: map[digest]time.Time{}}
}

// Open names the only Host the desk answers to.
func (d *Door) Open(host string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.host = host
}

// BootURL mints an address with a one-time token that ends after life.
func (d *Door) BootURL(now time.Time, life time.Duration) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.host == "" {
		return "", ErrNotOpen
	}
	sweep(d.tokens, now)
	if len(d.tokens) >= maxTokens {
		return "", fmt.Errorf("too many unused addresses are open; wait half a minute")
	}
	token := secret()
	d.tokens[hash(token)] = now.Add(life)
	return "http://" + d.host + "/boot?t=" + token, nil
}

// redeem trades a token for a pass; a token works once.
func (d *Door) redeem(token string, now time.Time) (pass string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	sweep(d.tokens, now)
	key := hash(token)
	if _, ok := d.tokens[key]; !ok {
		return "", false
	}
	delete(d.tokens, key)
	sweep(d.passes, now)
	for len(d.passes) >= maxPasses {
		// A window that had to be opened again and again must not lock itself out for the day.
		dropOldest(d.passes)
	}
	pass = secret()
	d.passes[hash(pass)] = now.Add(passLife)
	return pass, true
}

func (d *Door) admitted(r *http.Request, now time.Time) bool {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	until, ok := d.passes[hash(c.Value)]
	return ok && now.Before(until)
}

func (d *Door) knows(host string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.host != "" && host == d.host
}

// hash keeps secrets out of memory dumps and makes the look-up independent of where a guess
// first differs.
func hash(s string) digest { return sha256.Sum256([]byte(s)) }

func secret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// dropOldest forgets what would end first.
func dropOldest(m map[digest]time.Time) {
	var oldest digest
	first := true
	for k, until := range m {
		if first || until.Before(m[oldest]) {
			oldest, first = k, false
		}
	}
	delete(m, oldest)
}

func sweep(m map[digest]time.Time, now time.Time) {
	for k, until := range m {
		if !now.Before(until) {
			delete(m, k)
		}
	}
}
