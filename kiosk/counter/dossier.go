package counter

import (
	"context"
	"slices"

	"bendo/internal/catalog"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/form"
	"bendo/internal/staff"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// View is a dossier as the desk shows it. Times are unix ms.
type View struct {
	Revision     int64             `json:"revision"`
	Row          Row               `json:"row"`
	Filing       filingView        `json:"filing"`
	People       peopleView        `json:"people"`
	Answers      []answerView      `json:"answers"`
	Components   []componentView   `json:"components"`
	Signature    *signatureView    `json:"signature,omitempty"`
	Verdict      []dossier.Verdict `json:"verdict"`
	Journal      []journalView     `json:"journal"`
	Pending      []pendingView     `json:"pending"`
	Steps        []string          `json:"steps"` // what this member may do now
	Custody      custodyView       `json:"custody"`
	Due          *dueView          `json:"due,omitempty"`
	OfficialCode string            `json:"official_code,omitempty"`
	Supplement   *supplementView   `json:"supplement,omitempty"` // what the resident is asked for now
	Supplements  int               `json:"supplements"`
	Fees         []feeView         `json:"fees"`
	Lookups      []string          `json:"lookups"` // papers that wait to be looked up
	TwoRefuse    bool              `json:"two_refuse,omitempty"`
	Unknown      int               `json:"unknown,omitempty"` // events of a newer program
	Proposals    int               `json:"proposals,omitempty"`
}

type namedView struct {
	Code string     `json:"code"`
	Name reply.Text `json:"name"`
}

type filingView struct {
	Procedure namedView       `json:"procedure"`
	Case      string          `json:"case,omitempty"`
	Channel   dossier.Channel `json:"channel"`
	Language  string          `json:"language,omitempty"`
	FiledAt   int64           `json:"filed_at"`
	Pack      string          `json:"pack"`
	PackHere  bool            `json:"pack_here"`
	Note      string          `json:"note,omitempty"`
}

type peopleView struct {
	Applicant dossier.Person  `json:"applicant"`
	Submitter *dossier.Person `json:"submitter,omitempty"`
	Helper    *dossier.Person `json:"helper,omitempty"`
}

type answerView struct {
	Section  reply.Text `json:"section"`
	Question reply.Text `json:"question"`
	Answer   string     `json:"answer"`
	Evidence string     `json:"evidence,omitempty"`
}

type componentView struct {
	ID        string                 `json:"id"`
	Name      reply.Text             `json:"name"`
	State     dossier.ComponentState `json:"state"`
	Ref       string                 `json:"ref,omitempty"`
	Originals int                    `json:"originals"`
	Copies    int                    `json:"copies"`
	Compared  *comparedView          `json:"compared,omitempty"`
	Scans     []scanView             `json:"scans"`
}

type comparedView struct {
	At       int64  `json:"at"`
	Who      string `json:"who"`
	Compared bool   `json:"compared"`
}

type scanView struct {
	SHA256 syncproto.Digest `json:"sha256"`
	Name   string           `json:"name,omitempty"`
	MIME   string           `json:"mime"`
	Length int64            `json:"length"`
	Here   bool             `json:"here"`
}

type signatureView struct {
	Kind string    `json:"kind"`
	Scan *scanView `json:"scan,omitempty"`
}

type journalView struct {
	At    int64      `json:"at"`
	Type  string     `json:"type"`
	Who   string     `json:"who,omitempty"` // a member's name; empty for the province and for residents
	Text  reply.Text `json:"text"`
	Note  string     `json:"note,omitempty"` // what the member wrote; staff only
	Clock string     `json:"clock"`
}

type pendingView struct {
	Event  syncproto.EventID      `json:"event"`
	Type   string                 `json:"type"`
	N      int                    `json:"n,omitempty"`
	At     int64                  `json:"at"`
	Text   reply.Text             `json:"text"`
	Reason string                 `json:"reason,omitempty"`
	Lookup *dossier.LookupPayload `json:"lookup,omitempty"`
}

type custodyView struct {
	Holder   string           `json:"holder"` // here | province | transit | elsewhere
	Handover dossier.Handover `json:"handover"`
	Desk     string           `json:"desk,omitempty"`
	Text     reply.Text       `json:"text"`
}

type supplementView struct {
	N        int          `json:"n"`
	At       int64        `json:"at"`
	Reasons  []reasonView `json:"reasons"`
	Text     string       `json:"text,omitempty"`
	Deadline int64        `json:"deadline,omitempty"`
	Stage    string       `json:"stage,omitempty"`
}

type reasonView struct {
	Component string      `json:"component,omitempty"`
	Name      *reply.Text `json:"name,omitempty"`
	Code      string      `json:"code"`
	Text      string      `json:"text,omitempty"`
}

type feeView struct {
	At     int64  `json:"at"`
	Amount int64  `json:"amount"` // đồng
	Text   string `json:"text,omitempty"`
}

// view lays a dossier out for one member.
func (c *Counter) view(ctx context.Context, o Opened, who Who) View {
	s := o.State
	v := View{Revision: o.Revision, Row: c.row(ctx, o), OfficialCode: s.OfficialCode, Supplements: s.Supplements, Answers: []answerView{},
		Verdict: []dossier.Verdict{}, Fees: []feeView{}, Journal: c.journal(o), Pending: pendings(s), Steps: stepsOf(o, who),
		Custody: custodyView{holding(o), s.Handover, s.Desk, custodyText(o)}, Lookups: append([]string{}, s.ToLookUp()...),
		TwoRefuse: c.TwoRefuse != nil && c.TwoRefuse(), Unknown: len(s.Unknown), Proposals: len(s.Proposals),
		Filing: filingView{Procedure: procedureName(o.Procedure), Case: s.Case, Channel: s.Channel, Language: s.Language, FiledAt: s.FiledAt,
			Pack: s.Pack, PackHere: o.Pack != nil}}
	for _, f := range s.Fees {
		v.Fees = append(v.Fees, feeView{f.At, f.Amount, f.Text})
	}
	for _, component := range s.Components {
		v.Components = append(v.Components, c.component(o, component))
	}
	if s.Due > 0 {
		v.Due = c.dueSet(o)
	}
	if s.OpenSupplement != nil {
		v.Supplement = openSupplement(o)
	}
	if f := o.Filing; f != nil {
		v.People = peopleView{f.Applicant, f.Submitter, f.Helper}
		v.Answers, v.Filing.Note = answers(o.Pack, f), f.Note
		v.Verdict = append(v.Verdict, f.Verdict...)
		v.Signature = signature(o, f.Signature)
	}
	return v
}

// row is the dossier as lists show it, made of what was just read: an index may lag behind a step. Only
// the hint at dossiers that may be the same comes from there.
func (c *Counter) row(ctx context.Context, o Opened) Row {
	s := o.State
	now, _ := c.now()
	name := procedureName(o.Procedure)
	row := Row{ID: s.ID.String(), Slip: s.Slip.String(), OfficialCode: s.OfficialCode, Procedure: RowProcedure(name), Status: dossier.StateText(s),
		Business: string(s.Business), Code: s.NationalCode, FiledAt: s.FiledAt, Due: s.Due, Late: s.LateAt(now.UnixMilli()), Holder: holding(o), Requests: len(s.Pending)}
	if o.Filing != nil {
		row.Applicant, row.BirthYear = o.Filing.Applicant.FullName, birthYear(o.Filing.Applicant.BirthDate)
	}
	if s.TakenIn != nil {
		row.ReceivedAt = s.TakenIn.At
	}
	if c.Finding != nil {
		if indexed, err := c.Finding.Row(ctx, s.ID); err == nil {
			row.Twins = indexed.Twins
		}
	}
	return row
}

func procedureName(p catalog.Procedure) namedView {
	name := p.Short
	if name.VI == "" {
		name = p.Name
	}
	return namedView{p.Code, inBoth(name)}
}

func inBoth(t form.Text) reply.Text {
	if t.EN == "" {
		t.EN = t.VI
	}
	return reply.Say(t.VI, t.EN)
}

func (c *Counter) component(o Opened, in dossier.Component) componentView {
	v := componentView{ID: in.ID, Name: o.ComponentName(in.ID), State: in.State, Ref: in.Ref, Originals: in.Originals, Copies: in.Copies, Scans: []scanView{}}
	for _, b := range in.Blobs {
		v.Scans = append(v.Scans, scan(o, b))
	}
	if compared, ok := o.State.ComparedOf(in.ID); ok {
		v.Compared = &comparedView{compared.At, c.nameOf(compared.By), compared.Compared.Compared}
	}
	return v
}

func scan(o Opened, b dossier.Blob) scanView {
	return scanView{b.SHA256, b.Name, b.MIME, b.Length, b.Empty() || o.Here[b.SHA256]}
}

func signature(o Opened, s *dossier.Signature) *signatureView {
	if s == nil {
		return nil
	}
	v := &signatureView{Kind: s.Kind}
	if s.Blob != nil {
		picture := scan(o, *s.Blob)
		v.Scan = &picture
	}
	return v
}

func answers(pack *catalog.Pack, f *dossier.SubmittedPayload) []answerView {
	list := []answerView{}
	for _, section := range pack.Answered(f.Procedure, f.Answers) {
		for _, field := range section.Fields {
			list = append(list, answerView{inBoth(section.Section), inBoth(field.Label), field.Value, f.Evidence[field.ID]})
		}
	}
	return list
}

// journal is everything that happened, for staff: notes and hand-overs included.
func (c *Counter) journal(o Opened) []journalView {
	list := []journalView{}
	for _, step := range o.State.Journal {
		if step.Type == dossier.Rated {
			continue // who rated, and when, would say which rating it was
		}
		v := journalView{At: step.At, Type: step.Type, Text: dossier.Sentence(step), Note: o.Notes[step.Event], Clock: clock.Quality(step.Clock).String()}
		if step.Author == o.Own && step.By != "kiosk" {
			v.Who = c.nameOf(step.By)
		}
		list = append(list, v)
	}
	return list
}

func pendings(s dossier.State) []pendingView {
	list := []pendingView{}
	for _, p := range s.Pending {
		list = append(list, pendingView{p.Event, p.Type, p.N, p.At, dossier.Sentence(dossier.Step{Type: p.Type, N: p.N}), p.Reason, p.Lookup})
	}
	return list
}

func openSupplement(o Opened) *supplementView {
	open := o.State.OpenSupplement
	v := &supplementView{N: open.N, At: open.At, Text: open.Text, Deadline: open.Deadline, Stage: open.Stage, Reasons: []reasonView{}}
	for _, r := range open.Reasons {
		one := reasonView{Component: r.Component, Code: r.Code, Text: r.Text}
		if r.Component != "" {
			name := o.ComponentName(r.Component)
			one.Name = &name
		}
		v.Reasons = append(v.Reasons, one)
	}
	return v
}

// holding says who keeps a dossier, as seen from this office.
func holding(o Opened) string {
	s := o.State
	switch {
	case s.Holder == o.Own:
		return "here"
	case s.InTransit:
		return "transit"
	case s.Holder == dossier.Province:
		return "province"
	}
	return "elsewhere"
}

func custodyText(o Opened) reply.Text {
	switch s := o.State; holding(o) {
	case "here":
		if s.TakenIn == nil && s.Handover == dossier.HandoverAtTakeIn {
			return reply.Say("Xã đang giữ; tiếp nhận xong hồ sơ chuyển lên hệ thống của tỉnh.", "Kept here; once taken in it goes to the province's system.")
		}
		return reply.Say("Xã đang giữ và giải quyết.", "Kept and handled here.")
	case "transit":
		if s.Holder == dossier.Province {
			return reply.Say("Đã chuyển cho tỉnh; tỉnh chưa xử lý bước nào. Ở đây chỉ gửi được yêu cầu.", "Handed to the province, which has not acted yet. From here you can only send requests.")
		}
		return reply.Say("Đang trên đường chuyển sang nơi khác; nơi nhận chưa xử lý.", "On its way to another place, which has not acted yet.")
	case "province":
		return reply.Say("Hệ thống của tỉnh đang giữ. Ở đây chỉ gửi được yêu cầu.", "The province's system keeps it. From here you can only send requests.")
	}
	return reply.Say("Máy khác đang giữ. Ở đây chỉ gửi được yêu cầu.", "Another machine keeps it. From here you can only send requests.")
}

// stepsOf lists what a member may do with a dossier now, in the order a screen offers it.
func stepsOf(o Opened, who Who) []string {
	legal := dossier.LegalSteps(o.State, o.Own)
	offered := []string{}
	for _, name := range stepNames {
		step := steps[name]
		if !slices.ContainsFunc(step.acts, func(a staff.Act) bool { return staff.May(who.Roles, a) }) {
			continue
		}
		if slices.Contains(legal, name) || step.ask != "" && dossier.Legal(o.State, o.Own, step.ask) == nil {
			offered = append(offered, name)
		}
	}
	return offered
}
