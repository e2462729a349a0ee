package dossier

import (
	"fmt"
	"slices"

	"bendo/internal/feedback"
	"bendo/syncproto"
)

// StepError says why a step is not legal, for the caller (Code) and for people.
type StepError struct {
	Code string // stable: see the constants
	Step string // the event type
}

// Why a step is refused.
const (
	NotHolder      = "not_holder"      // somebody else keeps the dossier
	InTransitNow   = "in_transit"      // handed over, the receiver has not acted
	NotNow         = "not_now"         // the state does not allow it
	NothingAsked   = "nothing_asked"   // an answer without a request, a supplement nobody asked for
	AlreadyDecided = "already_decided" // a withdrawal after the decision: decline with too_late
	ProvinceOnly   = "province_only"
	AlreadyRedated = "already_redated" // the date was put off once; the law knows no second time
	NotAwaited     = "not_awaited"     // nobody waits for a look-up of this paper
	AnswerFirst    = "answer_first"    // a supplement has come and waits for its answer
)

func (e *StepError) Error() string { return fmt.Sprintf("step %q is not legal: %s", e.Step, e.Code) }

// Text is the refusal as people read it.
func (e *StepError) Text() Text {
	switch e.Code {
	case NotHolder:
		return Text{"Hồ sơ đang do nơi khác giữ; ở đây chỉ gửi được yêu cầu.", "Another office keeps this dossier; from here you can only send a request."}
	case InTransitNow:
		return Text{"Hồ sơ đang trên đường chuyển, nơi nhận chưa xử lý.", "The dossier is on its way; the receiving office has not acted yet."}
	case NothingAsked:
		return Text{"Không có yêu cầu nào đang chờ trả lời.", "No request is waiting for an answer."}
	case AlreadyDecided:
		return Text{"Hồ sơ đã có quyết định, không rút được nữa.", "The dossier has been decided and can no longer be withdrawn."}
	case ProvinceOnly:
		return Text{"Chỉ tỉnh làm được bước này.", "Only the province can take this step."}
	case AlreadyRedated:
		return Text{"Hồ sơ đã được hẹn lại ngày trả kết quả một lần, không hẹn lại lần nữa.", "The date was put off once already; it cannot be put off again."}
	case AnswerFirst:
		return Text{"Người dân đã nộp bổ sung. Xin trả lời phần bổ sung trước.", "What was asked for has come. Please answer it first."}
	case NotAwaited:
		return Text{"Giấy tờ này không chờ tra cứu.", "No look-up of this paper is awaited."}
	}
	return Text{"Trạng thái hiện tại của hồ sơ không cho phép bước này.", "The present state of the dossier does not allow this step."}
}

// from lists, for each status step, the national codes it may start from. What it
// leads to follows from the fold; a test holds every pair against the national table.
var from = map[string][]uint8{
	TakenIn:             {1, 5},
	SupplementRequested: {1, 2, 4},
	Processing:          {2, 4, 5, 6, 8, 9},
	FeeRequested:        {2, 4},
	Decided:             {2, 4, 6},
	Answered:            {2, 4, 9}, // 9: an answer that was mended
	Called:              {2, 4},
	Refused:             {1},
	Stopped:             {2, 4, 5, 6},
	Withdrawn:           {1, 2, 4, 5, 6},
	ResultReady:         {9},
	Returned:            {9},
	Apology:             {2, 4, 5, 6},
	LookedUp:            {1, 2, 4, 5, 6},
}

// steps is the order in which a screen offers the holder's steps.
var steps = []string{
	TakenIn, LookedUp, SupplementRequested, Accepted, Declined, Processing, FeeRequested, Decided, Answered, Called, ResultReady,
	Returned, Refused, Stopped, Withdrawn, Apology, OfficialCodeIssued, ExternalRefGiven, HandedOver,
}

// Legal says whether actor may now author an event of eventType: nil, or a
// *StepError with the reason. Answers are checked further by [LegalAnswer].
func Legal(s State, actor Holder, eventType string) error {
	if code := legalCode(s, actor, eventType); code != "" {
		return &StepError{Code: code, Step: eventType}
	}
	return nil
}

// LegalSteps lists the steps actor may take now, in the order a screen offers them.
func LegalSteps(s State, actor Holder) []string {
	return slices.DeleteFunc(slices.Clone(steps), func(t string) bool {
		return Legal(s, actor, t) != nil || legalPayload(s, actor, t, nil) != nil
	})
}

// LegalAnswer is Legal for "accepted" and "declined" of one request.
func LegalAnswer(s State, actor Holder, eventType string, request syncproto.EventID) error {
	if err := Legal(s, actor, eventType); err != nil {
		return err
	}
	i := slices.IndexFunc(s.Pending, func(r Request) bool { return r.Event == request })
	if i < 0 {
		return &StepError{Code: NothingAsked, Step: eventType}
	}
	if code := acceptCode(s, eventType, s.Pending[i].Type, s.Pending[i].N); code != "" {
		return &StepError{Code: code, Step: eventType}
	}
	return nil
}

// acceptCode says whether a request of type request can still be accepted. To
// decline is always possible.
func acceptCode(s State, answer, request string, n int) string {
	if answer != Accepted {
		return ""
	}
	switch request {
	case WithdrawalRequested:
		if s.Business == Done || s.Business == Closed {
			return AlreadyDecided
		}
		if !slices.Contains(from[Withdrawn], s.NationalCode) {
			return NotNow
		}
	case SupplementProvided:
		if s.OpenSupplement == nil || s.OpenSupplement.N != n {
			return NotNow
		}
	}
	return ""
}

