package counter

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/ledger"
)

// Each maker reads its own part of what was typed. It is called in the book's transaction, perhaps
// twice: it reads no clock and keeps nothing.

// takenIn is the receipt: papers compared, everything there, the due date computed once.
func (t *taking) takenIn(s dossier.State, m ledger.Moment) (any, error) {
	p := &dossier.TakenInPayload{Office: t.o.OfficeName()}
	code, err := words(t.in.OfficialCode)
	if err != nil {
		return nil, err
	}
	if code != "" && !dossier.IsOfficialCode(code) {
		return nil, lacks("mã hồ sơ đúng dạng (4–40 chữ, số, chấm, gạch)", "an official code of 4 to 40 letters, digits, dots and dashes")
	}
	p.OfficialCode = code
	if p.Compared, err = t.compared(s); err != nil {
		return nil, err
	}
	return p, t.due(p, s, m)
}

func (t *taking) compared(s dossier.State) (list []dossier.Compared, err error) {
	states := map[string]dossier.ComponentState{}
	for _, c := range s.Components {
		states[c.ID] = c.State
	}
	for _, id := range slices.Sorted(maps.Keys(t.in.Compared)) {
		in := t.in.Compared[id]
		if _, known := states[id]; !known || in.State == dossier.ToBeLookedUp && states[id] != dossier.ToBeLookedUp {
			return nil, problemIncomplete.Because(errors.New("a compared paper that the dossier does not have"))
		}
		states[id] = cmp.Or(in.State, states[id])
		list = append(list, dossier.Compared{Component: id, Originals: in.Originals, Copies: in.Copies, Compared: in.Compared, State: in.State})
	}
	for _, state := range states {
		if state == dossier.Missing {
			return nil, problemPapersMissing.Because(nil)
		}
	}
	return list, nil
}

// due computes the date. Where the catalogue states no period an officer may state one, and the date
// says so; beyond the calendar's table there is none, and the dossier is taken in all the same.
func (t *taking) due(p *dossier.TakenInPayload, s dossier.State, m ledger.Moment) error {
	if feedback.Reserved(s.Procedure) {
		return nil
	}
	period, ok := t.o.Procedure.Period(string(s.Channel))
	if !ok && t.in.Period != nil {
		period, ok = *t.in.Period, true
		period.Assumed = true
		if err := period.Check(); err != nil {
			return lacks("thời hạn có đơn vị", "a period with its unit")
		}
	}
	if !ok {
		return nil
	}
	doubt := doubtful(clock.Quality(m.Clock))
	if doubt && !t.in.ConfirmClock {
		return problemClockDoubt.Because(nil)
	}
	p.ClockConfirmed = doubt
	_, err := p.SetDue(t.c.Calendar, m.At, period)
	if errors.Is(err, calendar.ErrOutsideTable) {
		return nil
	}
	return err
}

// supplement asks for everything at once and stops the clock.
func (t *taking) supplement(s dossier.State, m ledger.Moment) (any, error) {
	if s.Supplements > 0 && !t.in.ConfirmAgain {
		return nil, problemSecondSupplement.Because(nil)
	}
	p := &dossier.SupplementRequestedPayload{N: s.Supplements + 1, Office: t.o.OfficeName(), Deadline: t.in.Deadline, Stage: dossier.StageProcessing}
	if s.TakenIn == nil {
		p.Stage = dossier.StageIntake
	}
	var err1, err2 error
	p.Text, err1 = words(t.in.Text)
	p.Basis, err2 = words(t.in.Basis)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if t.in.Deadline != 0 && t.in.Deadline <= m.At {
		return nil, lacks("hạn bổ sung sau hôm nay", "a deadline in the future")
	}
	var err error
	if p.Reasons, err = t.reasons(s); err != nil {
		return nil, err
	}
	if s.Due > 0 && doubtful(clock.Quality(m.Clock)) && !t.in.ConfirmClock {
		return nil, problemClockDoubt.Because(nil)
	}
	if err := p.StopClock(t.c.Calendar, s, m.At); err != nil && !errors.Is(err, calendar.ErrOutsideTable) {
		return nil, err
	}
	return p, nil
}

