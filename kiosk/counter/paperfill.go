package counter

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/officepaper"
	"bendo/syncproto"
)

// Filling the forms from what the book knows. Nothing is supposed: what was not recorded stays blank,
// to be written by hand.

func paperPerson(p *dossier.Person) officepaper.Person {
	if p == nil {
		return officepaper.Person{}
	}
	return officepaper.Person{Name: p.FullName, Address: p.Address, Phone: p.Phone, ID: p.CitizenID}
}

// people are who handed the dossier in and, where it is somebody else, whose it is.
func (f paperFacts) people() (from, owner officepaper.Person, relation string) {
	if f.filing == nil {
		return from, owner, ""
	}
	if f.filing.Submitter == nil {
		return paperPerson(&f.filing.Applicant), owner, ""
	}
	return paperPerson(f.filing.Submitter), paperPerson(&f.filing.Applicant), f.filing.Submitter.Relation
}

// to is whom a letter is addressed to: the applicant.
func (f paperFacts) to() officepaper.Person {
	if f.filing == nil {
		return officepaper.Person{}
	}
	return paperPerson(&f.filing.Applicant)
}

// content names the procedure with its national code.
func (f paperFacts) content() string {
	if f.pack != nil {
		if p, found := f.pack.Procedure(f.state.Procedure); found {
			return p.Name.VI + " (" + p.Code + ")"
		}
	}
	return f.state.Procedure
}

// received is when an officer took the dossier in; a time nobody confirmed says so.
func (f paperFacts) received() string {
	t := f.state.TakenIn
	if t == nil {
		return ""
	}
	return paperMoment(t.At, t.Clock, t.Vouched)
}

func paperMoment(ms int64, quality syncproto.ClockQuality, vouched bool) string {
	if ms == 0 {
		return ""
	}
	text := officepaper.Moment(time.UnixMilli(ms))
	if q := clock.Quality(quality); !vouched && (q == clock.Unknown || q == clock.Jumped) {
		text += " (giờ máy chưa xác nhận)"
	}
	return text
}

func paperAt(ms int64) string {
	if ms == 0 {
		return ""
	}
	return officepaper.Moment(time.UnixMilli(ms))
}

// papers are the dossier's papers with what was handed in of each.
func (f paperFacts) papers() (out []officepaper.Papers) {
	for _, c := range f.state.Components {
		p := officepaper.Papers{Name: f.component(c.ID, c.Name), Originals: c.Originals, Plain: c.Copies, Note: paperNote(c)}
		if x, found := f.state.ComparedOf(c.ID); found && x.Compared.Compared && c.State == dossier.Provided {
			p.Note = "đã đối chiếu bản chính"
		}
		out = append(out, p)
	}
	return out
}

func paperNote(c dossier.Component) string {
	switch c.State {
	case dossier.ReplacedByData:
		return "dùng dữ liệu có sẵn"
	case dossier.ToBeLookedUp:
		return "cán bộ tra cứu"
	case dossier.NotApplicable:
		return "không áp dụng"
	case dossier.Missing:
		return "chưa có"
	}
	if c.Originals == 0 && c.Copies == 0 && len(c.Blobs) > 0 {
		return fmt.Sprintf("bản điện tử, %d tệp", len(c.Blobs))
	}
	return ""
}

// lawDue is the due date by the law: the last one that is not put off by the office.
func (f paperFacts) lawDue() (d dossier.DueDate, found bool) {
	for _, one := range f.state.Dues {
		if one.Why != dossier.DueApology {
			d, found = one, true
		}
	}
	if !found && f.state.Due > 0 {
		return dossier.DueDate{Due: f.state.Due}, true
	}
	return d, found
}

// why says how a due date came about, in the calendar's words where it counts the same today, else by
// what was kept with it. The date itself is the stored one.
func (f paperFacts) why(d dossier.DueDate, cal *calendar.Calendar) (out []string) {
	if d.Why == dossier.DueTakenIn && f.state.Period != nil && f.state.TakenIn != nil && cal != nil && d.Calendar == cal.Version {
		if again, err := cal.Due(time.UnixMilli(f.state.TakenIn.At), *f.state.Period); err == nil && again.At.UnixMilli() == d.Due {
			for _, r := range again.Reasons {
				if r.Code != calendar.DueAt && r.Code != calendar.Received {
					out = append(out, r.Vi)
				}
			}
			return out
		}
	}
	for _, r := range d.Reasons {
		if words, known := dueWords[r.Code]; known {
			if day, err := time.Parse(time.DateOnly, r.Day); err == nil {
				words += " (" + day.Format("02/01/2006") + ")"
			}
			out = append(out, words+".")
		}
	}
	return out
}

