package staff

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"bendo/syncproto"
)

// Member is one person of an office's roster.
type Member struct {
	ID       string   `json:"id"`              // opaque, "m-…"; events name their actor by it, never by a name
	Login    string   `json:"login"`           // what is typed; see ParseLogin
	Name     string   `json:"name"`            // as colleagues and papers have it
	Roles    []Role   `json:"roles"`           // at least one; one this program does not know lets its holder do nothing
	From     int64    `json:"from,omitempty"`  // unix ms; 0: since ever
	Until    int64    `json:"until,omitempty"` // unix ms, the first moment it no longer holds; 0: until the province says so
	Verifier Verifier `json:"verifier"`        // what the password is checked against
}

// ValidAt says whether somebody may sign in at a time (unix ms).
func (m Member) ValidAt(ms int64) bool {
	return m.From <= ms && (m.Until == 0 || ms < m.Until)
}

// Roster is everybody who works at the offices of one commune. It holds names and verifiers, so it goes to
// that commune's machines and nowhere else.
type Roster struct {
	Commune string   `json:"commune"`
	Version int64    `json:"version"` // a later roster replaces an earlier one; never given twice
	Issued  int64    `json:"issued"`  // unix ms, by the province's clock
	Members []Member `json:"members"`
	// TwoRefuse: a refusal here needs a second person. The province decides that, commune by commune.
	TwoRefuse bool `json:"two_refuse,omitempty"`
}

// FeedKind and FeedKey are how a commune's feed names its roster: the item's body is the whole file.
const (
	FeedKind = syncproto.FeedRoster
	FeedKey  = "roster"
)

// Limits. A feed item carries 64 KiB; a member has about 350 bytes.
const (
	MaxRosterBytes = 60 << 10
	maxMembers     = 200
	maxName        = 200
	maxID          = 40
	maxRoles       = 16
)

// The file is three lines: what it is, the roster as JSON, the signature over tag and roster.
const (
	rosterFirst = "bendo roster 1"
	rosterTag   = "bendo roster v1\x00"
)

// Why a roster is not used.
var (
	ErrUnsigned    = errors.New("the roster is not signed by this province; get it again from provincial IT")
	ErrRoster      = errors.New("this is no roster, or it is cut; get it again from provincial IT")
	ErrOtherOffice = errors.New("the roster is another commune's; get this commune's from provincial IT")
	ErrOlder       = errors.New("a newer roster is here already; nothing was changed")
)

// Sign writes the file of r, signed with the key that signs the province's answers. The same roster and key
// give the same bytes.
func Sign(r Roster, portal ed25519.PrivateKey) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("signing the roster: %w", err)
	}
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("signing the roster: %w", err)
	}
	sig := ed25519.Sign(portal, append([]byte(rosterTag), body...))
	file := fmt.Appendf(nil, "%s\n%s\n%s\n", rosterFirst, body, base64.StdEncoding.EncodeToString(sig))
	if len(file) > MaxRosterBytes {
		return nil, fmt.Errorf("signing the roster: %d bytes, at most %d: a commune has too many members", len(file), MaxRosterBytes)
	}
	return file, nil
}