func (t *taking) reasons(s dossier.State) (list []dossier.SupplementReason, err error) {
	if len(t.in.Reasons) == 0 {
		return nil, lacks("giấy tờ cần bổ sung", "the papers asked for")
	}
	for _, in := range t.in.Reasons {
		r := dossier.SupplementReason{Component: in.Component, Code: in.Code}
		if r.Text, err = words(in.Text); err != nil {
			return nil, err
		}
		switch {
		case !slices.Contains(dossier.PaperReasons, r.Code):
			return nil, lacks("lý do của từng giấy", "a reason for each paper")
		case r.Code == dossier.PaperOther && r.Text == "":
			return nil, lacks("lời giải thích lý do khác", "words for another reason")
		case r.Component != "" && !t.knows(s, r.Component):
			return nil, lacks("giấy tờ có trong hồ sơ", "a paper of this dossier")
		case r.Component == "" && r.Text == "":
			return nil, lacks("tên giấy tờ", "the paper's name")
		case r.Code == dossier.PaperMissing && slices.Contains(s.ToLookUp(), r.Component):
			return nil, problemLookUpFirst.Because(nil)
		case slices.Contains(list, r):
			continue
		}
		list = append(list, r)
	}
	return list, nil
}

// knows says whether a paper is one of the dossier, or of its procedure.
func (t *taking) knows(s dossier.State, id string) bool {
	if slices.ContainsFunc(s.Components, func(c dossier.Component) bool { return c.ID == id }) {
		return true
	}
	if t.o.Pack == nil {
		return false
	}
	_, ok := t.o.Pack.Component(s.Procedure, s.Case, id)
	return ok
}

func (t *taking) reasoned(dossier.State, ledger.Moment) (any, error) {
	reason, err1 := needed(t.in.Reason, "lý do", "a reason")
	guidance, err2 := words(t.in.Guidance)
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	return &dossier.ReasonPayload{Reason: reason, Guidance: guidance, Office: t.o.OfficeName()}, nil
}

func (t *taking) refused(s dossier.State, m ledger.Moment) (any, error) {
	p, err := t.reasoned(s, m)
	if err == nil {
		p.(*dossier.ReasonPayload).Second = t.second
	}
	return p, err
}

// withdrawn is the holder's step at the resident's word; from any other place it is a request.
func (t *taking) withdrawn(s dossier.State, m ledger.Moment) (any, error) {
	if s.Holder == t.o.Own {
		return t.reasoned(s, m)
	}
	if slices.ContainsFunc(s.Pending, func(r dossier.Request) bool { return r.Type == dossier.WithdrawalRequested }) {
		return nil, &dossier.StepError{Code: dossier.NotNow, Step: dossier.WithdrawalRequested}
	}
	reason, err := words(t.in.Reason)
	return &dossier.WithdrawalRequestedPayload{Reason: reason}, err
}

func (t *taking) answer(reason string) *dossier.AnswerPayload {
	return &dossier.AnswerPayload{Event: t.in.Event, Reason: reason, Office: t.o.OfficeName()}
}

// accepted answers a request; of a supplement the clock goes on by the office time that remained.
func (t *taking) accepted(s dossier.State, m ledger.Moment) (any, error) {
	reason, err := words(t.in.Reason)
	if err != nil {
		return nil, err
	}
	p := t.answer(reason)
	_, resumed, err := p.ResumeClock(t.c.Calendar, s, m.At)
	if errors.Is(err, calendar.ErrOutsideTable) {
		return p, nil
	}
	if err == nil && resumed && doubtful(clock.Quality(m.Clock)) && !t.in.ConfirmClock {
		err = problemClockDoubt.Because(nil)
	}
	return p, err
}

func (t *taking) declined(dossier.State, ledger.Moment) (any, error) {
	reason, err := needed(t.in.Reason, "lý do", "a reason")
	return t.answer(reason), err
}

func (t *taking) processing(dossier.State, ledger.Moment) (any, error) {
	office, err := words(t.in.Office)
	return &dossier.ProcessingPayload{Office: cmp.Or(office, t.o.OfficeName())}, err
}

func (t *taking) fee(dossier.State, ledger.Moment) (any, error) {
	if t.in.Amount <= 0 {
		return nil, lacks("số tiền", "an amount")
	}
	text, err := words(t.in.Text)
	return &dossier.FeeRequestedPayload{Amount: t.in.Amount, Text: text, Office: t.o.OfficeName()}, err
}

func (t *taking) decided(dossier.State, ledger.Moment) (any, error) {
	reason, err1 := words(t.in.Reason)
	document, err2 := words(t.in.Document)
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	switch {
	case t.in.Outcome != dossier.Granted && t.in.Outcome != dossier.OutcomeRefused:
		return nil, lacks("kết quả giải quyết", "the outcome")
	case t.in.Outcome == dossier.OutcomeRefused && reason == "":
		return nil, lacks("lý do", "a reason")
	}
	return &dossier.DecidedPayload{Outcome: t.in.Outcome, Reason: reason, Document: document, Office: t.o.OfficeName()}, nil
}

