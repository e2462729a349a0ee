package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/form"
	"bendo/internal/ledger"
	"bendo/internal/paper"
	"bendo/internal/vietnam"
)

// Petitions (phản ánh, kiến nghị) are drafts and filings of a reserved procedure: saved field by
// field, sealed, resumed by a draft slip, filed once, carried and tracked as every dossier. What
// is different is here: what is asked, how it is judged, and what its slip says. Who does not write may speak (voicenote.go).

// The fields of a petition, in the order of the screens.
const (
	petitionTopic   = "topic"
	petitionText    = "text"
	petitionPublish = "publish"
)

var petitionProcedure, petitionForm = reserved(feedback.Procedure, feedback.Route, feedback.Name)

// reserved stands where a procedure of the catalogue would: no pack lists it, and every office takes it
// whatever its pack. Its form has no questions of the form room's: they are a few texts.
func reserved(code, route string, name feedback.Words) (catalog.Procedure, *form.Form) {
	return catalog.Procedure{Code: code, Route: route, Handover: catalog.Handover(dossier.HandoverAtSubmit), Name: form.Text(name), Short: form.Text(name)},
		&form.Form{Code: code, Name: form.Text(name)}
}

var problemPetition = Problem{Code: "petition_unfinished", Status: http.StatusUnprocessableEntity,
	Message: say("Phản ánh còn thiếu nội dung hoặc có chỗ chưa đúng. Chưa gửi; những gì đã viết vẫn còn.", "Something in the petition is missing or wrong. It was not sent; what you wrote is kept."),
	Next:    say("Xem các mục được nêu và bổ sung.", "Look at the listed items and complete them.")}

// petitionChoices are the words and limits of the screens.
func (d *Desk) petitionChoices(w http.ResponseWriter, _ *http.Request) error {
	var wishes []feedback.Choice
	for _, p := range []feedback.Publish{feedback.NoName, feedback.Named, feedback.NotPublic} {
		wishes = append(wishes, feedback.Choice{Code: string(p), Name: feedback.PublishName(p)})
	}
	return ok(w, map[string]any{"procedure": feedback.Procedure, "topics": feedback.Topics(), "wishes": wishes,
		"photo": feedback.Photo, "voice": feedback.Voice, "max_voice_seconds": d.longestNote(),
		"max_text": feedback.MaxText, "max_photos": feedback.MaxPhotos, "name_required": !d.NamelessPetitions})
}

// judgePetition lists what is wrong with a petition. Unlike a dossier's, these problems are not left
// to an officer: without words or a picture there is nothing to answer.
func (d *Desk) judgePetition(j judged, today string) judged {
	j.asked, j.verdict.Visible = []string{feedback.Photo, feedback.Voice}, []string{petitionTopic, petitionText, petitionPublish}
	wrong := func(field, code string, t Text) {
		j.problems = append(j.problems, problemView{Where: whereAnswers, Field: field, Code: code, Message: t})
	}
	p, with := petitionOf(j.draft), enclosed(j.draft)
	if p.Topic == "" {
		wrong(petitionTopic, "required", say("Chưa chọn việc muốn phản ánh.", "Nothing was chosen that it is about."))
	}
	if _, err := vietnam.NormalizeLines(p.Text); err != nil {
		wrong(petitionText, "bad_text", say("Trong phần viết có ký tự máy không đọc được. Xóa chỗ đó rồi viết lại.", "The text holds characters that cannot be read. Remove them and write that part again."))
	}
	switch n := utf8.RuneCountInString(p.Text); {
	case n > feedback.MaxText:
		wrong(petitionText, "too_long", say(fmt.Sprintf("Dài quá: %d chữ cái, tối đa %d. Viết gọn lại, hoặc viết ra giấy rồi chụp kèm.", n, feedback.MaxText),
			fmt.Sprintf("Too long: %d characters, at most %d. Shorten it, or write it on paper and add a picture.", n, feedback.MaxText)))
	case n == 0 && with == feedback.Enclosed{}:
		wrong(petitionText, "required", d.nothingSaid())
	}
	switch p.Publish {
	case feedback.NoName, feedback.Named, feedback.NotPublic:
	default:
		wrong(petitionPublish, "required", say("Chưa chọn có cho công khai hay không.", "Whether it may be made public was not chosen."))
	}
	if with.Photos > feedback.MaxPhotos {
		j.add(wherePapers, feedback.Photo, "too_many", say(fmt.Sprintf("Tối đa %d ảnh. Xóa bớt ảnh.", feedback.MaxPhotos), fmt.Sprintf("At most %d pictures. Remove some.", feedback.MaxPhotos)))
	}
	if with.Notes > feedback.MaxNotes {
		j.add(wherePapers, feedback.Voice, "too_many", say("Có hai bản ghi âm. Xóa một bản.", "There are two recordings. Remove one."))
	}
	for _, s := range j.draft.Scans {
		if s.Component == feedback.Photo && !feedback.IsPicture(s.MIME) || s.Component == feedback.Voice && !feedback.IsSound(s.MIME) {
			j.add(wherePapers, feedback.Photo, "not_a_picture", say("Chỉ gửi kèm được ảnh. Xóa tệp này rồi chụp ảnh.", "Only pictures can be added. Remove this file and take a picture."))
		}
	}
	j.problems = append(j.problems, d.judgePetitioner(j.draft.Applicant, today)...)
	return j
}

