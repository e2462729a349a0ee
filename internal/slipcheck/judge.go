package slipcheck

import (
	"crypto/ed25519"
	"errors"
	"time"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// Code is what a slip came to. The words are stable.
type Code string

// The verdicts.
const (
	Genuine   Code = "genuine"    // a machine the province vouches for signed every byte
	Altered   Code = "altered"    // the named machine did not sign this: forged or changed
	Unchecked Code = "unchecked"  // chưa kiểm được: no key of that machine is here
	Withdrawn Code = "withdrawn"  // the signature fits, but the province no longer vouches for the machine
	Practice  Code = "practice"   // a practice slip: worth nothing anywhere
	Damaged   Code = "damaged"    // a slip's code that did not come whole
	NotSlip   Code = "not_a_slip" // something else was scanned
)

// When says what is odd about the time on a slip; it takes nothing from the signature.
type When string

// A machine whose clock was wrong prints a wrong time and says so on the paper.
const (
	Plausible When = ""
	Future    When = "future" // later than now by more than ahead
	Absurd    When = "absurd" // before any slip was printed
)

// ahead is how far two machines' clocks may differ without a word.
const ahead = 10 * time.Minute

// earliest is before the first slip of this kind.
var earliest = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// Verdict is what can be said about a text. Claim is what the code says; it is shown as a fact only
// where Signed.
type Verdict struct {
	Code    Code
	Other   string // with NotSlip: what it is instead, one of Other…
	Claim   dossier.SlipQR
	Signed  bool    // Genuine, Withdrawn and own Practice: the claim is what that machine signed
	Machine Machine // with Signed
	Own     bool    // signed by the machine that judges
	When    When    // with Signed
}

// Keys are the machines this judge knows: its own, always, and those of the province's signed list.
type Keys struct {
	Own  Machine // zero key: this judge has none
	List List    // zero: no list is here
}

// Judge says what text is, at the time now. It never fails: a text that cannot be read has a verdict.
func Judge(text string, keys Keys, now time.Time) Verdict {
	code, err := token(text)
	var not errNotSlip
	if errors.As(err, &not) {
		return Verdict{Code: NotSlip, Other: string(not)}
	}
	claim, err := dossier.ReadSlipQR(code)
	if err != nil {
		return Verdict{Code: Damaged}
	}
	v := Verdict{Code: Unchecked, Claim: claim}
	if claim.Device.IsZero() {
		v.Code = Practice
	}
	for _, m := range keys.find(claim.Device) {
		if _, err := dossier.VerifySlipQR(code, m.Key); err != nil {
			v.Code = Altered
			continue
		}
		v.Signed, v.Machine, v.Own, v.When = true, m, isOwn(m, keys.Own), when(claim.At, now)
		switch {
		case claim.Device.IsZero():
			v.Code = Practice
		case m.Status == Active:
			v.Code = Genuine
		default:
			v.Code = Withdrawn
		}
		return v
	}
	return v
}

// find gives the machines of an id: the list's word, and this machine's own key whether or not the
// list has heard of it. Of a machine that is both, the list's word about it counts.
func (k Keys) find(id syncproto.DeviceID) (found []Machine) {
	for _, m := range k.List.Machines {
		if m.Device == id {
			found = append(found, m)
		}
	}
	if len(k.Own.Key) == ed25519.PublicKeySize && k.Own.Device == id {
		found = append(found, k.Own)
	}
	return found
}

func isOwn(m, own Machine) bool {
	return m.Device == own.Device && string(m.Key) == string(own.Key)
}

func when(at int64, now time.Time) When {
	t := time.UnixMilli(at)
	switch {
	case t.Before(earliest):
		return Absurd
	case t.After(now.Add(ahead)):
		return Future
	}
	return Plausible
}

// Age is how old the list is; 0 when there is none or it is of a later time than now.
func (k Keys) Age(now time.Time) time.Duration {
	if k.List.Issued == 0 {
		return 0
	}
	return max(now.Sub(time.UnixMilli(k.List.Issued)), 0)
}
