package kiosk

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bendo/internal/form"
)

// standingAtKiosk are the persons of a form who are normally the one at the machine, the likeliest first;
// the screens fill the first of them from the card.
var standingAtKiosk = []string{"requester", "declarant", "subject", "owner", "applicant", "beneficiary"}

// agree compares the answers about the applicant with the card that was scanned for him. A difference is
// no error of its own: a card may be old, a name may have been corrected. But somebody must have seen it
// before the dossier leaves. Only what was typed is compared: what came from a card, here or at another
// question, is that card's word.
func (j *judged) agree() {
	p := j.draft.Applicant
	if p == nil || p.Evidence != "qr" || j.known.form == nil || j.draft.Submitter != nil {
		return // with two people at the machine nobody knows whose card stands for which person of the form
	}
	i := slices.IndexFunc(standingAtKiosk, func(s string) bool { return slices.Contains(j.known.form.Persons(), s) })
	if i < 0 {
		return
	}
	onCard := map[string]string{"name": p.FullName, "number": p.CitizenID, "birth_date": p.BirthDate, "sex": p.Sex}
	for _, fd := range j.known.form.Fields {
		answer := j.draft.Answers[fd.ID]
		if fd.FromCard == nil || fd.FromCard.Person != standingAtKiosk[i] || !(answer.Evidence == "typed" || answer.Evidence == "") || !slices.Contains(j.verdict.Visible, fd.ID) {
			continue
		}
		var typed string
		card := onCard[fd.FromCard.Field]
		if json.Unmarshal(answer.Value, &typed) != nil || typed == "" || card == "" || alike(fd.FromCard.Field, typed, card) {
			continue
		}
		j.problems = append(j.problems, problemView{Where: whereAnswers, Field: fd.ID, Code: "differs_from_card", Message: differsFromCard(fd)})
	}
}

// alike: the same name in either of the two ways of writing a tone and in any case, the same digits, a day
// that fits what is known of it.
func alike(datum, typed, card string) bool {
	switch datum {
	case "name":
		return spelling(typed) == spelling(card)
	case "birth_date":
		return typed == card || strings.HasPrefix(card, typed+"-") || strings.HasPrefix(typed, card+"-")
	}
	return strings.ReplaceAll(typed, " ", "") == card
}

// spelling is a name for comparing: small letters, and each word's tone behind its letters, so that the two
// places where a tone may stand (Thủy, Thuỷ) are one. A lost mark stays a difference: Hoa and Hòa are two people.
func spelling(name string) string {
	const tones = "\u0300\u0301\u0303\u0309\u0323"
	words := strings.Fields(strings.ToLower(name))
	for i, w := range words {
		var letters, tone strings.Builder
		for _, r := range norm.NFD.String(w) {
			if strings.ContainsRune(tones, r) {
				tone.WriteRune(r)
			} else {
				letters.WriteRune(r)
			}
		}
		words[i] = letters.String() + tone.String()
	}
	return strings.Join(words, " ")
}

// differsFromCard names the question and none of the two answers: a list of problems may be read aloud.
func differsFromCard(fd *form.Field) Text {
	label := Text(fd.Label)
	if utf8.RuneCountInString(label.VI) > 60 {
		label = say("Câu này", "This answer")
	}
	return say(label.VI+": ghi khác với thẻ căn cước đã quét. Xin xem lại; nếu vẫn đúng, cán bộ sẽ đối chiếu với thẻ.",
		label.EN+": differs from the citizen card that was scanned. Please look again; if it is right, an officer will compare it with the card.")
}
