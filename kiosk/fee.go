package kiosk

import (
	"encoding/json"

	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/vietqr"
)

// feeKind is what can honestly be said about the money of a dossier. There is none for "paid": the
// book holds no event that would say so, and a code that was shown proves nothing.
type feeKind string

const (
	feeDue    feeKind = "due"    // this amount is to be paid
	feeFree   feeKind = "free"   // the catalogue settles that nothing is
	feeAsk    feeKind = "ask"    // an officer must say how much, or whether
	feeClosed feeKind = "closed" // nothing is paid here for such a dossier
)

type fee struct {
	kind   feeKind
	amount int64 // đồng; only with feeDue
	why    Text
}

// The reasons, in the words of the screen and of the slip.
var (
	whyAsked    = say("Cán bộ đã đề nghị nộp số tiền này.", "An officer asked for this amount.")
	whyList     = say("Mức ghi trong danh mục thủ tục, cho một lần làm.", "As the catalogue of procedures states, for one request.")
	whyFree     = say("Thủ tục này không mất phí.", "This procedure is free of charge.")
	whyPetition = say("Không nộp tiền cho phản ánh, kiến nghị tại đây.", "Nothing is paid here for a petition.")
	whyCallBack = say("Không nộp tiền cho yêu cầu gọi lại tại đây.", "Nothing is paid here for a call-back request.")
	whyEnded    = say("Hồ sơ đã rút, đã dừng hoặc đã trả kết quả. Không nộp tiền tại đây; cần gì xin hỏi cán bộ.",
		"The dossier was withdrawn, stopped or handed back. Pay nothing here; please ask an officer.")
	whyNews = say("Tỉnh có tin về hồ sơ này mà máy chưa đọc được. Xin hỏi cán bộ trước khi nộp tiền.",
		"The province sent something about this dossier that this machine cannot read yet. Please ask an officer before paying.")
	whySeveral = say("Cán bộ đã đề nghị nộp nhiều khoản. Xin hỏi cán bộ còn phải nộp bao nhiêu.",
		"Officers asked for money more than once. Please ask how much is still due.")
	whyExempt = say("Bà con đã khai thuộc diện được miễn, giảm. Cán bộ xem giấy tờ rồi cho biết.",
		"You stated a reason to pay less or nothing. An officer looks at it and tells you.")
	whyUnstated = say("Danh mục chưa ghi mức phí. Cán bộ cho biết.", "The catalogue states no fee. An officer tells you.")
	whyNoPack   = say("Máy không còn danh mục lúc nộp hồ sơ này. Cán bộ cho biết mức phí.",
		"This machine no longer has the catalogue the dossier was filed under. An officer tells you the fee.")
)

// feeOf decides what is to be paid for a dossier. What an officer asked for comes before the
// catalogue; the catalogue counts only where it settles one amount. procedure is nil when the pack
// the dossier was filed under is not here: a fee goes by the day of receipt, never by today's list.
func feeOf(s dossier.State, procedure *catalog.Procedure, claimsExemption bool) fee {
	switch {
	case feedback.IsPetition(s.Procedure):
		return fee{kind: feeFree, why: whyPetition}
	case feedback.IsCallBack(s.Procedure):
		return fee{kind: feeFree, why: whyCallBack}
	case ended(s):
		return fee{kind: feeClosed, why: whyEnded}
	case len(s.Unknown) > 0 || len(s.Waiting) > 0:
		return fee{kind: feeAsk, why: whyNews} // it may be about this very money
	case len(s.Fees) > 1:
		return fee{kind: feeAsk, why: whySeveral}
	case len(s.Fees) == 1:
		return fee{feeDue, s.Fees[0].Amount, whyAsked}
	case procedure == nil:
		return fee{kind: feeAsk, why: whyNoPack}
	}
	amount, fixed := procedure.FixedFee(string(s.Channel))
	switch {
	case !fixed:
		return fee{kind: feeAsk, why: listed(*procedure, string(s.Channel))}
	case amount == 0:
		return fee{kind: feeFree, why: whyFree}
	case claimsExemption:
		return fee{kind: feeAsk, why: whyExempt}
	}
	return fee{feeDue, amount, whyList}
}

// listed repeats the catalogue's words, from which nobody but an officer makes an amount.
func listed(p catalog.Procedure, channel string) Text {
	if c, ok := p.Channel(channel); (!ok || c.FeeVND == nil) && p.FeeFormula == nil && p.FeeNote == nil {
		return whyUnstated
	}
	words := p.FeeText(channel)
	return say("Danh mục ghi: "+firstLower(words.VI)+". Cán bộ cho biết số tiền.",
		"The catalogue says: "+firstLower(words.EN)+". An officer tells you the amount.")
}

// ended says that the handling is over, or that the resident wants it to be.
func ended(s dossier.State) bool {
	for _, r := range s.Pending {
		if r.Type == dossier.WithdrawalRequested {
			return true
		}
	}
	switch s.Business {
	case dossier.NotReceived, dossier.WithdrawnByPerson, dossier.StoppedByOffice, dossier.Closed:
		return true
	}
	return false
}

// exemptionField is the question of the packs' forms whose answer claims to pay less or nothing.
const exemptionField = "fee_exemption"

// claimsExemption reads the answers as they were filed. What cannot be read counts as a claim: asking
// an officer costs a minute, asking the poor for money costs more.
func claimsExemption(answers json.RawMessage) bool {
	if len(answers) == 0 {
		return false
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(answers, &given); err != nil {
		return true
	}
	switch string(given[exemptionField]) {
	case "", "null", `""`, `"none"`, "false":
		return false
	}
	return true
}

// transfer is a fee as a wish to a bank: the text of the code, read back before anybody sees it.
type transfer struct {
	payee   catalog.Payee
	purpose string
	code    string
}

// purposeWords stand before the slip number in what a bank shows the office.
const purposeWords = "Phí HS"

// transferOf writes the code for an amount to a payee. The number ties the money to its dossier.
func transferOf(payee catalog.Payee, amount int64, slip dossier.Slip) (transfer, error) {
	purpose, err := vietqr.PurposeOf(purposeWords, string(slip))
	if err != nil {
		return transfer{}, err
	}
	wish := vietqr.Transfer{To: payee.Account, Amount: amount, Purpose: purpose}
	code, err := vietqr.Encode(wish)
	if err != nil {
		return transfer{}, err
	}
	if read, err := vietqr.Parse(code); err != nil || read != wish {
		return transfer{}, vietqr.ErrDamaged // a code that sends money elsewhere must not be shown
	}
	return transfer{payee, purpose, code}, nil
}