// reasonWords are used for dates another calendar counted; what needs no telling has none.
var dueWords = map[calendar.ReasonCode]string{
	calendar.Resumed:           "Tính tiếp thời gian còn lại sau khi nhận đủ giấy tờ bổ sung",
	calendar.ReceivedOutside:   "Tiếp nhận ngoài giờ làm việc: tính từ giờ mở cửa tiếp theo",
	calendar.AfterCutOff:       "Tiếp nhận sau giờ chốt trong ngày: tính sang ngày làm việc tiếp theo",
	calendar.ReceiptNotCounted: "Ngày tiếp nhận không tính",
	calendar.WeekendSkipped:    "Thứ bảy, chủ nhật không tính",
	calendar.HolidaySkipped:    "Ngày nghỉ lễ không tính",
	calendar.MakeupCounted:     "Ngày làm bù có tính",
	calendar.EndMoved:          "Ngày cuối là ngày nghỉ: chuyển sang ngày làm việc tiếp theo",
	calendar.UnitAssumed:       "Danh mục không ghi rõ đơn vị thời gian",
	calendar.DayProvisional:    "Lịch nghỉ chưa được công bố chính thức",
	calendar.DayUnconfirmed:    "Lịch nghỉ chưa được đối chiếu",
}

func (f paperFacts) period() string {
	if f.state.Period == nil {
		return ""
	}
	vi, _ := f.state.Period.Text()
	return vi
}

// fee is what an officer asked for, else what the catalogue of the day of filing states.
func (f paperFacts) fee() (mode, amount string) {
	if n := len(f.state.Fees); n > 0 {
		return "Thu theo đề nghị của cán bộ", paperMoney(f.state.Fees[n-1].Amount)
	}
	if f.pack == nil {
		return "", ""
	}
	p, found := f.pack.Procedure(f.state.Procedure)
	if !found {
		return "", ""
	}
	if dong, fixed := p.FixedFee(string(f.state.Channel)); fixed && dong == 0 {
		return "Không thu", ""
	}
	return "", p.FeeText(string(f.state.Channel)).VI
}

func paperMoney(dong int64) string {
	return fmt.Sprintf("%s đồng (%s)", officepaper.Figures(dong), lowerFirst(officepaper.MoneyWords(dong)))
}

func lowerFirst(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToLower(string(r[0])) + string(r[1:])
}

func (f paperFacts) desk() string {
	if f.identity.OfficeName == "" {
		return ""
	}
	return "Quầy một cửa, " + f.identity.OfficeName
}

// where a result is fetched: what was said when it was ready, else at the desk.
func (f paperFacts) where() string {
	if r := f.state.Ready; r != nil && r.Where != "" {
		return r.Where
	}
	if f.identity.OfficeName == "" {
		return ""
	}
	return "tại " + lowerFirst(f.desk())
}

// ownName is what the resident called a paper that no pack names.
func (f paperFacts) ownName(id string) string {
	for _, c := range f.state.Components {
		if c.ID == id {
			return c.Name
		}
	}
	return ""
}

const (
	paperBring       = "mang theo giấy này và giấy tờ tùy thân; người nhận thay mang thêm giấy ủy quyền"
	paperLookup      = "nhập số phiếu tại máy của xã"
	paperLookupQR    = "quét mã trên giấy này, hoặc nhập số phiếu tại máy của xã"
	paperNumber      = "......" // written in by whoever keeps the outgoing register
	supplementNumber = paperNumber + "/HDHS"
)

// taker is the officer who took the dossier in.
func (f paperFacts) taker() string {
	if t := f.state.TakenIn; t != nil {
		return cmp.Or(f.name(t.By), t.Officer)
	}
	return ""
}

func receiptOf(f paperFacts, h officepaper.Head) officepaper.Form {
	r := officepaper.Receipt{Head: f.dated(h, f.state.TakenIn.At), Content: f.content(), Papers: f.papers(), Period: f.period(),
		Received: f.received(), Where: f.where(), Bring: paperBring, Lookup: paperLookup, Taker: f.taker()}
	r.From, r.Owner, r.SubmitterRelation = f.people()
	r.Submitter = r.From.Name
	r.FeeMode, r.Fee = f.fee()
	if due, found := f.lawDue(); found {
		r.Due, r.Why = paperAt(due.Due), f.why(due, f.calendar)
	}
	if f.address != "" {
		r.Lookup = paperLookupQR
	}
	return r
}

