package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// Role is what a person may do.
type Role string

// The roles of the province's people.
const (
	Officer Role = "officer" // works on the dossiers of one office
	IT      Role = "it"      // enrols and watches machines
	Leader  Role = "leader"  // reads
)

// User is a person of the province who signs in.
type User struct {
	Name   string
	Office string // commune code: every question is limited to it
	Role   Role
	Hash   string // argon2id in its text form
}

// How long a session lives: without use, and at most.
const (
	SessionIdle = 30 * time.Minute
	SessionLife = 12 * time.Hour
)

// ErrExists: a person of that name is there already.
var ErrExists = errors.New("exists already")

// AddUser keeps a new person.
func (tx *Tx) AddUser(u User) error {
	n, err := tx.Exec(`INSERT INTO users (name, office, role, hash, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (name) DO NOTHING`, u.Name, u.Office, string(u.Role), u.Hash, tx.Now)
	if err != nil {
		return fmt.Errorf("adding a user: %w", err)
	}
	if n == 0 {
		return ErrExists
	}
	return nil
}

// FindUser returns ErrNotFound for a name nobody has.
func (tx *Tx) FindUser(name string) (User, error) {
	u := User{Name: name}
	var role string
	err := tx.Row("SELECT office, role, hash FROM users WHERE name = ?", []any{name}, &u.Office, &role, &u.Hash)
	u.Role = Role(role)
	return u, err
}

// PutSession keeps the digest of a new session's token; the token itself is
// known to the browser alone.
func (tx *Tx) PutSession(token []byte, user string) error {
	sum := sha256.Sum256(token)
	oldest, idle := tx.Now-SessionLife.Milliseconds(), tx.Now-SessionIdle.Milliseconds()
	if _, err := tx.Exec("DELETE FROM sessions WHERE created_at < ? OR seen_at < ?", oldest, idle); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO sessions (token_hash, user_name, created_at, seen_at) VALUES (?, ?, ?, ?)",
		sum[:], user, tx.Now, tx.Now)
	return err
}

// FindSession returns the person behind a token, ErrNotFound when the session
// ended. stale says that the row should be touched (at most once a minute).
func (tx *Tx) FindSession(token []byte) (u User, stale bool, err error) {
	sum := sha256.Sum256(token)
	var name string
	var created, seen int64
	err = tx.Row("SELECT user_name, created_at, seen_at FROM sessions WHERE token_hash = ?", []any{sum[:]}, &name, &created, &seen)
	if err != nil {
		return User{}, false, err
	}
	if tx.Now-created > SessionLife.Milliseconds() || tx.Now-seen > SessionIdle.Milliseconds() {
		return User{}, false, ErrNotFound
	}
	u, err = tx.FindUser(name)
	return u, tx.Now-seen > time.Minute.Milliseconds(), err
}

// TouchSession notes that a session is in use.
func (tx *Tx) TouchSession(token []byte) error {
	sum := sha256.Sum256(token)
	_, err := tx.Exec("UPDATE sessions SET seen_at = ? WHERE token_hash = ?", tx.Now, sum[:])
	return err
}

// DropSession ends a session.
func (tx *Tx) DropSession(token []byte) error {
	sum := sha256.Sum256(token)
	_, err := tx.Exec("DELETE FROM sessions WHERE token_hash = ?", sum[:])
	return err
}

// Blocked says until when (unix milliseconds) who must wait in scope; 0 is not
// at all.
func (tx *Tx) Blocked(scope, who string) (int64, error) {
	var until int64
	err := tx.Row("SELECT until_at FROM tries WHERE scope = ? AND who = ?", []any{scope, tx.whoDigest(scope, who)}, &until)
	if errors.Is(err, ErrNotFound) || err == nil && until <= tx.Now {
		return 0, nil
	}
	return until, err
}

// Limit says what a wrong try costs.
type Limit struct {
	// Free wrong tries cost nothing.
	Free int
	// Window forgets the wrong tries when the first of them is this old. With
	// Hard set the waiting lasts to the end of the window.
	Window time.Duration
	Hard   bool
	// Longest bounds the doubling delay that begins with one second.
	Longest time.Duration
}

// Fails is how many wrong tries of who are counted now.
func (tx *Tx) Fails(scope, who string, limit Limit) (int64, error) {
	var fails, since int64
	err := tx.Row("SELECT fails, since FROM tries WHERE scope = ? AND who = ?", []any{scope, tx.whoDigest(scope, who)}, &fails, &since)
	if errors.Is(err, ErrNotFound) || err == nil && tx.Now-since >= limit.Window.Milliseconds() {
		return 0, nil
	}
	return fails, err
}

// Fail counts a wrong try and returns until when who must wait.
func (tx *Tx) Fail(scope, who string, limit Limit) (int64, error) {
	key := tx.whoDigest(scope, who)
	var fails, since int64
	err := tx.Row("SELECT fails, since FROM tries WHERE scope = ? AND who = ?{lock}", []any{scope, key}, &fails, &since)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return 0, err
	}
	if err != nil || tx.Now-since >= limit.Window.Milliseconds() {
		fails, since = 0, tx.Now
	}
	// What is long over is forgotten, so that strangers cannot fill the table.
	if _, err := tx.Exec("DELETE FROM tries WHERE scope = ? AND since < ? AND until_at < ?", scope, tx.Now-2*limit.Window.Milliseconds(), tx.Now); err != nil {
		return 0, err
	}
	fails++
	until := limit.until(fails, since, tx.Now)
	_, err = tx.Exec(`INSERT INTO tries (scope, who, fails, since, until_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (scope, who) DO UPDATE SET fails = excluded.fails, since = excluded.since, until_at = excluded.until_at`,
		scope, key, fails, since, until)
	return until, err
}

func (l Limit) until(fails, since, now int64) int64 {
	over := fails - int64(l.Free)
	switch {
	case l.Hard && over >= 0:
		return since + l.Window.Milliseconds()
	case l.Hard || over <= 0:
		return 0
	}
	wait := time.Second << min(over-1, 20)
	return now + min(wait, l.Longest).Milliseconds()
}

// Forgive forgets the wrong tries of who after a right one.
func (tx *Tx) Forgive(scope, who string) error {
	_, err := tx.Exec("DELETE FROM tries WHERE scope = ? AND who = ?", scope, tx.whoDigest(scope, who))
	return err
}

func (tx *Tx) whoDigest(scope, who string) []byte {
	return tx.db.Index("tries/"+scope, []byte(who))
}
