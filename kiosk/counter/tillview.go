package counter

import (
	"net/http"

	"bendo/internal/till"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// tillView is a drawer: its last shift, open or closed, and the shift's lines. Money is in đồng, times in
// unix milliseconds.
type tillView struct {
	Drawer int        `json:"drawer"`
	Open   bool       `json:"open"`
	Shift  *shiftView `json:"shift,omitempty"` // absent: there never was one
	Lines  []lineView `json:"lines"`
}

type shiftView struct {
	ID         int64  `json:"id"`
	By         string `json:"by"`
	At         int64  `json:"at"`
	Opening    int64  `json:"opening"`
	Taken      int64  `json:"taken"`    // cash
	Moved      int64  `json:"moved"`    // transfers, less what was given back
	Refunded   int64  `json:"refunded"` // cash
	Deposited  int64  `json:"deposited"`
	Expected   int64  `json:"expected"` // what the drawer should hold
	Counted    *int64 `json:"counted,omitempty"`
	Difference int64  `json:"difference"`
	Reason     string `json:"reason,omitempty"`
	ClosedBy   string `json:"closed_by,omitempty"`
	ClosedAt   int64  `json:"closed_at,omitempty"`
}

type lineView struct {
	Number    int64         `json:"number"`
	Receipt   string        `json:"receipt,omitempty"` // provisional
	Kind      till.Kind     `json:"kind"`
	Means     till.Means    `json:"means"`
	Amount    int64         `json:"amount"`
	Dossier   string        `json:"dossier,omitempty"`
	Procedure string        `json:"procedure,omitempty"`
	Listed    *int64        `json:"listed,omitempty"`
	Of        int64         `json:"of,omitempty"`
	By        string        `json:"by"`
	At        int64         `json:"at"`
	Ground    string        `json:"ground,omitempty"`
	Evidence  string        `json:"evidence,omitempty"`
	Reference string        `json:"reference,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	EReceipt  *eReceiptView `json:"e_receipt,omitempty"`
}

type eReceiptView struct {
	Form   string `json:"form"`
	Symbol string `json:"symbol"`
	Number string `json:"number"`
	At     int64  `json:"at"`
}

// listedView is what the catalogue or an officer asks; Listed is absent where an officer decides.
type listedView struct {
	Procedure string     `json:"procedure"`
	Listed    *int64     `json:"listed,omitempty"`
	Text      reply.Text `json:"text"`
	Formula   string     `json:"formula,omitempty"` // pages | units: counts are needed
}

func (c *Counter) viewShift(s till.Shift) *shiftView {
	v := &shiftView{ID: s.ID, By: c.nameOf(s.OpenedBy), At: s.OpenedAt, Opening: s.Opening, Taken: s.Taken, Moved: s.Moved,
		Refunded: s.Refunded, Deposited: s.Deposited, Expected: s.Expected, Difference: s.Difference(), Reason: s.Reason}
	if s.Closed {
		v.Counted, v.ClosedBy, v.ClosedAt = &s.Counted, c.nameOf(s.ClosedBy), s.ClosedAt
	}
	return v
}

func (c *Counter) viewLines(list []till.Line) []lineView {
	views := make([]lineView, 0, len(list))
	for _, l := range list {
		views = append(views, c.viewLine(l))
	}
	return views
}

func (c *Counter) viewLine(l till.Line) lineView {
	v := lineView{Number: l.Number, Receipt: receiptText(l.Receipt), Kind: l.Kind, Means: l.Means, Amount: l.Amount, Procedure: l.Procedure,
		Of: l.Of, By: c.nameOf(l.Actor), At: l.At, Ground: l.Ground, Evidence: l.Evidence, Reference: l.Reference, Reason: l.Reason}
	if l.Dossier != [16]byte{} {
		v.Dossier = syncproto.DossierID(l.Dossier).String()
	}
	if l.Listed != till.Unlisted {
		v.Listed = &l.Listed
	}
	if e := l.EReceipt; e != nil {
		v.EReceipt = &eReceiptView{e.Form, e.Symbol, e.Number, e.At}
	}
	return v
}

// tillProblems are what the cash book refuses, in words.
var tillProblems = []struct {
	of      error
	problem reply.Problem
}{
	{till.ErrNoShift, reply.Problem{Code: "no_shift", Status: http.StatusConflict,
		Message: reply.Say("Ngăn tiền này chưa mở ca.", "No shift is open at this drawer."), Next: reply.Say("Đếm tiền trong ngăn rồi mở ca.", "Count the drawer and open a shift.")}},
	{till.ErrShiftOpen, reply.Problem{Code: "shift_open", Status: http.StatusConflict,
		Message: reply.Say("Ngăn tiền này đang có ca mở.", "A shift is open at this drawer."), Next: reply.Say("Đóng ca đang mở trước.", "Close the open shift first.")}},
	{till.ErrKeyReused, reply.Problem{Code: "key_reused", Status: http.StatusConflict,
		Message: reply.Say("Màn hình đã dùng mã này cho một dòng khác.", "The screen used this key for another line."), Next: reply.Say("Tải lại màn hình rồi làm lại.", "Reload the screen and do it again.")}},
	{till.ErrGround, reply.Problem{Code: "ground_needed", Status: http.StatusUnprocessableEntity,
		Message: reply.Say("Số tiền khác mức thu nhưng chưa ghi căn cứ.", "The amount differs from the fee and no ground is given."),
		Next:    reply.Say("Ghi căn cứ miễn, giảm và giấy tờ đã xem; hoặc thu đúng mức.", "Write down the ground and the paper you saw, or take the fee as it is.")}},
	{till.ErrReference, reply.Problem{Code: "reference_needed", Status: http.StatusUnprocessableEntity,
		Message: reply.Say("Chuyển khoản chỉ được ghi khi ngân hàng hoặc cổng thanh toán đã xác nhận.", "A transfer is written down when the bank or the payment platform has confirmed it."),
		Next:    reply.Say("Ghi số giao dịch ngân hàng xác nhận; ảnh trên điện thoại chưa phải là đã nộp.", "Write down the bank's own number; a picture on a phone is no payment yet.")}},
	{till.ErrTooMuch, reply.Problem{Code: "too_much_back", Status: http.StatusConflict,
		Message: reply.Say("Số trả lại nhiều hơn số đã thu còn lại.", "More would be given back than is left of the fee."), Next: reply.Say("Xem các dòng của hồ sơ này.", "Look at this dossier's lines.")}},
	{till.ErrDrawer, reply.Problem{Code: "drawer_short", Status: http.StatusConflict,
		Message: reply.Say("Theo sổ, ngăn tiền không có đủ số này.", "By the book the drawer does not hold so much."), Next: reply.Say("Đếm lại ngăn tiền.", "Count the drawer.")}},
	{till.ErrReason, reply.Problem{Code: "reason_needed", Status: http.StatusUnprocessableEntity,
		Message: reply.Say("Số đếm được khác số theo sổ.", "What was counted differs from the book."), Next: reply.Say("Đếm lại; nếu vẫn khác thì ghi lý do.", "Count again; if it still differs, write down why.")}},
	{till.ErrMapped, reply.Problem{Code: "receipt_taken", Status: http.StatusConflict,
		Message: reply.Say("Biên lai tạm này đã có biên lai điện tử khác, hoặc số đó đã dùng.", "This receipt has another electronic one, or that number is used."), Next: reply.Say("Kiểm tra lại số biên lai điện tử.", "Check the number of the electronic receipt.")}},
	{till.ErrInvalid, reply.Problem{Code: "line_invalid", Status: http.StatusUnprocessableEntity,
		Message: reply.Say("Dòng ghi sổ chưa đủ hoặc chưa đúng. Chưa ghi gì.", "The line is not whole. Nothing was written."), Next: reply.Say("Xem lại số tiền, lý do rồi ghi lại.", "Check the amount and the reason, then write it again.")}},
	{till.ErrNotFound, reply.Problem{Code: "no_such_line", Status: http.StatusNotFound,
		Message: reply.Say("Không có dòng thu này.", "There is no such fee."), Next: reply.Say("Xem lại sổ quỹ.", "Look at the cash book.")}},
}
