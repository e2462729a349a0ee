package store

import (
	"errors"
	"fmt"

	"bendo/syncproto"
)

// Restored is what a restore came to so far. Nothing in it is personal; the names of
// its JSON fields are stable.
type Restored struct {
	Generation uint64 `json:"generation"`
	Before     uint64 `json:"before"` // 0: the portal was never restored
	Cause      string `json:"cause"`
	BeganAt    int64  `json:"began_at"`
	// NewestAt is the newest fact the database had: what happened from here to BeganAt
	// and is known to no machine (people, passwords, codes, statuses, views) is lost.
	NewestAt int64            `json:"newest_at"`
	Offices  []RestoredOffice `json:"offices"`
	Back     CameBack         `json:"came_back"`
	Missing  NotBack          `json:"not_back"`
}

// RestoredOffice is one office and whom it waits for.
type RestoredOffice struct {
	Commune    string           `json:"commune"`
	CodesHeld  bool             `json:"codes_held"`
	ReleasedBy string           `json:"released_by,omitempty"`
	Machines   []RestoredDevice `json:"machines"`
}

// RestoredDevice is a machine that may know what the portal lost.
type RestoredDevice struct {
	Device     syncproto.DeviceID `json:"device"`
	Status     DeviceStatus       `json:"status"`
	Echoed     bool               `json:"echoed"`
	LastSeenAt int64              `json:"last_seen_at"`
}

// CameBack counts what machines gave back since the generation began.
type CameBack struct {
	Events      int64            `json:"events"` // made before, received since
	Echoes      map[string]int64 `json:"echoes"` // feed items by kind
	Confirmed   int64            `json:"confirmed"`
	Unconfirmed int64            `json:"unconfirmed"` // receipts of an older generation, looked at as their office comes
	Incomplete  int64            `json:"incomplete"`  // submissions that lack a scan
}

// NotBack names what the portal knows it once had and has not.
type NotBack struct {
	Logs      []ShortLog  `json:"logs"`       // acknowledged before, not here under the same place
	EchoOnly  []EchoOnly  `json:"echo_only"`  // told of by an echo, the thing itself is not here
	TwiceUsed []TwiceUsed `json:"twice_used"` // official codes that two dossiers bear
}

// ShortLog is a log that had more events than it has.
type ShortLog struct {
	Commune string             `json:"commune"`
	Device  syncproto.DeviceID `json:"device"`
	Epoch   uint32             `json:"epoch"`
	Had     uint64             `json:"had"`
	Has     uint64             `json:"has"`
	// Elsewhere counts events made before the restore that came since in later logs of the
	// same machine: where a fork followed the restore, the machine placed there what it had.
	Elsewhere uint64 `json:"elsewhere"`
}

// Back says that as many events came again in later logs as this one lacks. No single event
// can be named: an ack proves how many there were, not which.
func (l ShortLog) Back() bool { return l.Elsewhere >= l.Had-l.Has }

// EchoOnly is known from a page this portal signed and nothing else.
type EchoOnly struct {
	Commune      string              `json:"commune"`
	Kind         string              `json:"kind"` // outcome, receipt, event
	Dossier      syncproto.DossierID `json:"dossier,omitzero"`
	Event        syncproto.EventID   `json:"event,omitzero"`
	Type         string              `json:"type,omitempty"`
	OfficialCode string              `json:"official_code,omitempty"`
}

// TwiceUsed is an official code on more than one dossier.
type TwiceUsed struct {
	Commune string `json:"commune"`
	Code    string `json:"code"`
	Times   int64  `json:"times"`
}

// RestoredReport reads how far the present generation has healed. codeOf reads the
// official code out of an event of the province, empty for none.
func (tx *Tx) RestoredReport(codeOf func(syncproto.Event) string) (Restored, error) {
	r := Restored{Back: CameBack{Echoes: map[string]int64{}}, Offices: []RestoredOffice{},
		Missing: NotBack{Logs: []ShortLog{}, EchoOnly: []EchoOnly{}, TwiceUsed: []TwiceUsed{}}}
	generation, err := tx.Generation()
	if err != nil {
		return r, err
	}
	r.Generation = generation
	lives, err := tx.Generations()
	if err != nil {
		return r, err
	}
	if len(lives) > 0 && lives[0].Generation == generation {
		r.Before, r.Cause, r.BeganAt, r.NewestAt = lives[0].Before, lives[0].Cause, lives[0].BeganAt, lives[0].NewestAt
	}
	err = errors.Join(tx.restoredOffices(&r), tx.restoredCounts(&r), tx.shortLogs(&r), tx.echoOnly(&r, codeOf), tx.twiceUsed(&r))
	if err != nil {
		return r, fmt.Errorf("reading how far the restore is: %w", err)
	}
	return r, nil
}

func (tx *Tx) restoredOffices(r *Restored) error {
	devices, err := tx.Devices()
	if err != nil {
		return err
	}
	at := map[string]int{}
	for _, d := range devices {
		i, known := at[d.Commune]
		if !known {
			i = len(r.Offices)
			at[d.Commune] = i
			o := RestoredOffice{Commune: d.Commune}
			if o.CodesHeld, err = tx.CodesHeld(d.Commune); err != nil {
				return err
			}
			err := tx.Row("SELECT who FROM releases WHERE commune = ? AND generation = ?", []any{d.Commune, int64(r.Generation)}, &o.ReleasedBy)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			r.Offices = append(r.Offices, o)
		}
		r.Offices[i].Machines = append(r.Offices[i].Machines, RestoredDevice{d.ID, d.Status, d.Echoed >= r.Generation, d.LastSeenAt})
	}
	return nil
}