func certificationOf(f paperFacts, h officepaper.Head) officepaper.Form {
	from, _, _ := f.people()
	c := officepaper.Certification{Head: f.dated(h, f.state.TakenIn.At), From: from, Content: f.content(), Received: f.received(), Where: f.where(),
		Submitter: from.Name, Taker: f.taker()}
	for _, p := range f.state.Components {
		if p.State == dossier.Provided {
			c.Items = append(c.Items, officepaper.Copy{Name: f.component(p.ID, p.Name), Copies: p.Copies})
		}
	}
	if due, found := f.lawDue(); found {
		c.Due = paperAt(due.Due)
	}
	return c
}

// paperAsks are the codes of what is wrong with a paper, as the resident reads them.
var paperAsks = map[string]string{
	dossier.PaperMissing: "Thiếu, nộp bổ sung", dossier.PaperUnreadable: "Không đọc được, nộp bản rõ", dossier.PaperWrong: "Không đúng giấy tờ, thay bằng bản đúng",
	dossier.PaperExpired: "Hết hạn, nộp bản còn hạn", dossier.PaperNotSigned: "Chưa ký, ký rồi nộp lại", dossier.PaperOther: "",
}

func supplementOf(f paperFacts, h officepaper.Head) officepaper.Form {
	o := f.state.OpenSupplement
	h.Number = supplementNumber
	s := officepaper.Supplement{Head: f.dated(h, o.At), Content: f.content(), Received: f.received(), Deadline: paperAt(o.Deadline), Taker: f.name(o.By)}
	s.From = f.to()
	for _, r := range o.Reasons {
		note := strings.Trim(strings.Join([]string{paperAsks[r.Code], r.Text}, ". "), ". ")
		if _, known := paperAsks[r.Code]; !known { // a code of a later program is told, not hidden
			note = strings.Trim(r.Code+". "+r.Text, ". ")
		}
		if r.Component == "" {
			s.Reasons = append(s.Reasons, note)
			continue
		}
		s.Papers = append(s.Papers, officepaper.Papers{Name: f.component(r.Component, f.ownName(r.Component)), Note: note})
	}
	for _, more := range []string{o.Text, o.Basis} {
		if more != "" {
			s.Reasons = append(s.Reasons, more)
		}
	}
	if n := len(f.state.Pauses); n > 0 && f.state.Due > 0 && f.state.Pauses[n-1].To == 0 {
		s.Clock = "tạm dừng từ " + paperAt(f.state.Pauses[n-1].From) + ", tính tiếp khi nhận đủ giấy tờ"
	}
	return s
}

func refusalOf(f paperFacts, h officepaper.Head) officepaper.Form {
	e := f.state.Ended
	r := officepaper.Refusal{Head: f.dated(h, e.At), Content: f.content(), Received: f.received(), Guidance: e.Guidance, Approved: f.name(e.Second), Taker: f.name(e.By)}
	r.From, _, _ = f.people()
	r.Submitter = r.From.Name
	if e.Reason != "" {
		r.Reasons = []string{e.Reason}
	}
	return r
}

func stopOf(f paperFacts, h officepaper.Head) officepaper.Form {
	e := f.state.Ended
	h.Number = paperNumber
	s := officepaper.Stop{Head: f.dated(h, e.At), To: f.to(), Content: f.content(), Received: f.received(), Stage: stoppedStage(f.state), Recipients: []string{"Như trên", "Lưu hồ sơ"}}
	if e.Type == dossier.Withdrawn {
		s.Asked = f.to().Name + " xin rút hồ sơ"
	}
	for _, text := range []string{e.Reason, e.Guidance} {
		if text != "" {
			s.Reasons = append(s.Reasons, text)
		}
	}
	return s
}

// stoppedStage says how far the work was when it stopped, by the steps that were taken.
func stoppedStage(s dossier.State) string {
	stage := "chưa tiếp nhận"
	for _, step := range s.Journal {
		switch step.Type {
		case dossier.TakenIn:
			stage = "đã tiếp nhận"
		case dossier.Processing:
			stage = "đang giải quyết"
		case dossier.Decided:
			stage = "đã có quyết định"
		}
	}
	return stage
}

