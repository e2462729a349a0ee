package main

import (
	"bufio"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bendo/internal/dossier"
	"bendo/portal/store"
	"bendo/syncproto"
)

type enrolCommand struct {
	place      `embed:""`
	Commune    string `help:"Administrative code of the commune, e.g. 28807."`
	OfficeName string `help:"Name of the office as residents know it."`
	Replaces   string `help:"Id of the machine whose book the new one goes on with: destroyed, stolen, worn out. It is revoked when the new one is taken in." placeholder:"DEVICE"`
	JSON       bool   `name:"json" help:"Print one JSON value."`
}

// Run makes a code. It is shown once and kept only as a keyed digest.
func (e *enrolCommand) Run(c *console) error {
	o, err := e.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	code, err := e.code(c, o)
	if err != nil {
		return err
	}
	if e.JSON {
		return c.print(map[string]string{"code": code.String()})
	}
	_, err = fmt.Fprintf(c.out, "%s\nworks once, within seven days\n", code)
	return err
}

func (e *enrolCommand) code(c *console, o *office) (syncproto.Code, error) {
	if e.Replaces != "" {
		if e.Commune != "" || e.OfficeName != "" {
			return syncproto.Code{}, errors.New("--replaces takes commune and name from the machine it replaces: leave --commune and --office-name away")
		}
		old, err := syncproto.ParseDeviceID(e.Replaces)
		if err != nil {
			return syncproto.Code{}, err
		}
		return o.register.NewCodeReplacing(c.ctx, old)
	}
	if e.Commune == "" {
		return syncproto.Code{}, errors.New("say --commune CODE, or --replaces DEVICE")
	}
	name := e.OfficeName
	if name == "" {
		name = officeName(e.Commune)
	}
	return o.register.NewCode(c.ctx, e.Commune, name)
}

type listCommand struct {
	place `embed:""`
	JSON  bool `name:"json" help:"Print one JSON value."`
}

// listed is one dossier of the list; scripts rely on the names.
type listed struct {
	Reference    string             `json:"reference"`
	Slip         string             `json:"slip"`
	Procedure    string             `json:"procedure"`
	State        string             `json:"state"`
	SourceSHA256 string             `json:"source_sha256"`
	Attachments  []listedAttachment `json:"attachments"`
}

type listedAttachment struct {
	Name     string           `json:"name"`
	SHA256   syncproto.Digest `json:"sha256"`
	Length   int64            `json:"length"`
	Complete bool             `json:"complete"`
}