// nothingSaid names the ways this machine offers.
func (d *Desk) nothingSaid() Text {
	if d.longestNote() == 0 {
		return say("Chưa có nội dung. Viết vài dòng, hoặc chụp một tấm ảnh.", "There is nothing in it yet. Write a few lines, or take a picture.")
	}
	return say("Chưa có nội dung. Nói vào máy, viết vài dòng, hoặc chụp một tấm ảnh.", "There is nothing in it yet. Speak, write a few lines, or take a picture.")
}

// judgePetitioner asks for a name and one way to answer. Whether one may stay nameless is the
// province's to say (NamelessPetitions); the kiosk does not decide law.
func (d *Desk) judgePetitioner(p *dossier.Person, today string) []problemView {
	if p == nil {
		p = &dossier.Person{}
	}
	var out []problemView
	for _, problem := range judgePerson(*p, whereApplicant, today) {
		if problem.Field != "full_name" || problem.Code != "required" || !d.NamelessPetitions {
			out = append(out, problem)
		}
	}
	if !d.NamelessPetitions && p.Phone == "" && strings.TrimSpace(p.Address) == "" {
		out = append(out, problemView{Where: whereApplicant, Field: "phone", Code: "required",
			Message: say("Cần số điện thoại hoặc địa chỉ để cơ quan trả lời.", "A phone number or an address is needed for the answer.")})
	}
	return out
}

// petitionOf reads the answers of a draft; what is no text counts as not said.
func petitionOf(draft ledger.Draft) (p feedback.Petition) {
	word := func(field string) (s string) {
		_ = json.Unmarshal(draft.Answers[field].Value, &s) // not a text: not said
		return s
	}
	p.Topic, p.Publish = word(petitionTopic), feedback.Publish(word(petitionPublish))
	known := false
	for _, t := range feedback.Topics() {
		if t.Code == p.Topic {
			known = true
		}
	}
	if !known {
		p.Topic = ""
	}
	p.Text = strings.TrimSpace(word(petitionText))
	return p
}

// enclosed counts what a draft has beside its words.
func enclosed(draft ledger.Draft) (e feedback.Enclosed) {
	for _, s := range draft.Scans {
		switch s.Component {
		case feedback.Photo:
			e.Photos++
		case feedback.Voice:
			e.Notes++
		}
	}
	return e
}

// settlePetition makes the draft say exactly what a petition says. A crash in between leaves a
// draft, judged again with the next try.
func (d *Desk) settlePetition(ctx context.Context, j judged) error {
	p := petitionOf(j.draft)
	text, err := vietnam.NormalizeLines(p.Text)
	if err != nil {
		return problemPetition.Because(err) // it was judged
	}
	want := map[string]string{petitionTopic: p.Topic, petitionText: strings.TrimSpace(text), petitionPublish: string(p.Publish)}
	if err := d.sayExactly(ctx, j, want); err != nil {
		return err
	}
	given := map[string]bool{}
	for _, s := range j.draft.Scans { // a signature or a paper is none of a petition's
		if s.Component != feedback.Photo && s.Component != feedback.Voice {
			return problemUnfit.Because(fmt.Errorf("a petition with the paper %q", s.Component))
		}
		given[s.Component] = true
	}
	for _, c := range []string{feedback.Photo, feedback.Voice} {
		if !given[c] {
			continue
		}
		if err := d.book().SaveComponent(ctx, j.draft.ID, dossier.Component{ID: c, State: dossier.Provided}); err != nil {
			return err
		}
	}
	return nil
}

// sayExactly makes the answers of a draft these texts and nothing else.
func (d *Desk) sayExactly(ctx context.Context, j judged, want map[string]string) error {
	for field, value := range want {
		raw, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if bytes.Equal(j.draft.Answers[field].Value, raw) {
			continue
		}
		if err := d.book().SaveField(ctx, j.draft.ID, field, ledger.Answer{Value: raw, Evidence: "typed"}); err != nil {
			return err
		}
	}
	for field := range j.draft.Answers {
		if _, is := want[field]; !is {
			if err := d.book().DeleteField(ctx, j.draft.ID, field); err != nil {
				return err
			}
		}
	}
	return nil
}

// preparePetition is prepare for a petition: everything must be right.
func (d *Desk) preparePetition(ctx context.Context, j judged) (ledger.Filing, error) {
	if len(j.problems) > 0 {
		return ledger.Filing{}, problemPetition.Because(nil)
	}
	if err := d.settlePetition(ctx, j); err != nil {
		return ledger.Filing{}, err
	}
	return ledger.Filing{Route: petitionProcedure.Route, Handover: dossier.HandoverAtSubmit, Actor: "kiosk"}, nil
}

type replyView struct {
	At     int64  `json:"at"`
	Text   string `json:"text"`
	Office string `json:"office,omitempty"`
}

// petitionView is what a petition shows beside what every dossier shows: the answer. What was
// written is not shown again: whoever knows number and second fact wrote it.
type petitionView struct {
	Reply *replyView `json:"reply,omitempty"`
}

func viewPetition(s dossier.State) *petitionView {
	if !feedback.IsPetition(s.Procedure) {
		return nil
	}
	v := &petitionView{}
	if s.Reply != nil {
		v.Reply = &replyView{s.Reply.At, s.Reply.Text, s.Reply.Office}
	}
	return v
}

// petitionSlip changes what a slip says where it is a petition's: no name that is to be kept lies
// in a printer, and no time is promised that no text of law was at hand for.
func petitionSlip(s paper.Slip, filing *dossier.SubmittedPayload) paper.Slip {
	s.Petition, s.AnswerBy, s.Code = true, time.Time{}, ""
	if p, err := feedback.ReadPetition(filing.Answers, filing.Enclosed()); err != nil || !p.Nameable() {
		s.Applicant, s.Submitter = "", ""
	}
	return s
}
