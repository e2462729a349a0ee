package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"bendo/internal/staff"
)

// StaffMember is somebody who works, or worked, at a commune's offices. They are no users of the portal: what
// they sign in to is their office's own machine.
type StaffMember struct {
	staff.Member
	Commune   string
	AddedAt   int64
	ChangedAt int64
	RemovedAt int64 // 0: still a member
}

func staffName(commune, id string) string { return "staff/" + commune + "/" + id }

// AddStaff keeps a new member; ErrExists where the commune has one of that sign-in name or id.
func (tx *Tx) AddStaff(commune string, m staff.Member) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("adding a member of staff: %w", err)
	}
	n, err := tx.Exec(`INSERT INTO staff (commune, id, login, body, added_at, changed_at, removed_at) VALUES (?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT DO NOTHING`, commune, m.ID, m.Login, tx.sealPortal(staffName(commune, m.ID), body), tx.Now, tx.Now)
	if err != nil {
		return fmt.Errorf("adding a member of staff: %w", err)
	}
	if n == 0 {
		return ErrExists
	}
	return nil
}

// SetStaff changes a member, found by id and still on the list; ErrNotFound else. The sign-in name stays.
func (tx *Tx) SetStaff(commune string, m staff.Member) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("changing a member of staff: %w", err)
	}
	return tx.oneStaff(`UPDATE staff SET body = ?, changed_at = ? WHERE commune = ? AND id = ? AND login = ? AND removed_at = 0`,
		tx.sealPortal(staffName(commune, m.ID), body), tx.Now, commune, m.ID, m.Login)
}

// RemoveStaff takes a member off the list; ErrNotFound where nobody is. The row stays, for what it did.
func (tx *Tx) RemoveStaff(commune, id string) error {
	return tx.oneStaff(`UPDATE staff SET removed_at = ?, changed_at = ? WHERE commune = ? AND id = ? AND removed_at = 0`, max(tx.Now, 1), tx.Now, commune, id)
}

func (tx *Tx) oneStaff(query string, args ...any) error {
	n, err := tx.Exec(query, args...)
	if err != nil {
		return fmt.Errorf("changing a member of staff: %w", err)
	}
	if n == 0 {
		return ErrNotFound
	}
	return nil
}

// Staff lists a commune's members by sign-in name, those who were removed only with removed.
func (tx *Tx) Staff(commune string, removed bool) (list []StaffMember, err error) {
	most := 0
	if removed {
		most = 1
	}
	err = tx.Each(`SELECT id, body, added_at, changed_at, removed_at FROM staff WHERE commune = ? AND (removed_at = 0 OR 1 = ?)
		ORDER BY login, added_at, id`, []any{commune, most}, func(scan func(...any) error) error {
		var id string
		var sealed []byte
		m := StaffMember{Commune: commune}
		if err := scan(&id, &sealed, &m.AddedAt, &m.ChangedAt, &m.RemovedAt); err != nil {
			return err
		}
		body, err := tx.openPortal(staffName(commune, id), sealed)
		if err != nil {
			return fmt.Errorf("member %s: %w", id, err)
		}
		if err := json.Unmarshal(body, &m.Member); err != nil {
			return fmt.Errorf("member %s: %w", id, err)
		}
		list = append(list, m)
		return nil
	})
	return list, err
}

// TakeBackStaff makes the list say what a roster says that this portal signed and forgot, because it was put back
// from a backup: who was taken off stays off. What was changed after the roster was made stands.
func (tx *Tx) TakeBackStaff(r staff.Roster) error {
	have, err := tx.Staff(r.Commune, true)
	if err != nil {
		return err
	}
	if err := tx.SetTwoRefuse(r.Commune, r.TwoRefuse); err != nil {
		return err
	}
	here := map[string]StaffMember{}
	for _, m := range have {
		here[m.ID] = m
	}
	for _, m := range r.Members {
		old, known := here[m.ID]
		switch {
		case !known:
			if err = tx.AddStaff(r.Commune, m); errors.Is(err, ErrExists) {
				err = nil // the sign-in name was given to somebody else since
			}
		case old.RemovedAt == 0 && old.ChangedAt <= r.Issued:
			err = tx.SetStaff(r.Commune, m)
		}
		if err != nil {
			return err
		}
	}
	for _, m := range have {
		if _, still := r.ByID(m.ID); still || m.RemovedAt != 0 || m.ChangedAt > r.Issued {
			continue
		}
		if err := tx.RemoveStaff(r.Commune, m.ID); err != nil {
			return err
		}
	}
	return nil
}

func twoRefuseName(commune string) string { return "staff/two-refuse/" + commune }

// SetTwoRefuse keeps whether a refusal in a commune needs a second person.
func (tx *Tx) SetTwoRefuse(commune string, two bool) error {
	return tx.setMeta(twoRefuseName(commune), []byte(strconv.FormatBool(two)))
}

// TwoRefuse says whether a refusal in a commune needs a second person; nobody said so: it does not.
func (tx *Tx) TwoRefuse(commune string) (bool, error) {
	text, err := tx.meta(twoRefuseName(commune))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return string(text) == "true", err
}

// StaffCommunes lists the communes that have, or had, members.
func (tx *Tx) StaffCommunes() (list []string, err error) {
	err = tx.Each(`SELECT DISTINCT commune FROM staff ORDER BY commune`, nil, func(scan func(...any) error) error {
		var commune string
		if err := scan(&commune); err != nil {
			return err
		}
		list = append(list, commune)
		return nil
	})
	return list, err
}

// RosterInFeed gives the roster that a commune's feed brings; nil when none was published.
func (tx *Tx) RosterInFeed(commune string) ([]byte, error) {
	var pos int64
	var sealed []byte
	err := tx.Row("SELECT pos, body FROM feed WHERE commune = ? AND kind = ? AND item_key = ? ORDER BY pos DESC LIMIT 1",
		[]any{commune, staff.FeedKind, staff.FeedKey}, &pos, &sealed)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the published roster: %w", err)
	}
	return tx.openPortal(feedName(commune, uint64(pos)), sealed)
}

// PublishRoster puts a signed roster into its commune's feed, and into no other's: it holds names and verifiers.
func (tx *Tx) PublishRoster(commune string, file []byte) error {
	if _, err := tx.AppendFeed(commune, staff.FeedKind, staff.FeedKey, file); err != nil {
		return fmt.Errorf("publishing the roster of %s: %w", commune, err)
	}
	return nil
}
