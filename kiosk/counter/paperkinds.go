package counter

import (
	"fmt"
	"strings"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/officepaper"
	"bendo/kiosk/reply"
)

// paperKind is one form of a dossier: when there is something to print, what counts as the same paper
// again, and what stands on it.
type paperKind struct {
	form    officepaper.Name
	english string
	ready   func(paperFacts) reply.Text // empty: it is
	of      func(paperFacts) int        // which of several; 0 where a dossier has one
	fill    func(paperFacts, officepaper.Head) officepaper.Form
}

// paperKinds are the papers of one dossier in the order of its way. There is no cash receipt among them:
// the book keeps no payment yet, and nothing is called paid without one.
var paperKinds = []paperKind{
	{officepaper.NameReceipt, "Receipt and appointment", whenTaken, nil, receiptOf},
	{officepaper.NameCertification, "Receipt of certification work", whenCertifying, nil, certificationOf},
	{officepaper.NameSupplement, "Request to complete the dossier", whenAsked, func(f paperFacts) int { return f.state.Supplements }, supplementOf},
	{officepaper.NameRefusal, "Refusal", whenRefused, nil, refusalOf},
	{officepaper.NameControl, "Control slip", whenTaken, nil, controlOf},
	{officepaper.NameApology, "Apology and extension", whenRedated, func(f paperFacts) int { return len(apologyDates(f.state)) }, apologyOf},
	{officepaper.NameStop, "Notice that the handling stops", whenStopped, nil, stopOf},
	{officepaper.NameHandover, "Hand-over list", whenHanded, func(f paperFacts) int { return len(f.state.Handings) }, handoverOf},
	{officepaper.NameReturned, "Acknowledgement of the result", whenReturned, nil, returnedOf},
}

func kindOf(name string) (paperKind, bool) {
	for _, k := range paperKinds {
		if string(k.form) == name {
			return k, true
		}
	}
	return paperKind{}, false
}

// subject names the paper in the journal of prints: a second supplement request is no reprint of the
// first.
func (k paperKind) subject(f paperFacts) string {
	n := 0
	if k.of != nil {
		n = k.of(f)
	}
	if n < 2 {
		return f.state.Slip.String()
	}
	return fmt.Sprintf("%s/%d", f.state.Slip, n)
}

var (
	notTaken    = reply.Say("In được sau khi tiếp nhận hồ sơ.", "Once the dossier was taken in.")
	notThisKind = reply.Say("Chỉ dùng cho thủ tục chứng thực.", "For certification work only.")
	notAsked    = reply.Say("Không có yêu cầu bổ sung nào đang chờ người dân.", "Nothing is asked of the resident now.")
	notRefused  = reply.Say("Hồ sơ không bị từ chối.", "The dossier was not refused.")
	notRedated  = reply.Say("Hồ sơ chưa được xin lỗi và hẹn lại.", "Nobody apologised and gave a new date.")
	notStopped  = reply.Say("Hồ sơ chưa dừng giải quyết.", "The handling was not stopped.")
	notHanded   = reply.Say("Hồ sơ chưa được bàn giao.", "The dossier was not handed over.")
	notReturned = reply.Say("Kết quả chưa được trả.", "The result was not handed back.")
)

func readyWhen(is bool, otherwise reply.Text) reply.Text {
	if is {
		return reply.Text{}
	}
	return otherwise
}

func whenTaken(f paperFacts) reply.Text  { return readyWhen(f.state.TakenIn != nil, notTaken) }
func whenAsked(f paperFacts) reply.Text  { return readyWhen(f.state.OpenSupplement != nil, notAsked) }
func whenHanded(f paperFacts) reply.Text { return readyWhen(len(f.state.Handings) > 0, notHanded) }
func whenRedated(f paperFacts) reply.Text {
	return readyWhen(len(apologyDates(f.state)) > 0, notRedated)
}
func whenReturned(f paperFacts) reply.Text {
	return readyWhen(f.state.GivenBack != nil, notReturned)
}

func whenRefused(f paperFacts) reply.Text {
	return readyWhen(f.state.Ended != nil && f.state.Ended.Type == dossier.Refused, notRefused)
}

func whenStopped(f paperFacts) reply.Text {
	e := f.state.Ended
	return readyWhen(e != nil && (e.Type == dossier.Stopped || e.Type == dossier.Withdrawn), notStopped)
}

// certificationField is the field of certification work (chứng thực) in the national catalogue.
const certificationField = "Chứng thực"

func whenCertifying(f paperFacts) reply.Text {
	if f.pack == nil {
		return notThisKind
	}
	if p, found := f.pack.Procedure(f.state.Procedure); !found || p.Field.VI != certificationField {
		return notThisKind
	}
	return whenTaken(f)
}

// apologyDates are the times somebody gave a new date, oldest first.
func apologyDates(s dossier.State) (out []int) {
	for i, d := range s.Dues {
		if d.Why == dossier.DueApology {
			out = append(out, i)
		}
	}
	return out
}

// head is what stands over every paper; copy is which print it is. The day is of the act the paper is
// about, so that it looks the same whenever it is drawn.
func (f paperFacts) head(copy int) officepaper.Head {
	h := officepaper.Head{Agency: f.identity.OfficeName, Code: f.state.OfficialCode, Slip: f.state.Slip.String(), QR: f.address,
		Reprint: copy - 1, Made: f.day()}
	if h.Agency == "" {
		h.Agency = "Đơn vị chưa đăng ký với tỉnh"
	}
	if f.practice {
		h.Mark = officepaper.Practice
		h.Agency = "Máy tập thử"
	}
	return h
}

// dated sets place and day of a paper.
func (f paperFacts) dated(h officepaper.Head, ms int64) officepaper.Head {
	h.Made = time.UnixMilli(ms)
	h.PlaceDate = officepaper.PlaceDate(placeName(f.identity.CommuneName), h.Made)
	return h
}

// placeName is a commune's own name: "xã Giao Long" writes "Giao Long, ngày …".
func placeName(commune string) string {
	for _, kind := range []string{"xã ", "phường ", "đặc khu ", "thị trấn "} {
		if len(commune) > len(kind) && strings.EqualFold(commune[:len(kind)], kind) {
			return commune[len(kind):]
		}
	}
	return commune
}
