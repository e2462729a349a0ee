package fleet

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"time"

	"bendo/portal/store"
	"bendo/syncproto"
)

// CodeLife is how long an enrolment code works.
const CodeLife = 7 * 24 * time.Hour

// otherKeys is how many other keys may come with a used code before it stays
// silent about itself.
const otherKeys = 10

// guessing limits wrong codes: they carry no number that could be counted alone,
// so all of them together are. Fifty bits fall to nobody at this pace.
var guessing = store.Limit{Free: 200, Window: time.Hour, Hard: true}

var communeCode = regexp.MustCompile(`^[0-9]{1,8}$`)

// Register is the fleet's office: it makes codes and takes machines in.
type Register struct {
	DB        *store.DB
	Authority *Authority
	Keys      *Keys
}

// NewCode makes a one-time code for a machine of a commune.
func (r *Register) NewCode(ctx context.Context, commune, officeName string) (syncproto.Code, error) {
	if !communeCode.MatchString(commune) {
		return syncproto.Code{}, fmt.Errorf("commune %q: want the digits of its administrative code", commune)
	}
	code, err := syncproto.NewCode(rand.Reader, r.Authority.Pin())
	if err != nil {
		return code, fmt.Errorf("making an enrolment code: %w", err)
	}
	err = r.DB.Write(ctx, func(tx *store.Tx) error {
		return tx.PutEnrolCode(store.EnrolCode{Hash: r.hash(code.Secret), Commune: commune,
			OfficeName: store.Clean(officeName, 200), ExpiresAt: tx.Now + CodeLife.Milliseconds()})
	})
	if err != nil {
		return code, fmt.Errorf("keeping an enrolment code: %w", err)
	}
	return code, nil
}

// hash stands for the secret: keyed, because fifty bits fall to a bare digest.
func (r *Register) hash(secret uint64) []byte {
	return r.DB.Index("enrol", binary.BigEndian.AppendUint64(nil, secret))
}

// Enrol takes a machine in. The same key with the same code gets the same answer
// again, with a new signed time: an answer may be lost.
func (r *Register) Enrol(ctx context.Context, req syncproto.EnrolRequest) (syncproto.EnrolResponse, error) {
	var answer syncproto.EnrolResponse
	var refusal error
	err := r.DB.Write(ctx, func(tx *store.Tx) (err error) {
		answer, refusal, err = r.enrol(tx, req)
		return err
	})
	if err != nil {
		return answer, fmt.Errorf("enrolling a machine: %w", err)
	}
	return answer, refusal
}

// enrol returns a refusal apart from an error: the count of a wrong try must be
// committed, not rolled back.
func (r *Register) enrol(tx *store.Tx, req syncproto.EnrolRequest) (answer syncproto.EnrolResponse, refusal, err error) {
	if until, err := tx.Blocked("enrol", "all"); err != nil || until > 0 {
		wait := max(1, (until-tx.Now)/1000)
		return answer, &syncproto.Problem{Kind: syncproto.Limit, Code: syncproto.CodeRate, Detail: "too many wrong codes", RetryAfterS: uint32(wait)}, err
	}
	hash := r.hash(req.Secret)
	code, err := tx.LockEnrolCode(hash)
	another := err == nil && code.UsedAt != 0 && !bytes.Equal(code.PublicKey, req.Key)
	if errors.Is(err, store.ErrNotFound) || another && code.Tries >= otherKeys {
		_, err = tx.Fail("enrol", "all", guessing)
		return answer, syncproto.NewProblem(syncproto.Auth, syncproto.CodeEnrolCode, "no such code"), err
	}
	if err != nil {
		return answer, nil, err
	}
	switch {
	case another:
		return answer, syncproto.NewProblem(syncproto.Auth, syncproto.CodeEnrolUsed, "the code belongs to another machine"), tx.MissEnrolCode(hash)
	case code.UsedAt != 0:
		answer, err = r.repeat(tx, code, req)
		return answer, nil, err
	case tx.Now > code.ExpiresAt:
		return answer, syncproto.NewProblem(syncproto.Auth, syncproto.CodeEnrolExpired, "the code is older than seven days: ask for a new one"), nil
	}
	if _, err := tx.FindDevice(req.Device); !errors.Is(err, store.ErrNotFound) {
		return answer, syncproto.NewProblem(syncproto.Auth, syncproto.CodeEnrolUsed, "this machine is enrolled already"), err
	}
	answer, err = r.admit(tx, code, req)
	return answer, nil, err
}