func (t *taking) resultReady(dossier.State, ledger.Moment) (any, error) {
	where, err := words(t.in.Where)
	return &dossier.ResultReadyPayload{Where: cmp.Or(where, t.o.OfficeName()), When: t.in.When}, err
}

// returned closes the dossier: to the resident, a delegate, or by post.
func (t *taking) returned(dossier.State, ledger.Moment) (any, error) {
	to, err := words(t.in.To)
	if err != nil {
		return nil, err
	}
	p := &dossier.ReturnedPayload{To: to, Office: t.o.OfficeName(), How: t.in.How}
	if d := t.in.Delegate; d != nil {
		if p.How != dossier.ByDelegate || d.FullName == "" {
			return nil, lacks("tên người được ủy quyền", "the delegate's name")
		}
		p.Delegate = &dossier.Person{FullName: d.FullName, CitizenID: d.CitizenID, Phone: d.Phone, Relation: d.Relation, Evidence: "compared"}
	} else if p.How == dossier.ByDelegate {
		return nil, lacks("người được ủy quyền", "the delegate")
	}
	if sig := t.in.Signature; sig != nil {
		p.Signature = &dossier.HandSign{Kind: sig.Kind, PNG: sig.PNG}
	}
	return p, nil
}

// apology puts the date off, once, and keeps the first one.
func (t *taking) apology(s dossier.State, m ledger.Moment) (any, error) {
	reason, err := needed(t.in.Reason, "lý do", "a reason")
	if err != nil {
		return nil, err
	}
	if t.in.NewDue <= max(s.Due, m.At) {
		return nil, lacks("ngày hẹn mới sau ngày hẹn cũ", "a new date after the one that stands")
	}
	if works, err := t.c.Calendar.IsWorkingDay(time.UnixMilli(t.in.NewDue)); err == nil && !works {
		return nil, lacks("ngày hẹn mới là ngày làm việc", "a new date that is a working day")
	}
	return &dossier.ApologyPayload{OriginalDue: s.OriginalDue(), NewDue: t.in.NewDue, Reason: reason, Office: t.o.OfficeName()}, nil
}

func (t *taking) official(dossier.State, ledger.Moment) (any, error) {
	code, err := words(t.in.OfficialCode)
	if err == nil && !dossier.IsOfficialCode(code) {
		err = lacks("mã hồ sơ đúng dạng", "an official code")
	}
	return &dossier.OfficialCodePayload{Code: code}, err
}

func (t *taking) external(dossier.State, ledger.Moment) (any, error) {
	system, err1 := needed(t.in.System, "tên hệ thống", "the system's name")
	ref, err2 := needed(t.in.Ref, "số hồ sơ của hệ thống", "the number in that system")
	return &dossier.ExternalRef{System: system, Ref: ref}, cmp.Or(err1, err2)
}

// handedOver gives the dossier to the province, another book, or another desk of this office.
func (t *taking) handedOver(s dossier.State, _ ledger.Moment) (any, error) {
	desk, err1 := words(t.in.Desk)
	note, err2 := words(t.in.Note)
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	p := &dossier.HandedOverPayload{To: t.o.Own, Desk: desk, Note: note, Taker: t.second}
	if t.in.To == "here" || t.in.To == "" {
		if desk == "" || desk == s.Desk {
			return nil, lacks("bàn nhận", "the desk that takes it")
		}
		return p, nil
	}
	// Another book may be one that nobody works at: what goes there goes through the province.
	if to, err := dossier.ParseHolder(t.in.To); err != nil || to != dossier.Province {
		return nil, lacks("nơi nhận", "who takes it")
	}
	p.To = dossier.Province
	return p, nil
}

func (t *taking) lookedUp(s dossier.State, _ ledger.Moment) (any, error) {
	ref, err1 := words(t.in.Ref)
	source, err2 := words(t.in.Source)
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(s.ToLookUp(), t.in.Component):
		return nil, &dossier.StepError{Code: dossier.NotAwaited, Step: dossier.LookedUp}
	case t.in.Found && ref == "":
		return nil, lacks("số của bản ghi đã tìm thấy", "the reference of what was found")
	}
	return &dossier.LookupPayload{Component: t.in.Component, Found: t.in.Found, Ref: ref, Source: source, Office: t.o.OfficeName()}, nil
}

func (t *taking) note(dossier.State, ledger.Moment) (any, error) {
	text, err := needed(t.in.Text, "nội dung ghi chú", "the note")
	return &dossier.NotePayload{Text: text}, err
}