func (tx *Tx) restoredCounts(r *Restored) error {
	if r.Before == 0 {
		return nil
	}
	generation := int64(r.Generation)
	return errors.Join(
		tx.Row("SELECT count(*) FROM events WHERE received_at >= ? AND at < ? AND device <> ?", []any{r.BeganAt, r.BeganAt, []byte{}}, &r.Back.Events),
		tx.Each("SELECT kind, count(*) FROM echoes WHERE taken_at >= ? GROUP BY kind", []any{r.BeganAt}, func(scan func(...any) error) error {
			var kind string
			var n int64
			err := scan(&kind, &n)
			r.Back.Echoes[kind] = n
			return err
		}),
		tx.Row("SELECT count(*) FROM submissions WHERE complete_at > 0 AND generation = ?", []any{generation}, &r.Back.Confirmed),
		tx.Row("SELECT count(*) FROM submissions WHERE complete_at > 0 AND generation < ?", []any{generation}, &r.Back.Unconfirmed),
		tx.Row("SELECT count(*) FROM submissions WHERE complete_at = 0", nil, &r.Back.Incomplete))
}

// shortLogs compares acks that were shown with what is here, and counts what came again in
// later logs of the same machine.
func (tx *Tx) shortLogs(r *Restored) error {
	return tx.Each(`SELECT p.commune, p.device, p.epoch, p.applied, COALESCE(l.applied, 0),
			(SELECT count(*) FROM events e WHERE e.commune = p.commune AND e.device = p.device AND e.epoch > p.epoch AND e.at < ? AND e.received_at >= ?)
		FROM proofs p LEFT JOIN logs l ON l.commune = p.commune AND l.device = p.device AND l.epoch = p.epoch
		WHERE p.applied > COALESCE(l.applied, 0) ORDER BY p.commune, p.device, p.epoch`, []any{r.BeganAt, r.BeganAt}, func(scan func(...any) error) error {
		var l ShortLog
		var device []byte
		var epoch, had, has, elsewhere int64
		err := scan(&l.Commune, &device, &epoch, &had, &has, &elsewhere)
		copy(l.Device[:], device)
		l.Epoch, l.Had, l.Has, l.Elsewhere = uint32(epoch), uint64(had), uint64(has), uint64(elsewhere)
		r.Missing.Logs = append(r.Missing.Logs, l)
		return err
	})
}

type echoRow struct {
	commune, kind string
	body          []byte
}

func (tx *Tx) echoOnly(r *Restored, codeOf func(syncproto.Event) string) error {
	var rows []echoRow
	err := tx.Each("SELECT commune, kind, body FROM echoes WHERE kind <> '' ORDER BY commune, epoch, pos", nil, func(scan func(...any) error) error {
		var e echoRow
		err := scan(&e.commune, &e.kind, &e.body)
		rows = append(rows, e)
		return err
	})
	if err != nil {
		return err
	}
	for _, e := range rows {
		body, err := tx.openPortal("echoes/"+e.kind, e.body)
		if err != nil {
			return err
		}
		found, here, err := tx.echoed(e, body, codeOf)
		if err != nil {
			return err
		}
		if !here {
			r.Missing.EchoOnly = append(r.Missing.EchoOnly, found)
		}
	}
	return nil
}

// echoed says whether what an echoed item tells of is here. What cannot be read, or is
// about nothing that is kept, counts as here.
func (tx *Tx) echoed(e echoRow, body []byte, codeOf func(syncproto.Event) string) (found EchoOnly, here bool, err error) {
	found = EchoOnly{Commune: e.commune, Kind: e.kind}
	n := int64(1)
	switch e.kind {
	case syncproto.FeedOutcome:
		o, err := syncproto.DecodeOutcome(body)
		if err != nil || o.Event.IsZero() {
			return found, true, nil
		}
		found.Event = o.Event
		err = tx.Row("SELECT count(*) FROM events WHERE commune = ? AND event = ?", []any{e.commune, o.Event[:]}, &n)
		return found, n > 0, err
	case syncproto.FeedReceipt:
		receipt, err := syncproto.DecodeReceipt(body)
		if err != nil {
			return found, true, nil
		}
		found.Dossier = receipt.Dossier
		err = tx.Row("SELECT count(*) FROM submissions WHERE commune = ? AND dossier = ? AND manifest = ?",
			[]any{e.commune, receipt.Dossier[:], receipt.Manifest[:]}, &n)
		return found, n > 0, err
	case syncproto.FeedEvent:
		ev, err := syncproto.DecodeEvent(body)
		if err != nil || ev.Header.Dossier.IsZero() {
			return found, true, nil
		}
		found.Dossier, found.Event, found.Type, found.OfficialCode = ev.Header.Dossier, ev.Header.ID, ev.Header.Type, codeOf(ev)
		err = tx.Row("SELECT count(*) FROM cases WHERE commune = ? AND dossier = ?", []any{e.commune, ev.Header.Dossier[:]}, &n)
		return found, n > 0, err
	}
	return found, true, nil
}

func (tx *Tx) twiceUsed(r *Restored) error {
	return tx.Each(`SELECT commune, official_code, count(*) FROM cases WHERE official_code <> '' GROUP BY commune, official_code
		HAVING count(*) > 1 ORDER BY commune, official_code`, nil, func(scan func(...any) error) error {
		var t TwiceUsed
		err := scan(&t.Commune, &t.Code, &t.Times)
		r.Missing.TwiceUsed = append(r.Missing.TwiceUsed, t)
		return err
	})
}