// Run lists every dossier of the province.
func (l *listCommand) Run(c *console) error {
	o, err := l.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	found := []listed{}
	err = o.db.Read(c.ctx, func(tx *store.Tx) error {
		cases, err := tx.Cases("")
		if err != nil {
			return err
		}
		for _, one := range cases {
			row, err := list(tx, one)
			if err != nil {
				return fmt.Errorf("listing dossier %s: %w", one.ID, err)
			}
			found = append(found, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if l.JSON {
		return c.print(found)
	}
	for _, row := range found {
		complete := 0
		for _, a := range row.Attachments {
			if a.Complete {
				complete++
			}
		}
		fmt.Fprintf(c.out, "%s\t%s\t%s\t%d/%d\t%s\n", dossier.Slip(row.Slip), row.Procedure, row.State, complete, len(row.Attachments), row.Reference)
	}
	return nil
}

func list(tx *store.Tx, one store.Case) (listed, error) {
	row := listed{Reference: one.Card.Reference, Slip: string(one.Slip), Procedure: one.Procedure, State: one.State,
		SourceSHA256: one.Card.Source, Attachments: []listedAttachment{}}
	events, err := tx.EventsOf(one.Commune, one.ID)
	if err != nil {
		return row, err
	}
	blobs, err := tx.BlobsOf(one.Commune, one.ID)
	if err != nil {
		return row, err
	}
	complete := map[syncproto.Digest]bool{}
	for _, b := range blobs {
		complete[b.Ref.SHA256] = b.Complete()
	}
	for _, a := range store.Attachments(events) {
		row.Attachments = append(row.Attachments, listedAttachment{a.Name, a.SHA256, a.Length, a.Empty() || complete[a.SHA256]})
	}
	return row, nil
}

type userCommand struct {
	place         `embed:""`
	Name          string `arg:"" help:"Name to sign in with."`
	Role          string `required:"" enum:"officer,it,leader" help:"officer, it or leader."`
	Office        string `required:"" help:"Administrative code of the commune whose dossiers this person may see."`
	PasswordStdin bool   `required:"" help:"Read the password from the first line of standard input."`
}

// Run adds a person. There is no default account and no default password.
func (u *userCommand) Run(c *console) error {
	line, err := bufio.NewReader(c.in).ReadString('\n')
	password := strings.TrimRight(line, "\r\n")
	if err != nil && password == "" {
		return errors.New("reading the password: nothing came on standard input")
	}
	o, err := u.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	return addUser(c, o.db, store.User{Name: u.Name, Role: store.Role(u.Role), Office: u.Office}, password)
}

type deviceCommand struct {
	place  `embed:""`
	Device string `arg:"" help:"The machine's id."`
	Status string `required:"" enum:"active,suspended,revoked" help:"active, suspended or revoked."`
}

// Run decides about a machine: one row.
func (d *deviceCommand) Run(c *console) error {
	id, err := syncproto.ParseDeviceID(d.Device)
	if err != nil {
		return err
	}
	o, err := d.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	err = o.db.Write(c.ctx, func(tx *store.Tx) error { return tx.SetDeviceStatus(id, store.DeviceStatus(d.Status)) })
	return named(err, id)
}

func named(err error, id syncproto.DeviceID) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no machine %s is enrolled", id)
	}
	return err
}

type devicesCommand struct {
	place `embed:""`
	JSON  bool `name:"json" help:"Print one JSON value."`
}

// device is one machine of the list.
type device struct {
	Device     syncproto.DeviceID  `json:"device"`
	Commune    string              `json:"commune"`
	Office     string              `json:"office"`
	Status     store.DeviceStatus  `json:"status"`
	Epoch      uint32              `json:"epoch"`
	SlipPrefix string              `json:"slip_prefix"`
	Suspected  bool                `json:"suspected"`
	Replaces   string              `json:"replaces,omitempty"`
	Alarms     []store.DeviceAlarm `json:"alarms"`
	EnrolledAt int64               `json:"enrolled_at"`
	LastSeenAt int64               `json:"last_seen_at"`
}

// Run lists the machines.
func (d *devicesCommand) Run(c *console) error {
	o, err := d.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	rows := []device{}
	err = o.db.Read(c.ctx, func(tx *store.Tx) error {
		rows, err = machines(tx)
		return err
	})
	if err != nil {
		return err
	}
	if d.JSON {
		return c.print(rows)
	}
	for _, row := range rows {
		mark := ""
		if row.Suspected {
			mark = "\tsuspected clone"
		}
		if row.Replaces != "" {
			mark += "\treplaces " + row.Replaces
		}
		for _, a := range row.Alarms {
			mark += "\talarm " + a.Code + " (" + strconv.FormatInt(a.Times, 10) + "): " + a.Detail
		}
		fmt.Fprintf(c.out, "%s\t%s\t%s\t%s\tepoch %d%s\n", row.Device, row.Commune, row.Office, row.Status, row.Epoch, mark)
	}
	return nil
}

func machines(tx *store.Tx) ([]device, error) {
	all, err := tx.Devices()
	if err != nil {
		return nil, err
	}
	alarms, err := tx.Alarms()
	if err != nil {
		return nil, err
	}
	rows := []device{}
	for _, one := range all {
		row := device{Device: one.ID, Commune: one.Commune, Office: one.OfficeName, Status: one.Status, Epoch: one.Epoch, SlipPrefix: one.SlipPrefix,
			Suspected: one.Suspected, EnrolledAt: one.EnrolledAt, LastSeenAt: one.LastSeenAt, Alarms: []store.DeviceAlarm{}}
		old, err := tx.Replaced(one)
		if err != nil {
			return nil, err
		}
		if !old.IsZero() {
			row.Replaces = old.String()
		}
		for _, a := range alarms {
			if a.Device == one.ID {
				row.Alarms = append(row.Alarms, a)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

type grantCommand struct {
	place  `embed:""`
	Device string `arg:"" help:"The machine's id."`
}

// Run grants the next epoch by the feed. The machine asks for nothing: a log that
// is a fork is frozen there, and only a person of the province may go on.
func (g *grantCommand) Run(c *console) error {
	id, err := syncproto.ParseDeviceID(g.Device)
	if err != nil {
		return err
	}
	o, err := g.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	return named(o.register.GrantByFeed(c.ctx, id), id)
}

type journalCommand struct {
	place  `embed:""`
	Office string `required:"" help:"Administrative code of the commune."`
	JSON   bool   `name:"json" help:"Print one JSON value."`
}

// Run shows a journal. A journal that was tampered with is an error.
func (j *journalCommand) Run(c *console) error {
	o, err := j.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	lines := []store.Looked{}
	err = o.db.Read(c.ctx, func(tx *store.Tx) error {
		found, err := tx.Journal(j.Office)
		lines = append(lines, found...)
		return err
	})
	if err != nil {
		return err
	}
	if j.JSON {
		return c.print(lines)
	}
	for _, l := range lines {
		fmt.Fprintf(c.out, "%d\t%d\t%s\t%s\t%s\n", l.N, l.At, l.Who, l.Act, l.Dossier)
	}
	return nil
}
