package slipcheck

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"bendo/syncproto"
)

// Status is what the province says about a machine.
type Status string

// The states of a machine. A word this program does not know counts as withdrawn: a later portal
// has a reason for it.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
	Revoked   Status = "revoked"
)

// Machine is one that prints slips, as the province knows it.
type Machine struct {
	Device  syncproto.DeviceID `json:"device"`
	Key     []byte             `json:"key"` // Ed25519 public key, 32 bytes
	Commune string             `json:"commune"`
	Office  string             `json:"office"`
	Status  Status             `json:"status"`
}

// List is every machine the province ever enrolled, revoked ones too: an old slip must find its key.
type List struct {
	Issued   int64     `json:"issued"` // unix ms; a later list replaces an earlier one
	Machines []Machine `json:"machines"`
}

// ObjectKey is the feed's name for the published list.
const ObjectKey = "object:keys:fleet"

// Limits. The country has 3,321 communes; a line of the list has about 170 bytes.
const (
	MaxListBytes = 8 << 20
	maxMachines  = 40_000
	maxOffice    = 256
)

// The file is three lines: what it is, the list as JSON, the signature over tag and list.
const (
	listFirst = "bendo fleet keys 1"
	listTag   = "bendo fleet keys v1\x00"
)

var (
	// ErrUnsigned is a list that the province's key did not sign.
	ErrUnsigned = errors.New("the list of machine keys is not signed by this province; get it again from provincial IT")
	// ErrList is a file that is no list.
	ErrList = errors.New("this is no list of machine keys, or it is cut; get it again from provincial IT")
)

// SignList writes the file of l, signed with the key that signs the province's answers. The same list
// and key give the same bytes.
func SignList(l List, portal ed25519.PrivateKey) ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, fmt.Errorf("signing the list of machine keys: %w", err)
	}
	body, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("signing the list of machine keys: %w", err)
	}
	sig := ed25519.Sign(portal, append([]byte(listTag), body...))
	file := fmt.Appendf(nil, "%s\n%s\n%s\n", listFirst, body, base64.StdEncoding.EncodeToString(sig))
	if len(file) > MaxListBytes {
		return nil, fmt.Errorf("signing the list of machine keys: %d bytes, at most %d", len(file), MaxListBytes)
	}
	return file, nil
}

// OpenList reads a file and checks that the province's key signed all of it; ErrList or ErrUnsigned.
// Nothing of an unsigned file is returned.
func OpenList(file []byte, portal ed25519.PublicKey) (List, error) {
	if len(file) > MaxListBytes {
		return List{}, fmt.Errorf("%w: %d bytes", ErrList, len(file))
	}
	first, rest, ok1 := bytes.Cut(file, []byte("\n"))
	body, rest, ok2 := bytes.Cut(rest, []byte("\n"))
	last, end, ok3 := bytes.Cut(rest, []byte("\n"))
	if !ok1 || !ok2 || !ok3 || string(first) != listFirst || len(end) != 0 {
		return List{}, ErrList
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(string(last))
	if err != nil || len(sig) != ed25519.SignatureSize || bytes.IndexByte(last, '\r') >= 0 { // the decoder skips it
		return List{}, ErrList
	}
	if len(portal) != ed25519.PublicKeySize || !ed25519.Verify(portal, append([]byte(listTag), body...), sig) {
		return List{}, ErrUnsigned
	}
	var l List
	if err := json.Unmarshal(body, &l); err != nil { // fields of a later portal are passed over
		return List{}, fmt.Errorf("%w: %w", ErrList, err)
	}
	if err := l.check(); err != nil {
		return List{}, fmt.Errorf("%w: %w", ErrList, err)
	}
	return l, nil
}

func (l List) check() error {
	if l.Issued <= 0 || len(l.Machines) > maxMachines {
		return fmt.Errorf("%d machines at %d", len(l.Machines), l.Issued)
	}
	seen := make(map[syncproto.DeviceID]bool, len(l.Machines))
	for i, m := range l.Machines {
		switch {
		case m.Device.IsZero() || seen[m.Device]:
			return fmt.Errorf("machine %d has no id of its own", i)
		case len(m.Key) != ed25519.PublicKeySize:
			return fmt.Errorf("machine %d has a key of %d bytes", i, len(m.Key))
		case m.Status == "" || len(m.Status) > 32 || len(m.Commune) > 32 || len(m.Office) > maxOffice || !utf8.ValidString(m.Office):
			return fmt.Errorf("machine %d has a field that is too long or empty", i)
		}
		seen[m.Device] = true
	}
	return nil
}

// SameMachines says whether two lists vouch for the same machines in the same words.
func (l List) SameMachines(other List) bool {
	a, err1 := json.Marshal(l.Machines)
	b, err2 := json.Marshal(other.Machines)
	return err1 == nil && err2 == nil && bytes.Equal(a, b)
}

// Withdraws says whether l takes back its word about a machine that before vouched for: such news
// must not wait.
func (l List) Withdraws(before List) bool {
	now := make(map[syncproto.DeviceID]Status, len(l.Machines))
	for _, m := range l.Machines {
		now[m.Device] = m.Status
	}
	for _, m := range before.Machines {
		if m.Status == Active && now[m.Device] != Active {
			return true
		}
	}
	return false
}
