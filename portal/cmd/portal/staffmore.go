package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bendo/internal/durable"
	"bendo/internal/staff"
	"bendo/portal/store"
)

type staffListCommand struct {
	staffPlace `embed:""`
	Removed    bool `help:"Also who was taken off: events name their actor by the id."`
}

// staffListed is one member of the list; scripts rely on the names.
type staffListed struct {
	ID        string       `json:"id"`
	Login     string       `json:"login"`
	Name      string       `json:"name"`
	Roles     []staff.Role `json:"roles"`
	From      int64        `json:"from,omitempty"`
	Until     int64        `json:"until,omitempty"`
	AddedAt   int64        `json:"added_at"`
	ChangedAt int64        `json:"changed_at"`
	RemovedAt int64        `json:"removed_at,omitempty"`
}

// Run lists them. Verifiers are never shown.
func (l *staffListCommand) Run(c *console) error {
	o, err := l.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	rows := []staffListed{}
	err = o.db.Read(c.ctx, func(tx *store.Tx) error {
		members, err := tx.Staff(l.Commune, l.Removed)
		for _, m := range members {
			rows = append(rows, staffListed{m.ID, m.Login, m.Name, m.Roles, m.From, m.Until, m.AddedAt, m.ChangedAt, m.RemovedAt})
		}
		return err
	})
	if err != nil {
		return err
	}
	if l.JSON {
		return c.print(rows)
	}
	for _, row := range rows {
		var notes []string
		for _, r := range row.Roles {
			notes = append(notes, string(r))
		}
		line := strings.Join(notes, ",")
		if row.From != 0 {
			line += "\tfrom " + time.UnixMilli(row.From).In(inOffice).Format(time.DateOnly)
		}
		if row.Until != 0 {
			line += "\tuntil " + time.UnixMilli(row.Until-1).In(inOffice).Format(time.DateOnly)
		}
		if row.RemovedAt != 0 {
			line += "\tremoved " + time.UnixMilli(row.RemovedAt).In(inOffice).Format(time.DateOnly)
		}
		fmt.Fprintf(c.out, "%s\t%s\t%s\t%s\n", row.ID, row.Login, row.Name, line)
	}
	return nil
}

type staffSetCommand struct {
	staffPlace    `embed:""`
	Login         string   `arg:"" help:"The member's sign-in name."`
	Name          string   `help:"Another name."`
	Role          []string `help:"The roles from now on; may repeat."`
	From          string   `help:"First day, YYYY-MM-DD; - for none." placeholder:"DAY"`
	Until         string   `help:"Last day, YYYY-MM-DD; - for none." placeholder:"DAY"`
	NewPassword   bool     `help:"Make a new password, printed once; sessions of the old one end."`
	PasswordStdin bool     `help:"Read a new password from the first line of standard input."`
}

// Run changes what is named and leaves the rest.
func (s *staffSetCommand) Run(c *console) error {
	o, err := s.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	verifier, made := staff.Verifier(""), ""
	if s.NewPassword || s.PasswordStdin {
		if verifier, made, err = verifierFor(c, s.PasswordStdin); err != nil {
			return err
		}
	}
	var m staff.Member
	err = o.db.Write(c.ctx, func(tx *store.Tx) error {
		if m, err = memberBy(tx, s.Commune, s.Login); err != nil {
			return err
		}
		if err := s.change(&m, verifier); err != nil {
			return err
		}
		if err := tx.SetStaff(s.Commune, m); err != nil {
			return err
		}
		return signable(tx, o, s.Commune)
	})
	if err != nil {
		return err
	}
	published, err := s.refresh(c, o)
	if err != nil {
		return err
	}
	if s.JSON {
		return c.print(staffAdded{m.ID, m.Login, made, published})
	}
	if made != "" {
		fmt.Fprintf(c.out, "password (shown once): %s\n", made)
	}
	return s.sayPublished(c, published)
}