// Open reads a file and checks that the province's key signed all of it for this commune; ErrRoster,
// ErrUnsigned or ErrOtherOffice. Nothing of an unsigned file is returned.
func Open(file []byte, portal ed25519.PublicKey, commune string) (Roster, error) {
	if len(file) > MaxRosterBytes {
		return Roster{}, fmt.Errorf("%w: %d bytes, at most %d", ErrRoster, len(file), MaxRosterBytes)
	}
	first, rest, ok1 := bytes.Cut(file, []byte("\n"))
	body, rest, ok2 := bytes.Cut(rest, []byte("\n"))
	last, end, ok3 := bytes.Cut(rest, []byte("\n"))
	if !ok1 || !ok2 || !ok3 || string(first) != rosterFirst || len(end) != 0 {
		return Roster{}, ErrRoster
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(string(last))
	if err != nil || len(sig) != ed25519.SignatureSize || bytes.IndexByte(last, '\r') >= 0 { // the decoder skips it
		return Roster{}, ErrRoster
	}
	if len(portal) != ed25519.PublicKeySize || !ed25519.Verify(portal, append([]byte(rosterTag), body...), sig) {
		return Roster{}, ErrUnsigned
	}
	var r Roster
	if err := json.Unmarshal(body, &r); err != nil { // fields of a later portal are passed over
		return Roster{}, fmt.Errorf("%w: %w", ErrRoster, err)
	}
	if err := r.check(); err != nil {
		return Roster{}, fmt.Errorf("%w: %w", ErrRoster, err)
	}
	if r.Commune != commune {
		return Roster{}, fmt.Errorf("%w (it is for %s, this is %s)", ErrOtherOffice, r.Commune, commune)
	}
	return r, nil
}

func (r Roster) check() error {
	if r.Commune == "" || len(r.Commune) > 32 || r.Version <= 0 || r.Issued <= 0 || len(r.Members) > maxMembers {
		return fmt.Errorf("commune %q, version %d, %d members", r.Commune, r.Version, len(r.Members))
	}
	ids, logins := map[string]bool{}, map[string]bool{}
	for i, m := range r.Members {
		login, err := ParseLogin(m.Login)
		switch {
		case err != nil || login != m.Login || logins[m.Login]:
			return fmt.Errorf("member %d has no sign-in name of his own", i)
		case m.ID == "" || len(m.ID) > maxID || strings.ContainsFunc(m.ID, notID) || ids[m.ID]:
			return fmt.Errorf("member %d has no id of his own", i)
		case strings.TrimSpace(m.Name) == "" || len(m.Name) > maxName || !utf8.ValidString(m.Name):
			return fmt.Errorf("member %d has no name, or one that is too long", i)
		case len(m.Roles) == 0 || len(m.Roles) > maxRoles || slices.ContainsFunc(m.Roles, func(r Role) bool { return r == "" || len(r) > 32 }):
			return fmt.Errorf("member %d has no role", i)
		case m.From < 0 || m.Until < 0 || m.Until != 0 && m.Until <= m.From:
			return fmt.Errorf("member %d ends before beginning", i)
		}
		if err := m.Verifier.check(); err != nil {
			return fmt.Errorf("member %d: %w", i, err)
		}
		ids[m.ID], logins[m.Login] = true, true
	}
	return nil
}

// notID says that a letter does not belong into an id.
func notID(c rune) bool {
	return c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z')
}

// ByLogin finds a member by what was typed.
func (r Roster) ByLogin(typed string) (Member, bool) {
	login, err := ParseLogin(typed)
	if err != nil {
		return Member{}, false
	}
	return r.find(func(m Member) bool { return m.Login == login })
}

// ByID finds a member by id.
func (r Roster) ByID(id string) (Member, bool) {
	return r.find(func(m Member) bool { return m.ID == id })
}

func (r Roster) find(is func(Member) bool) (Member, bool) {
	i := slices.IndexFunc(r.Members, is)
	if i < 0 {
		return Member{}, false
	}
	return r.Members[i], true
}

// Any says whether somebody of the roster may do act at a time (unix ms): whether work that waits for such
// a person waits for somebody who exists.
func (r Roster) Any(act Act, ms int64) bool {
	_, found := r.find(func(m Member) bool { return m.ValidAt(ms) && May(m.Roles, act) })
	return found
}

// Same says whether two rosters say the same about the same people.
func (r Roster) Same(other Roster) bool {
	a, err1 := json.Marshal(r.Members)
	b, err2 := json.Marshal(other.Members)
	return err1 == nil && err2 == nil && bytes.Equal(a, b) && r.TwoRefuse == other.TwoRefuse
}
