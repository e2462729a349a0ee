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

// pass says until when a token or a browser's cookie holds, and whether it is the window's.
type pass struct {
	until  time.Time
	window bool
}

// Door holds the tokens and passes; one per listener.
type Door struct {
	mu     sync.Mutex
	host   string          // "127.0.0.1:PORT"; empty until Open
	tokens map[digest]pass // unused one-time tokens
	passes map[digest]pass // browsers let in
}

// New gives a closed door.
func New() *Door {
	return &Door{tokens: map[digest]pass{}, passes: map[digest]pass{}}
}

// Open names the only Host the desk answers to.
func (d *Door) Open(host string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.host = host
}

// BootURL mints an address with a one-time token that ends after life.
func (d *Door) BootURL(now time.Time, life time.Duration) (string, error) {
	return d.mint(now, pass{until: now.Add(life)})
}

// WindowURL mints one for the window: whoever comes with it is known as the shared screen.
func (d *Door) WindowURL(now time.Time) (string, error) {
	return d.mint(now, pass{until: now.Add(TokenForWindow), window: true})
}

func (d *Door) mint(now time.Time, p pass) (string, error) {
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
	d.tokens[hash(token)] = p
	return "http://" + d.host + "/boot?t=" + token, nil
}

// redeem trades a token for a pass; a token works once.
func (d *Door) redeem(token string, now time.Time) (cookie string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	sweep(d.tokens, now)
	key := hash(token)
	t, ok := d.tokens[key]
	if !ok {
		return "", false
	}
	delete(d.tokens, key)
	sweep(d.passes, now)
	for len(d.passes) >= maxPasses {
		// A window that had to be opened again and again must not lock itself out for the day.
		dropOldest(d.passes)
	}
	cookie = secret()
	d.passes[hash(cookie)] = pass{until: now.Add(passLife), window: t.window}
	return cookie, true
}

func (d *Door) admitted(r *http.Request, now time.Time) (p pass, ok bool) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return pass{}, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok = d.passes[hash(c.Value)]
	return p, ok && now.Before(p.until)
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
func dropOldest(m map[digest]pass) {
	var oldest digest
	first := true
	for k, p := range m {
		if first || p.until.Before(m[oldest].until) {
			oldest, first = k, false
		}
	}
	delete(m, oldest)
}

func sweep(m map[digest]pass, now time.Time) {
	for k, p := range m {
		if !now.Before(p.until) {
			delete(m, k)
		}
	}
}