func (s *staffSetCommand) change(m *staff.Member, verifier staff.Verifier) (err error) {
	if name := strings.TrimSpace(s.Name); name != "" {
		m.Name = name
	}
	if len(s.Role) > 0 {
		if m.Roles, err = rolesOf(s.Role); err != nil {
			return err
		}
	}
	if s.From != "" {
		if m.From, err = day(s.From); err != nil {
			return err
		}
	}
	if s.Until != "" {
		if m.Until, err = lastDay(s.Until); err != nil {
			return err
		}
	}
	if verifier != "" {
		m.Verifier = verifier
	}
	return nil
}

func memberBy(tx *store.Tx, commune, typed string) (staff.Member, error) {
	login, err := staff.ParseLogin(typed)
	if err != nil {
		return staff.Member{}, err
	}
	members, err := tx.Staff(commune, false)
	if err != nil {
		return staff.Member{}, err
	}
	i := slices.IndexFunc(members, func(m store.StaffMember) bool { return m.Login == login })
	if i < 0 {
		return staff.Member{}, fmt.Errorf("commune %s has no member %s", commune, login)
	}
	return members[i].Member, nil
}

type staffRemoveCommand struct {
	staffPlace `embed:""`
	Login      string `arg:"" help:"The member's sign-in name."`
}

// Run takes one off. The commune's machines end the member's sessions when they hear of it.
func (s *staffRemoveCommand) Run(c *console) error {
	o, err := s.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	var m staff.Member
	err = o.db.Write(c.ctx, func(tx *store.Tx) error {
		if m, err = memberBy(tx, s.Commune, s.Login); err != nil {
			return err
		}
		return tx.RemoveStaff(s.Commune, m.ID)
	})
	if err != nil {
		return err
	}
	published, err := s.refresh(c, o)
	if err != nil {
		return err
	}
	if s.JSON {
		return c.print(staffAdded{ID: m.ID, Login: m.Login, Published: published})
	}
	return s.sayPublished(c, published)
}

type staffPolicyCommand struct {
	staffPlace `embed:""`
	TwoRefuse  bool `required:"" negatable:"" help:"A refusal needs the password of a second person who may refuse."`
}

// Run keeps it; it travels with the roster.
func (s *staffPolicyCommand) Run(c *console) error {
	o, err := s.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	if err := o.db.Write(c.ctx, func(tx *store.Tx) error { return tx.SetTwoRefuse(s.Commune, s.TwoRefuse) }); err != nil {
		return err
	}
	published, err := s.refresh(c, o)
	if err != nil {
		return err
	}
	if s.JSON {
		return c.print(map[string]bool{"two_refuse": s.TwoRefuse, "published": published})
	}
	return s.sayPublished(c, published)
}

// rosterSaid is the answer about a roster; scripts rely on the names.
type rosterSaid struct {
	Version   int64 `json:"version"`
	Issued    int64 `json:"issued"`
	Members   int   `json:"members"`
	Published bool  `json:"published"`
}

type staffPublishCommand struct {
	staffPlace `embed:""`
}

// Run publishes; a roster that was published and has not changed is not published again.
func (s *staffPublishCommand) Run(c *console) error {
	o, err := s.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	r, published, err := o.register.PublishRoster(c.ctx, s.Commune)
	if err != nil {
		return err
	}
	if s.JSON {
		return c.print(rosterSaid{r.Version, r.Issued, len(r.Members), published})
	}
	text := "published"
	if !published {
		text = "nothing changed since it was published"
	}
	_, err = fmt.Fprintf(c.out, "%d members, %s\n", len(r.Members), text)
	return err
}

type staffRosterCommand struct {
	staffPlace `embed:""`
	Out        string `required:"" help:"The file; its bearer can guess at the passwords of this commune, so it belongs on a stick that is looked after." placeholder:"FILE"`
}

// Run writes the file. On the machine: kiosk roster FILE.
func (s *staffRosterCommand) Run(c *console) error {
	o, err := s.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	file, r, err := o.register.SignedRoster(c.ctx, s.Commune)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(s.Out, file, 0o600); err != nil {
		return fmt.Errorf("writing the roster: %w", err)
	}
	if s.JSON {
		return c.print(rosterSaid{r.Version, r.Issued, len(r.Members), false})
	}
	_, err = fmt.Fprintf(c.out, "%d members\n", len(r.Members))
	return err
}