func apologyOf(f paperFacts, h officepaper.Head) officepaper.Form {
	all := apologyDates(f.state)
	last := all[len(all)-1]
	due := f.state.Dues[last]
	h.Number = paperNumber
	a := officepaper.Apology{Head: f.dated(h, due.At), To: f.to(), Content: f.content(), Received: f.received(), New: paperAt(due.Due), Where: f.where(),
		Recipients: []string{"Như trên", "Lưu hồ sơ"}}
	if last > 0 {
		a.Promised = paperAt(f.state.Dues[last-1].Due)
	}
	for _, step := range f.state.Journal {
		if step.Event == due.Event {
			a.Late = cmp.Or(step.Office, f.identity.OfficeName)
			if step.Detail != "" {
				a.Reasons = []string{step.Detail}
			}
		}
	}
	return a
}

func controlOf(f paperFacts, h officepaper.Head) officepaper.Form {
	c := officepaper.Control{Head: f.dated(h, f.state.TakenIn.At), Content: f.content(), Received: f.received(), Period: f.period(), Papers: f.papers()}
	c.From, c.Owner, _ = f.people()
	if due, found := f.lawDue(); found {
		c.Due = paperAt(due.Due)
	}
	c.Hops = append(c.Hops, officepaper.Hop{Office: cmp.Or(f.desk(), f.state.TakenIn.Office), At: f.received(), Giver: c.From.Name, Taker: f.taker()})
	for _, x := range f.state.Handings {
		c.Hops = append(c.Hops, officepaper.Hop{Office: f.deskOf(x), At: paperAt(x.At), Giver: f.name(x.By), Taker: f.name(x.Taker), Note: x.Note})
	}
	return c
}

// deskOf names where a hand-over went: a desk of the office, the province, or another machine.
func (f paperFacts) deskOf(x dossier.Handing) string {
	switch {
	case x.Desk != "":
		return x.Desk
	case x.To == dossier.Province:
		return cmp.Or(f.identity.ProvinceName, "Tỉnh")
	case x.To == f.state.FiledBy:
		return cmp.Or(f.identity.OfficeName, "quầy một cửa")
	}
	return "máy khác của cơ quan"
}

func handoverOf(f paperFacts, h officepaper.Head) officepaper.Form {
	x := f.state.Handings[len(f.state.Handings)-1]
	due, _ := f.lawDue()
	row := officepaper.HandoverRow{Code: cmp.Or(f.state.OfficialCode, f.state.Slip.String()), Content: f.content(), Owner: f.to().Name, Address: f.to().Address, Note: x.Note}
	if t := f.state.TakenIn; t != nil {
		row.Received = officepaper.Day(time.UnixMilli(t.At))
	}
	if due.Due > 0 {
		row.Due = officepaper.Day(time.UnixMilli(due.Due))
	}
	h.Number = ""
	return officepaper.Handover{Head: f.dated(h, x.At), Giver: f.desk(), Taker: f.deskOf(x), At: paperAt(x.At), Rows: []officepaper.HandoverRow{row},
		GiverName: f.name(x.By), TakerName: f.name(x.Taker)}
}

// returnWays are how a result got into somebody's hands.
var returnWays = map[string]string{dossier.InPerson: "trực tiếp tại quầy", dossier.ByDelegate: "người được ủy quyền nhận tại quầy", dossier.ByPost: "qua bưu chính"}

func returnedOf(f paperFacts, h officepaper.Head) officepaper.Form {
	g := f.state.GivenBack
	r := officepaper.Returned{Head: f.dated(h, g.At), To: f.to(), Content: f.content(), Delegate: paperPerson(g.Delegate), At: paperAt(g.At),
		Way: cmp.Or(returnWays[g.How], g.How), Giver: f.name(g.By), Taker: cmp.Or(paperPerson(g.Delegate).Name, g.To, f.to().Name)}
	if g.Delegate != nil {
		r.Authority = g.Delegate.Relation
	}
	r.Documents = f.results()
	return r
}

// results names the document where the procedure has one and it was granted; of several, nobody wrote
// down which they were.
func (f paperFacts) results() []officepaper.Document {
	d := f.state.Decision
	if d == nil || d.Outcome != dossier.Granted {
		return nil
	}
	one := officepaper.Document{Number: d.Document, Date: officepaper.Day(time.UnixMilli(d.At))}
	if f.pack != nil {
		if p, found := f.pack.Procedure(f.state.Procedure); found && len(p.Results) == 1 {
			one.Kind = p.Results[0].Name
		}
	}
	return []officepaper.Document{one}
}
