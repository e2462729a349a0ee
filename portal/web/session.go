package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"bendo/portal/casework"
	"bendo/portal/store"
	"bendo/syncproto"
)

const cookieName = "bendo_portal"

// signInLimit: three free wrong tries, then 1, 2, 4 … seconds up to five
// minutes. Never a permanent lock-out: a stranger must not be able to keep an
// officer from work.
var signInLimit = store.Limit{Free: 3, Window: time.Hour, Longest: 5 * time.Minute}

type sessionBody struct {
	Name   string     `json:"name"`
	Role   store.Role `json:"role"`
	Office string     `json:"office"`
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request) {
	var in struct {
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := decode(w, r, &in); err != nil {
		s.fail(w, r, err)
		return
	}
	user, err := s.authenticate(r, in.User, in.Password)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	token := make([]byte, 32)
	if _, err := rand.Read(token); err != nil {
		s.fail(w, r, err)
		return
	}
	err = s.db.Write(r.Context(), func(tx *store.Tx) error {
		if err := tx.PutSession(token, user.Name); err != nil {
			return err
		}
		return tx.Note(user.Office, user.Name, store.SignedIn, syncproto.DossierID{})
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.SetCookie(w, s.cookie(base64.RawURLEncoding.EncodeToString(token), int(store.SessionLife.Seconds())))
	s.answer(w, r, sessionBody{user.Name, user.Role, user.Office}, nil)
}

func (s *server) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.proxied, SameSite: http.SameSiteStrictMode}
}

// authenticate checks a name and a password and counts wrong tries per name and
// address.
func (s *server) authenticate(r *http.Request, typed, password string) (store.User, error) {
	name, nameErr := UserName(typed)
	who := name + "\x00" + s.address(r)
	var user store.User
	var until, now int64
	err := s.db.Read(r.Context(), func(tx *store.Tx) (err error) {
		now = tx.Now
		if until, err = tx.Blocked("sign-in", who); err != nil || until > 0 {
			return err
		}
		user, err = tx.FindUser(name)
		if errors.Is(err, store.ErrNotFound) || nameErr != nil {
			user, err = store.User{Hash: nobody}, nil
		}
		return err
	})
	if err != nil {
		return user, err
	}
	if until > 0 {
		return user, tooMany((until - now + 999) / 1000)
	}
	right := checkPassword(user.Hash, password) && user.Name != ""
	err = s.db.Write(r.Context(), func(tx *store.Tx) error {
		if right {
			return tx.Forgive("sign-in", who)
		}
		_, err := tx.Fail("sign-in", who, signInLimit)
		return err
	})
	if err == nil && !right {
		err = wrongPassword
	}
	return user, err
}

func (s *server) signOut(w http.ResponseWriter, r *http.Request) {
	if token, ok := sessionToken(r); ok {
		if err := s.db.Write(r.Context(), func(tx *store.Tx) error { return tx.DropSession(token) }); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	http.SetCookie(w, s.cookie("", -1))
	w.WriteHeader(http.StatusNoContent)
}

func sessionToken(r *http.Request) ([]byte, bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil, false
	}
	token, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	return token, err == nil && len(token) == 32
}

// page is a handler that knows who asks.
type page func(w http.ResponseWriter, r *http.Request, o casework.Officer)

func (s *server) signedIn(next page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, ok := sessionToken(r)
		if !ok {
			s.refuse(w, signInFirst)
			return
		}
		user, err := s.session(r.Context(), token)
		if errors.Is(err, store.ErrNotFound) {
			s.refuse(w, signInFirst)
			return
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		next(w, r, casework.Officer{Name: user.Name, Office: user.Office, Role: user.Role})
	}
}

func (s *server) session(ctx context.Context, token []byte) (user store.User, err error) {
	var stale bool
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		user, stale, err = tx.FindSession(token)
		return err
	})
	if err == nil && stale {
		err = s.db.Write(ctx, func(tx *store.Tx) error { return tx.TouchSession(token) })
	}
	return user, err
}

func (s *server) me(w http.ResponseWriter, r *http.Request, o casework.Officer) {
	s.answer(w, r, sessionBody{o.Name, o.Role, o.Office}, nil)
}

// note writes into the journal who looked at what; nothing is shown before.
func (s *server) note(ctx context.Context, o casework.Officer, act string, id syncproto.DossierID) error {
	return s.db.Write(ctx, func(tx *store.Tx) error { return tx.Note(o.Office, o.Name, act, id) })
}
