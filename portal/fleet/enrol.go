package fleet

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"time"

	"bendo/portal/store"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// CodeLife is how long an enrolment code works.
const CodeLife = 7 * 24 * time.Hour

// otherKeys is how many other keys may come with a used code before it stays
// silent about itself.
const otherKeys = 10

var communeCode = regexp.MustCompile(`^[0-9]{1,8}$`)

// Register is the fleet's office: it makes codes and takes machines in.
type Register struct {
	DB        *store.DB
	Authority *Authority
	Keys      *Keys
}

// NewCode makes a one-time code for a machine of a commune.
func (r *Register) NewCode(ctx context.Context, commune, officeName string) (syncproto.Code, error) {
	return r.newCode(ctx, commune, officeName, syncproto.DeviceID{})
}

// NewCodeReplacing makes a code for the machine that goes on with the book of
// another one, which is destroyed, stolen or worn out. The old machine is revoked in
// the transaction that takes the new one in, not before: until then it may come back.
func (r *Register) NewCodeReplacing(ctx context.Context, old syncproto.DeviceID) (syncproto.Code, error) {
	var d store.Device
	err := r.DB.Read(ctx, func(tx *store.Tx) (err error) {
		d, err = tx.FindDevice(old)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return syncproto.Code{}, fmt.Errorf("no machine %s is enrolled: see portal device list", old)
	}
	if err != nil {
		return syncproto.Code{}, err
	}
	return r.newCode(ctx, d.Commune, d.OfficeName, old)
}

func (r *Register) newCode(ctx context.Context, commune, officeName string, replaces syncproto.DeviceID) (syncproto.Code, error) {
	if !communeCode.MatchString(commune) {
		return syncproto.Code{}, fmt.Errorf("commune %q: want the digits of its administrative code", commune)
	}
	code, err := syncproto.NewCode(rand.Reader, r.Authority.Pin())
	if err != nil {
		return code, fmt.Errorf("making an enrolment code: %w", err)
	}
	err = r.DB.Write(ctx, func(tx *store.Tx) error {
		return tx.PutEnrolCode(store.EnrolCode{Hash: r.hash(code.Secret), Commune: commune, Replaces: replaces,
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
		answer, refusal, err = r.enrol(tx, req, newGuess(synchttp.Source(ctx), req.Secret))
		return err
	})
	if err != nil {
		return answer, fmt.Errorf("enrolling a machine: %w", err)
	}
	return answer, refusal
}

// enrol returns a refusal apart from an error: the count of a wrong try must be
// committed, not rolled back.
func (r *Register) enrol(tx *store.Tx, req syncproto.EnrolRequest, g guess) (answer syncproto.EnrolResponse, refusal, err error) {
	if refusal, err := g.refused(tx); refusal != nil || err != nil {
		return answer, refusal, err
	}
	hash := r.hash(req.Secret)
	code, err := tx.LockEnrolCode(hash)
	another := err == nil && code.UsedAt != 0 && !bytes.Equal(code.PublicKey, req.Key)
	if errors.Is(err, store.ErrNotFound) || another && code.Tries >= otherKeys {
		return answer, syncproto.NewProblem(syncproto.Auth, syncproto.CodeEnrolCode, "no such code"), g.wrong(tx)
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
	generation, err := tx.Generation()
	if err != nil {
		return none, err
	}
	device := store.Device{ID: req.Device, Commune: code.Commune, OfficeName: code.OfficeName, PublicKey: req.Key, Echoed: generation}
	if code.Replaces.IsZero() {
		device.Book, err = syncproto.NewBookID(rand.Reader)
	} else {
		device, err = succeed(tx, device, code.Replaces)
	}
	if err != nil {
		return none, err
	}
	if device, err = tx.AddDevice(device); err != nil {
		return none, err
	}
	if !code.Replaces.IsZero() {
		if err := r.assign(tx, device, code.Replaces, generation); err != nil {
			return none, err
		}
	}
	answer := syncproto.SignEnrolResponse(syncproto.EnrolResponse{
		Device: device.ID, Book: device.Book, Replaces: code.Replaces, Grant: r.Grant(tx, device, generation),
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
	answer.Time, err = r.signTime(tx, req.ID)
	return answer, err
}

func (r *Register) repeat(tx *store.Tx, code store.EnrolCode, req syncproto.EnrolRequest) (syncproto.EnrolResponse, error) {
	var answer syncproto.EnrolResponse
	if _, err := syncproto.DecodeAnswer(code.Answer, syncproto.RequestID{}, &answer); err != nil {
		return answer, fmt.Errorf("reading the kept answer: %w", err)
	}
	var err error
	answer.Time, err = r.signTime(tx, req.ID)
	return answer, err
}

// Grant signs the device's newest epoch.
func (r *Register) Grant(tx *store.Tx, d store.Device, generation uint64) syncproto.EpochGrant {
	return syncproto.SignGrant(syncproto.EpochGrant{Device: d.ID, Book: d.Book, Epoch: d.Epoch, SlipPrefix: d.SlipPrefix,
		Generation: generation, At: tx.Now}, r.Keys.Receipt)
}

// succeed makes a device the next writer of another one's book. The other one is
// revoked in the same transaction: a book has one writer.
func succeed(tx *store.Tx, d store.Device, old syncproto.DeviceID) (store.Device, error) {
	before, err := tx.LockDevice(old)
	if err != nil {
		return d, fmt.Errorf("finding the machine that is replaced: %w", err)
	}
	d.Book = before.Book
	if d.Epoch, err = tx.NextEpochOfBook(before.Commune, before.Book); err != nil {
		return d, err
	}
	before.Status, before.Suspected = store.Revoked, false
	if err := tx.SaveDevice(before); err != nil {
		return d, err
	}
	return d, tx.PutReplacement(before.Commune, d.ID, old)
}

// assign says in the commune's feed, under the portal's signature, who writes the
// book from now on.
func (r *Register) assign(tx *store.Tx, d store.Device, old syncproto.DeviceID, generation uint64) error {
	grant := r.Grant(tx, d, generation)
	body, err := syncproto.EncodeDirective(syncproto.Directive{Code: syncproto.DirectiveCustody, Arg: old.String(), Grant: &grant, At: tx.Now})
	if err != nil {
		return err
	}
	if _, err := tx.AppendFeed(d.Commune, syncproto.FeedDirective, "directive:"+syncproto.DirectiveCustody+":"+d.Book.String(), body); err != nil {
		return err
	}
	return tx.Note(d.Commune, "portal", store.ActReplaced, syncproto.DossierID{})
}

// Readmit takes in again a machine that this portal enrolled and forgot: it was
// restored to before. kept is the enrolment answer as this portal signed it, key the
// machine's public key. A machine that it had replaced is revoked again. The caller
// has verified the hello under key.
func (r *Register) Readmit(tx *store.Tx, id syncproto.DeviceID, kept, key []byte) (store.Device, error) {
	answer, err := syncproto.OpenEnrolled(kept, id, key, r.Keys.Receipt.Public().(ed25519.PublicKey))
	if err != nil {
		return store.Device{}, err
	}
	d := store.Device{ID: id, Commune: answer.Commune, OfficeName: answer.Office, Book: answer.Book, PublicKey: key,
		Epoch: answer.Grant.Epoch, SlipPrefix: answer.Grant.SlipPrefix}
	if !answer.Replaces.IsZero() {
		epoch := d.Epoch
		if d, err = succeed(tx, d, answer.Replaces); errors.Is(err, store.ErrNotFound) {
			err = nil // forgotten as well: whoever comes as it is refused by its status when it is taken in
		}
		d.Book, d.Epoch = answer.Book, epoch
		if err != nil {
			return d, err
		}
	}
	if d, err = tx.AddDevice(d); err != nil {
		return d, err
	}
	if !answer.Replaces.IsZero() {
		if err := r.assign(tx, d, answer.Replaces, answer.Generation); err != nil {
			return d, err
		}
	}
	return d, tx.Alarm(d, "readmitted", "enrolled before the portal was restored and forgotten since; taken in again by the portal's own signature")
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
		if err := errors.Join(tx.ClearAlarms(d), tx.Note(d.Commune, "portal", store.ActGranted, syncproto.DossierID{})); err != nil {
			return err
		}
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

func (r *Register) signTime(tx *store.Tx, nonce syncproto.RequestID) (syncproto.TimeAnswer, error) {
	serial, err := tx.TimeSerial()
	return syncproto.SignTime(syncproto.TimeAnswer{Nonce: nonce, At: tx.Now, Serial: serial}, r.Keys.Receipt), err
}