// legalPayload is the part of Legal that needs to know what the step says.
func legalPayload(s State, actor Holder, eventType string, payload any) error {
	// Not of Legal: an older program authored such steps, and what was folded stands.
	switch eventType {
	case TakenIn, Processing:
		if s.supplementWaits() {
			return &StepError{Code: AnswerFirst, Step: eventType}
		}
	case Apology:
		if s.OpenSupplement != nil { // the clock stands; the date that follows the pause is not known
			return &StepError{Code: NotNow, Step: eventType}
		}
	}
	switch p := payload.(type) {
	case *AnswerPayload:
		return LegalAnswer(s, actor, eventType, p.Event)
	case *LookupPayload:
		if !slices.Contains(s.ToLookUp(), p.Component) {
			return &StepError{Code: NotAwaited, Step: eventType}
		}
	}
	return nil
}

// supplementWaits says that what was asked for has come and nobody has answered: a step over it would
// close the request, and the papers could never be accepted.
func (s State) supplementWaits() bool {
	return s.OpenSupplement != nil && slices.ContainsFunc(s.Pending, func(r Request) bool {
		return r.Type == SupplementProvided && r.N == s.OpenSupplement.N
	})
}

func legalCode(s State, actor Holder, eventType string) string {
	if eventType == Submitted {
		if s.Version != 0 {
			return NotNow
		}
		return ""
	}
	if s.Version == 0 {
		return NotNow
	}
	if IsRequest(eventType) {
		return requestCode(s, eventType)
	}
	if eventType == CustodyAssigned {
		if actor != Province {
			return ProvinceOnly
		}
		return ""
	}
	if actor != s.Holder {
		if s.InTransit {
			return InTransitNow
		}
		return NotHolder
	}
	return statusCode(s, eventType)
}

func requestCode(s State, eventType string) string {
	switch eventType {
	case SupplementProvided:
		if s.OpenSupplement == nil {
			return NothingAsked
		}
	case WithdrawalRequested:
		if s.Business == Done || s.Business == Closed {
			return AlreadyDecided
		}
		if !slices.Contains(from[Withdrawn], s.NationalCode) {
			return NotNow
		}
	case CorrectionProposed:
		if final(s.Business) {
			return NotNow
		}
	case LookupReported:
		if final(s.Business) {
			return NotNow
		}
		if len(s.ToLookUp()) == 0 {
			return NotAwaited
		}
	case VisitRated: // never in a dossier that was filed: see RateVisit
		return NotNow
	}
	return ""
}

// petitionSteps are those of a petition and of a call-back request: taken in and answered, or not
// taken in.
var petitionSteps = []string{TakenIn, Processing, Answered, Refused, Accepted, Declined, Withdrawn, HandedOver, ExternalRefGiven}

func statusCode(s State, eventType string) string {
	if !belongs(s.Procedure, eventType) {
		return NotNow
	}
	switch eventType {
	case Accepted, Declined:
		if len(s.Pending) == 0 {
			return NothingAsked
		}
		return ""
	case TakenIn:
		if s.TakenIn != nil {
			return NotNow
		}
	case OfficialCodeIssued:
		if s.OfficialCode != "" || s.Business == NotReceived {
			return NotNow
		}
		return ""
	case ExternalRefGiven:
		return ""
	case HandedOver:
		if final(s.Business) {
			return NotNow
		}
		return ""
	case Returned:
		if s.HandBack != HandBackReady {
			return NotNow
		}
	case Called:
		if len(s.Calls) >= feedback.MaxCalls {
			return NotNow
		}
	case LookedUp:
		if len(s.ToLookUp()) == 0 {
			return NotAwaited
		}
	case Apology:
		if slices.ContainsFunc(s.Dues, func(d DueDate) bool { return d.Why == DueApology }) {
			return AlreadyRedated
		}
	case Processing:
		if s.TakenIn == nil { // nobody works on what nobody took in
			return NotNow
		}
	case Stopped:
		if s.TakenIn == nil {
			return NotNow
		}
	}
	if !slices.Contains(from[eventType], s.NationalCode) {
		return NotNow
	}
	return ""
}

// belongs says whether a step is one of this kind of filing at all.
func belongs(procedure, eventType string) bool {
	switch {
	case feedback.IsCallBack(procedure):
		return eventType == Called || slices.Contains(petitionSteps, eventType)
	case feedback.IsPetition(procedure):
		return slices.Contains(petitionSteps, eventType)
	}
	return eventType != Answered && eventType != Called
}

func final(b Business) bool {
	return b == Closed || b == WithdrawnByPerson || b == NotReceived
}

// legalFor is the check of a folded step, where requests may not have arrived yet:
// what cannot be judged passes.
func legalFor(s State, actor Holder, eventType string, value any, typeOf func(syncproto.EventID) string) error {
	if a, ok := value.(*AnswerPayload); ok {
		if typeOf(a.Event) == "" {
			return nil
		}
		if s.answered(a.Event) {
			return &StepError{Code: NothingAsked, Step: eventType}
		}
		if code := acceptCode(s, eventType, typeOf(a.Event), supplementN(s, a.Event)); code != "" {
			return &StepError{Code: code, Step: eventType}
		}
		return nil
	}
	return Legal(s, actor, eventType)
}

func supplementN(s State, id syncproto.EventID) int {
	for _, sub := range s.Submissions {
		if sub.Event == id {
			return sub.N
		}
	}
	return 0
}
