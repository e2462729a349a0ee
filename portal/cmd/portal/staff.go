package main

import (
	"bufio"
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"bendo/internal/staff"
	"bendo/portal/store"
)

// The communes' staff: who may sign in to the machines of an office. They are not the portal's users
// (portal user add): what they do lies in their office's book, and neither signs in at the other's.

type staffCommands struct {
	Add     staffAddCommand     `cmd:"" help:"Add a member to a commune's roster; prints a new password once."`
	List    staffListCommand    `cmd:"" help:"List a commune's members."`
	Set     staffSetCommand     `cmd:"" help:"Change a member: name, roles, times, password."`
	Remove  staffRemoveCommand  `cmd:"" help:"Take a member off the roster."`
	Policy  staffPolicyCommand  `cmd:"" help:"Say whether a refusal in this commune needs a second person."`
	Publish staffPublishCommand `cmd:"" help:"Give the commune's machines its roster. Once published it is kept true by itself."`
	Roster  staffRosterCommand  `cmd:"" help:"Write the commune's signed roster to a file, for a stick."`
}

// staffPlace is what all of them say.
type staffPlace struct {
	place   `embed:""`
	Commune string `required:"" help:"Administrative code of the commune, e.g. 28807."`
	JSON    bool   `name:"json" help:"Print one JSON value."`
}

// inOffice is the zone of an office: a day in a roster begins at midnight of Viet Nam.
var inOffice = time.FixedZone("ICT", 7*60*60)

// day reads YYYY-MM-DD as the first moment of that day, unix ms; 0 for no text or "-".
func day(text string) (int64, error) {
	if text == "" || text == "-" {
		return 0, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, inOffice)
	if err != nil {
		return 0, fmt.Errorf("the day %q is not written YYYY-MM-DD", text)
	}
	return t.UnixMilli(), nil
}

// lastDay reads a last day: the first moment behind it.
func lastDay(text string) (int64, error) {
	ms, err := day(text)
	if ms != 0 {
		ms += (24 * time.Hour).Milliseconds()
	}
	return ms, err
}

// rolesOf reads names of roles.
func rolesOf(names []string) (list []staff.Role, err error) {
	for _, name := range names {
		role := staff.Role(name)
		if !role.Valid() {
			return nil, fmt.Errorf("there is no role %q: clerk, specialist, head, police, post, helper, inspector", name)
		}
		list = append(list, role)
	}
	return list, nil
}

// verifierFor takes a password from standard input or makes one; made is what must be shown, once.
func verifierFor(c *console, fromStdin bool) (v staff.Verifier, made string, err error) {
	password := ""
	if fromStdin {
		line, err := bufio.NewReader(c.in).ReadString('\n')
		if password = strings.TrimRight(line, "\r\n"); err != nil && password == "" {
			return "", "", errors.New("reading the password: nothing came on standard input")
		}
	} else {
		var b [10]byte
		rand.Read(b[:]) // never fails: the program dies instead
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		made = text[0:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16] // 80 bits
		password = made
	}
	if err := staff.CheckPassword(password); err != nil {
		return "", "", err
	}
	var salt staff.Salt
	rand.Read(salt[:])
	return staff.NewVerifier(password, salt, staff.Strong), made, nil
}

type staffAddCommand struct {
	staffPlace    `embed:""`
	Name          string   `arg:"" help:"Name as colleagues and papers have it."`
	Login         string   `required:"" help:"Name to sign in with: 2 to 40 letters a–z, digits, dots, dashes."`
	Role          []string `required:"" help:"clerk, specialist, head, police, post, helper or inspector; may repeat."`
	From          string   `help:"First day, YYYY-MM-DD." placeholder:"DAY"`
	Until         string   `help:"Last day, YYYY-MM-DD." placeholder:"DAY"`
	PasswordStdin bool     `help:"Read the password from the first line of standard input instead of making one."`
}

// staffAdded is the answer; scripts rely on the names.
type staffAdded struct {
	ID        string `json:"id"`
	Login     string `json:"login"`
	Password  string `json:"password,omitempty"` // shown once, kept nowhere
	Published bool   `json:"published"`          // the commune's machines hear of it by themselves
}

// Run adds one. Where the commune's roster was published before, the change is published at once.
func (a *staffAddCommand) Run(c *console) error {
	m := staff.Member{Name: strings.TrimSpace(a.Name)}
	var err1, err2, err3, err4 error
	m.Login, err1 = staff.ParseLogin(a.Login)
	m.Roles, err2 = rolesOf(a.Role)
	m.From, err3 = day(a.From)
	m.Until, err4 = lastDay(a.Until)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	o, err := a.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	made := ""
	if m.Verifier, made, err = verifierFor(c, a.PasswordStdin); err != nil {
		return err
	}
	var id [8]byte
	rand.Read(id[:])
	m.ID = "m-" + hex.EncodeToString(id[:])
	if err := a.write(c, o, m); err != nil {
		return err
	}
	published, err := a.refresh(c, o)
	if err != nil {
		return err
	}
	if a.JSON {
		return c.print(staffAdded{m.ID, m.Login, made, published})
	}
	fmt.Fprintf(c.out, "%s\t%s\n", m.ID, m.Login)
	if made != "" {
		fmt.Fprintf(c.out, "password (shown once): %s\n", made)
	}
	return a.sayPublished(c, published)
}

// write keeps a member unless the roster that comes of it could not be signed.
func (a *staffAddCommand) write(c *console, o *office, m staff.Member) error {
	err := o.db.Write(c.ctx, func(tx *store.Tx) error {
		if err := tx.AddStaff(a.Commune, m); err != nil {
			return err
		}
		return signable(tx, o, a.Commune)
	})
	if errors.Is(err, store.ErrExists) {
		return fmt.Errorf("commune %s has a member %s already", a.Commune, m.Login)
	}
	return err
}

// signable refuses a list no machine would take.
func signable(tx *store.Tx, o *office, commune string) error {
	members, err := tx.Staff(commune, false)
	if err != nil {
		return err
	}
	r := staff.Roster{Commune: commune, Version: 1, Issued: 1}
	for _, m := range members {
		r.Members = append(r.Members, m.Member)
	}
	_, err = staff.Sign(r, o.register.Keys.Receipt)
	return err
}

// refresh publishes what changed where the commune's roster was published before, and says whether its feed now
// brings what the list says.
func (p *staffPlace) refresh(c *console, o *office) (bool, error) {
	if _, err := o.register.RefreshRosters(c.ctx); err != nil {
		return false, fmt.Errorf("the change is kept, but was not published: %w", err)
	}
	published := false
	err := o.db.Read(c.ctx, func(tx *store.Tx) error {
		file, err := tx.RosterInFeed(p.Commune)
		published = file != nil
		return err
	})
	return published, err
}

func (p *staffPlace) sayPublished(c *console, published bool) error {
	text := "published: the commune's machines get it with their next contact\n"
	if !published {
		text = fmt.Sprintf("not published yet: portal staff publish --commune %s\n", p.Commune)
	}
	_, err := fmt.Fprint(c.out, text)
	return err
}