func (r *Register) admit(tx *store.Tx, code store.EnrolCode, req syncproto.EnrolRequest) (syncproto.EnrolResponse, error) {
	var none syncproto.EnrolResponse
	book, err := syncproto.NewBookID(rand.Reader)
	if err != nil {
		return none, err
	}
	generation, err := tx.Generation()
	if err != nil {
		return none, err
	}
	device, err := tx.AddDevice(store.Device{ID: req.Device, Commune: code.Commune, OfficeName: code.OfficeName, Book: book, PublicKey: req.Key})
	if err != nil {
		return none, err
	}
	answer := syncproto.SignEnrolResponse(syncproto.EnrolResponse{
		Device: device.ID, Book: book, Grant: r.Grant(tx, device, generation),
		Commune: code.Commune, Office: code.OfficeName, Generation: generation,
		Feed:  syncproto.Cursor{Epoch: generation},
		Carry: r.Keys.Carry.Recipient().String(), Recovery: r.Keys.RecoveryRecipient, CA: r.Authority.PEM(),
	}, r.Keys.Receipt)
	kept, err := syncproto.EncodeAnswer(syncproto.RequestID{}, answer)
	if err != nil {
		return none, err
	}
	if err := tx.UseEnrolCode(code.Hash, req.Key, kept); err != nil {
		return none, err
	}
	answer.Time = r.signTime(tx, req.ID)
	return answer, nil
}

func (r *Register) repeat(tx *store.Tx, code store.EnrolCode, req syncproto.EnrolRequest) (syncproto.EnrolResponse, error) {
	var answer syncproto.EnrolResponse
	if _, err := syncproto.DecodeAnswer(code.Answer, syncproto.RequestID{}, &answer); err != nil {
		return answer, fmt.Errorf("reading the kept answer: %w", err)
	}
	answer.Time = r.signTime(tx, req.ID)
	return answer, nil
}

// Grant signs the device's newest epoch.
func (r *Register) Grant(tx *store.Tx, d store.Device, generation uint64) syncproto.EpochGrant {
	return syncproto.SignGrant(syncproto.EpochGrant{Device: d.ID, Book: d.Book, Epoch: d.Epoch, SlipPrefix: d.SlipPrefix,
		Generation: generation, At: tx.Now}, r.Keys.Receipt)
}

// GrantByFeed gives a device its next epoch as a directive in its commune's feed.
// The mark of a suspected clone goes: a person has decided.
func (r *Register) GrantByFeed(ctx context.Context, id syncproto.DeviceID) error {
	return r.DB.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.LockDevice(id)
		if err != nil {
			return err
		}
		d.Suspected = false
		if d, err = tx.GrantEpoch(d); err != nil {
			return err
		}
		generation, err := tx.Generation()
		if err != nil {
			return err
		}
		grant := r.Grant(tx, d, generation)
		body, err := syncproto.EncodeDirective(syncproto.Directive{Code: syncproto.DirectiveNewEpoch, Grant: &grant, At: tx.Now})
		if err != nil {
			return err
		}
		// Keyed by device too: a grant must not push out a neighbour's.
		_, err = tx.AppendFeed(d.Commune, syncproto.FeedDirective, "directive:"+syncproto.DirectiveNewEpoch+":"+id.String(), body)
		return err
	})
}

func (r *Register) signTime(tx *store.Tx, nonce syncproto.RequestID) syncproto.TimeAnswer {
	return syncproto.SignTime(syncproto.TimeAnswer{Nonce: nonce, At: tx.Now, Serial: 1}, r.Keys.Receipt)
}
