package kiosk

import (
	"errors"
	"net/http"

	"bendo/internal/feedback"
	"bendo/internal/ledger"
)

// The question whether a matter is a state secret (bí mật nhà nước) is the screen's to ask and the desk's to
// insist on: without a no nothing is begun, saved or filed, and a yes leaves nothing of what was written.

var problemSecretUnsaid = Problem{Code: "secrecy_unsaid", Status: http.StatusUnprocessableEntity,
	Message: say("Chưa cho biết giấy tờ này có đóng dấu Mật hay không. Máy chưa lưu gì thêm.", "It was not said yet whether these papers are marked secret. Nothing more was stored."),
	Next:    say("Trả lời câu hỏi đó trước, hoặc gọi cán bộ.", "Answer that question first, or call an officer.")}

// asksSecrecy: letters to the office (petitions, call-backs) are no dossiers and are not asked.
func asksSecrecy(procedure string) bool { return !feedback.Reserved(procedure) }

// unsaid says that the question stands before everything else of a draft. A supplement belongs to a dossier
// of which it was answered.
func unsaid(d ledger.Draft) bool {
	return d.Kind == ledger.DraftFiling && asksSecrecy(d.Procedure) && !d.NotSecret
}

// writable is mine for calls that write.
func (d *Desk) writable(r *http.Request) (ledger.DraftID, error) {
	id, err := d.mine(r)
	if err != nil {
		return id, err
	}
	silent := false
	d.remember(r, func(v *visit) { silent = v.silent[id.String()] })
	if silent {
		return id, problemSecretUnsaid.Because(nil)
	}
	return id, nil
}

// saySecrecy takes the answer for a draft that has none, and a yes at any time: then the draft is erased and
// no longer the visit's.
func (d *Desk) saySecrecy(w http.ResponseWriter, r *http.Request) error {
	id, err := d.mine(r)
	if err != nil {
		return err
	}
	var in struct {
		Secret *bool `json:"secret"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	switch {
	case in.Secret == nil:
		return problemBadRequest.Because(errors.New("neither yes nor no"))
	case *in.Secret:
		if err := d.book().EraseDraft(r.Context(), id); err != nil {
			return err
		}
		d.remember(r, func(v *visit) { delete(v.drafts, id.String()); delete(v.silent, id.String()) })
		return ok(w, map[string]any{"erased": true})
	}
	if err := d.book().SayNoSecret(r.Context(), id); err != nil {
		return err
	}
	d.remember(r, func(v *visit) { delete(v.silent, id.String()) })
	return ok(w, map[string]any{"saved": true})
}
