package kiosk

import (
	"net/http"

	"bendo/internal/dossier"
	"bendo/internal/ledger"
)

// copyView says where a submission lies besides this disk while the province has not signed for
// all of it. It is no acknowledgement: a stick may be lost on the way.
type copyView struct {
	Places   int   `json:"places,omitempty"`    // 2 when it lies in the second place too; absent once it is complete
	CopiedAt int64 `json:"copied_at,omitempty"` // unix ms of the last copy to a stick; nobody has confirmed it
}

func viewCopies(c ledger.Copies, acks [4]dossier.Ack, practice bool) copyView {
	if practice || acks[1].Done && acks[2].Done {
		return copyView{}
	}
	v := copyView{Places: 1, CopiedAt: c.USB}
	if c.Second > 0 {
		v.Places = 2
	}
	return v
}

// newest is the acknowledgements and copies of what was filed last: the filing, or its newest
// supplement.
func newest(found ledger.Found) (n int, acks [4]dossier.Ack) {
	acks = found.Acks
	for i, a := range found.SupplementAcks {
		if i > n {
			n, acks = i, a
		}
	}
	return n, acks
}

// slipNow says how a slip of this visit stands now, so that the screen that shows it need not be
// left to see it cross.
func (d *Desk) slipNow(w http.ResponseWriter, r *http.Request) error {
	found, err := d.held(r)
	if err != nil {
		return err
	}
	n, acks := newest(found)
	return ok(w, struct {
		Acks []ackView `json:"acks"`
		copyView
	}{viewAcks(acks), viewCopies(found.Copies[n], acks, found.Practice)})
}

// secondView is how the office's second place stands. Why is a stable code the screens have words
// for.
type secondView struct {
	Kept        bool   `json:"kept"`
	Why         string `json:"why,omitempty"`
	Unprotected int    `json:"unprotected"`
	Since       int64  `json:"since,omitempty"`
}

func viewSecond(s ledger.AgentStatus) secondView {
	v := secondView{s.SecondPlace.Kept, s.SecondPlace.Why, s.SecondPlace.Unprotected, s.SecondPlace.Since}
	if s.SecondPlace.At == 0 {
		v.Why = "off"
	}
	return v
}
