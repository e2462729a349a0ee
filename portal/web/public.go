package web

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"time"

	"bendo/internal/dossier"
	"bendo/portal/store"
)

// Five wrong tries per slip and hour; and per address, because a stranger may try
// one fact on many slips.
var (
	slipLimit    = store.Limit{Free: 5, Window: time.Hour, Hard: true}
	addressLimit = store.Limit{Free: 30, Window: time.Hour, Hard: true}
)

type publicStep struct {
	At   int64 `json:"at"`
	Text text  `json:"text"`
}

type publicAck struct {
	Code  dossier.AckCode `json:"code"`
	Done  bool            `json:"done"`
	At    int64           `json:"at,omitempty"`
	Label text            `json:"label"`
}

// publicBody is all a stranger with a slip and its second fact may read: the
// procedure, the office, steps and times.
type publicBody struct {
	Slip         string       `json:"slip"`
	OfficialCode string       `json:"official_code,omitempty"`
	Procedure    named        `json:"procedure"`
	Office       string       `json:"office"`
	State        stateBody    `json:"state"`
	Steps        []publicStep `json:"steps"`
	Acks         []publicAck  `json:"acks"`
}

func (s *server) publicStatus(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Slip   string `json:"slip"`
		Second string `json:"second"`
	}
	if err := decode(w, r, &in); err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := s.lookUp(r.Context(), in.Slip, in.Second, s.address(r))
	s.answer(w, r, body, err)
}

// lookUp answers the same for a slip nobody filed and for a wrong second fact,
// and counts both.
func (s *server) lookUp(ctx context.Context, typedSlip, typedFact, address string) (*publicBody, error) {
	slip, err := dossier.ParseSlip(typedSlip)
	if err != nil {
		return nil, notFound // a mistyped number is no guess: it is not counted
	}
	fact, isFact := dossier.NormalFact(typedFact)
	wait, err := s.waiting(ctx, string(slip), address)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return nil, tooMany(wait)
	}
	f, err := s.bySlip(ctx, slip)
	if err != nil && !errors.Is(err, notFound) {
		return nil, err
	}
	if isFact && f != nil && hasFact(f.filing, fact) {
		return s.publicOf(f), nil
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Fail("status-slip", string(slip), slipLimit); err != nil {
			return err
		}
		_, err := tx.Fail("status-address", address, addressLimit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return nil, notFound
}

// waiting is for how many seconds the slip or the address is closed.
func (s *server) waiting(ctx context.Context, slip, address string) (seconds int64, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		for scope, who := range map[string]string{"status-slip": slip, "status-address": address} {
			until, err := tx.Blocked(scope, who)
			if err != nil {
				return err
			}
			if until > 0 {
				seconds = max(seconds, (until-tx.Now+999)/1000)
			}
		}
		return nil
	})
	return seconds, err
}

func (s *server) bySlip(ctx context.Context, slip dossier.Slip) (*folder, error) {
	var one store.Case
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		commune, err := tx.CommuneOfPrefix(slip.Prefix())
		if err != nil {
			return err
		}
		one, err = tx.FindCaseBySlip(commune, slip)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound
	}
	if err != nil {
		return nil, err
	}
	return s.open(ctx, one.Commune, one.ID)
}

func hasFact(filing *dossier.SubmittedPayload, fact string) bool {
	found := 0
	for _, known := range filing.SecondFacts() {
		found |= subtle.ConstantTimeCompare([]byte(known), []byte(fact))
	}
	return found == 1
}

func (s *server) publicOf(f *folder) *publicBody {
	st := f.state
	body := &publicBody{Slip: st.Slip.String(), OfficialCode: st.OfficialCode, Procedure: s.procedure(st.Procedure), Office: f.office,
		State: stateBody{string(st.Business), st.NationalCode, dossier.StateText(st)}, Steps: []publicStep{}}
	for _, step := range st.Journal {
		if step.ForResident {
			body.Steps = append(body.Steps, publicStep{step.At, dossier.Sentence(step)})
		}
	}
	filing, _ := st.Submission(0)
	for _, a := range dossier.Acks(filing, f.factsOf(filing)) {
		body.Acks = append(body.Acks, publicAck{a.Code, a.Done, a.At, dossier.AckLabel(a.Code)})
	}
	return body
}

// factsOf: the same function as in an office's book makes the acknowledgements of this page.
func (f *folder) factsOf(sub dossier.Submission) dossier.Facts {
	return store.FactsOf(f.state, f.events, f.submissions, f.generation, sub)
}

// What the code on a slip came to.
const (
	paperValid      = "valid"       // signed by a machine of ours, and the dossier is here
	paperNotArrived = "not_arrived" // phiếu thật, tỉnh chưa nhận
	paperUnchecked  = "unchecked"   // chưa kiểm được: no key to check it with
	paperUnreadable = "unreadable"
)

// slipQR opens the status page with the slip number filled in. The code is no
// second fact: it shows nothing of the dossier.
func (s *server) slipQR(w http.ResponseWriter, r *http.Request) {
	slip, paper, err := s.readPaper(r.Context(), r.PathValue("token"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	target := url.Values{"paper": {paper}, "sig": {s.paperMark(string(slip), paper, s.db.Now())}}
	if slip != "" {
		target.Set("slip", string(slip))
	}
	http.Redirect(w, r, "/tra-cuu?"+target.Encode(), http.StatusSeeOther)
}

// paperMark vouches for what the page says about a slip: without it a stranger
// could make an address that calls any number genuine. It is good for a day.
func (s *server) paperMark(slip, paper string, at time.Time) string {
	return hex.EncodeToString(s.db.Index("paper", []byte(slip+"/"+paper+"/"+at.UTC().Format(time.DateOnly))))
}

// vouched says whether an address may speak about a slip.
func (s *server) vouched(q url.Values) bool {
	if q.Get("paper") == "" {
		return true
	}
	now := s.db.Now()
	for _, at := range []time.Time{now, now.Add(-24 * time.Hour)} {
		if subtle.ConstantTimeCompare([]byte(q.Get("sig")), []byte(s.paperMark(q.Get("slip"), q.Get("paper"), at))) == 1 {
			return true
		}
	}
	return false
}

func (s *server) readPaper(ctx context.Context, token string) (dossier.Slip, string, error) {
	if len(token) > 512 {
		return "", paperUnreadable, nil
	}
	claim, err := dossier.ReadSlipQR(token)
	if err != nil {
		return "", paperUnreadable, nil
	}
	var device store.Device
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		device, err = tx.FindDevice(claim.Device)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return claim.Slip, paperUnchecked, nil
	}
	if err != nil {
		return "", "", err
	}
	if _, err := dossier.VerifySlipQR(token, device.PublicKey); err != nil {
		return claim.Slip, paperUnchecked, nil
	}
	var here bool
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.FindCaseBySlip(device.Commune, claim.Slip)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		here = err == nil
		return err
	})
	if err != nil {
		return "", "", err
	}
	if here {
		return claim.Slip, paperValid, nil
	}
	return claim.Slip, paperNotArrived, nil
}
