package officepaper

import "strconv"

// Name is what programs call a form.
type Name string

// The forms. Their legal numbers are the template's business.
const (
	NameReceipt       Name = "receipt"       // giấy tiếp nhận hồ sơ và hẹn trả kết quả
	NameSupplement    Name = "supplement"    // phiếu yêu cầu bổ sung, hoàn thiện hồ sơ
	NameRefusal       Name = "refusal"       // phiếu từ chối tiếp nhận giải quyết hồ sơ
	NameApology       Name = "apology"       // văn bản xin lỗi và đề nghị gia hạn
	NameStop          Name = "stop"          // thông báo dừng giải quyết hồ sơ
	NameControl       Name = "control"       // phiếu kiểm soát quá trình giải quyết
	NameRegister      Name = "register"      // sổ theo dõi hồ sơ
	NameCertification Name = "certification" // giấy tiếp nhận việc chứng thực
	NameHandover      Name = "handover"      // danh sách bàn giao hồ sơ
	NameResults       Name = "results"       // danh sách bàn giao kết quả
	NameReturned      Name = "returned"      // giấy xác nhận đã nhận kết quả
	NameCash          Name = "cash"          // phiếu thu tạm
	NameReport        Name = "report"        // a report's table
)

// Form is the data of one paper: one of this room's structs.
type Form interface {
	Form() Name
	Heading() Head
	fill(*values)
}

// forms has an empty paper of every form: it says which fields there are.
var forms = []Form{Receipt{}, Supplement{}, Refusal{}, Apology{}, Stop{}, Control{}, Register{}, Certification{},
	Handover{}, Results{}, Returned{}, Cash{}, Report{}}

// Person is whom a paper names.
type Person struct{ Name, Address, Phone, Email, ID string }

func (v *values) person(prefix string, p Person) {
	v.text(prefix+".name", p.Name)
	v.text(prefix+".address", p.Address)
	v.text(prefix+".phone", p.Phone)
	v.text(prefix+".email", p.Email)
	v.text(prefix+".id", p.ID)
}

// Papers is one line of a list of papers; quantities of 0 stay blank.
type Papers struct {
	Name                        string
	Originals, Certified, Plain int // bản chính, bản chứng thực, bản photo
	Note                        string
}

func (v *values) papers(list []Papers) {
	rows := make([][]string, 0, len(list))
	for i, p := range list {
		rows = append(rows, []string{strconv.Itoa(i + 1), p.Name, count(p.Originals), count(p.Certified), count(p.Plain), p.Note})
	}
	v.table("papers", []string{"n", "name", "originals", "certified", "plain", "note"}, rows)
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// Signer is who signs for the office: the position stands over the name.
type Signer struct{ Position, Name string }

func (v *values) signer(s Signer) {
	v.text("signer.position", s.Position)
	v.text("signer.name", s.Name)
}

// Receipt is Mẫu 01: the dossier was taken in, and when the result is due.
type Receipt struct {
	Head
	From              Person
	Content           string // the procedure
	Owner             Person // of the dossier, when it is not who handed it in
	FeeMode           string
	Fee               string
	Papers            []Papers
	Sets              string
	Period            string // the legal time
	Received          string
	Due               string
	Why               []string // how the due date came about
	Where             string   // how and where the result is received
	Contact, Lookup   string
	Bring             string
	Book, BookNumber  string
	Submitter, Taker  string
	SubmitterRelation string // how who handed it in stands to the owner
}

// Form implements Form.
func (Receipt) Form() Name { return NameReceipt }

func (r Receipt) fill(v *values) {
	v.person("from", r.From)
	v.person("owner", r.Owner)
	v.papers(r.Papers)
	v.list("why", r.Why)
	v.all(map[string]string{"content": r.Content, "fee_mode": r.FeeMode, "fee": r.Fee, "sets": r.Sets, "period": r.Period, "received": r.Received,
		"due": r.Due, "where": r.Where, "contact": r.Contact, "lookup": r.Lookup, "bring": r.Bring, "book": r.Book, "book_number": r.BookNumber,
		"submitter": r.Submitter, "taker": r.Taker, "relation": r.SubmitterRelation})
}

// Supplement is Mẫu 02: everything that is missing, at once.
type Supplement struct {
	Head
	From     Person
	Content  string
	Received string
	Papers   []Papers // the note says what to do with each
	Reasons  []string // of the whole
	Deadline string
	Clock    string // what happens to the due date meanwhile
	Contact  string
	Taker    string
}

// Form implements Form.
func (Supplement) Form() Name { return NameSupplement }

func (s Supplement) fill(v *values) {
	v.person("from", s.From)
	v.papers(s.Papers)
	v.list("reasons", s.Reasons)
	v.all(map[string]string{"content": s.Content, "received": s.Received, "deadline": s.Deadline, "clock": s.Clock, "contact": s.Contact, "taker": s.Taker})
}

// Refusal is Mẫu 03.
type Refusal struct {
	Head
	From             Person
	Content          string
	Received         string
	Reasons          []string
	Guidance         string
	Contact          string
	Approved         string // the second person, where one is asked for
	Submitter, Taker string
}

// Form implements Form.
func (Refusal) Form() Name { return NameRefusal }

func (r Refusal) fill(v *values) {
	v.person("from", r.From)
	v.list("reasons", r.Reasons)
	v.all(map[string]string{"content": r.Content, "received": r.Received, "guidance": r.Guidance, "contact": r.Contact, "approved": r.Approved,
		"submitter": r.Submitter, "taker": r.Taker})
}

// Apology is Mẫu 04: the new day, the old one, and who is late.
type Apology struct {
	Head
	To         Person
	Content    string
	Received   string
	Promised   string
	Late       string // which office is late
	Reasons    []string
	New        string
	Where      string
	Contact    string
	Recipients []string
	Signer     Signer
}

// Form implements Form.
func (Apology) Form() Name { return NameApology }

func (a Apology) fill(v *values) {
	v.person("to", a.To)
	v.list("reasons", a.Reasons)
	v.list("recipients", a.Recipients)
	v.signer(a.Signer)
	v.all(map[string]string{"content": a.Content, "received": a.Received, "promised": a.Promised, "late": a.Late, "new": a.New, "where": a.Where, "contact": a.Contact})
}

// Stop is Mẫu 05: nobody works on the dossier any more.
type Stop struct {
	Head
	To         Person
	Content    string
	Received   string
	Asked      string // who asked to stop; empty when the office does by itself
	Stage      string // how far the work was
	Reasons    []string
	Settlement string // of money
	Back       string // which papers go back, and where
	Contact    string
	Recipients []string
	Signer     Signer
}

// Form implements Form.
func (Stop) Form() Name { return NameStop }

func (s Stop) fill(v *values) {
	v.person("to", s.To)
	v.list("reasons", s.Reasons)
	v.list("recipients", s.Recipients)
	v.signer(s.Signer)
	v.all(map[string]string{"content": s.Content, "received": s.Received, "asked": s.Asked, "stage": s.Stage, "settlement": s.Settlement, "back": s.Back, "contact": s.Contact})
}
