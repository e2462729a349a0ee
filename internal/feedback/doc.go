// Package feedback is what residents say about an office: a rating (đánh giá) of one
// dossier or of one visit, a petition (phản ánh, kiến nghị), and a request to be called back
// (yêu cầu gọi lại). It holds the words, the limits and the strict reading of them, and nothing else.
//
// How they travel. There is no second road; all are events of the office's log, under its
// chain, signatures, seals, resends and outcomes.
//   - A rating of a dossier is the request "rated" (version 0, wants no answer) of that
//     dossier: the fold keeps one rating. Until the province has acknowledged it, it may be
//     given anew; the new event names the one it replaces and counts on, so that both ends
//     keep the same one and see that it was changed.
//   - A rating of a visit is "visit_rated" in a dossier of its own that is never filed: no
//     slip, no name, no case at the province, one number more in its totals.
//   - A petition is a filing ("submitted") of the reserved procedure [Procedure]: its text,
//     subject and wish about publication are the answers, its pictures the papers. So it has
//     drafts, the slip series, the second fact, the completeness receipt and the same four
//     acknowledgements without a line of code of its own, and the petitioner's name lies
//     sealed under the petition's own key at both ends. Custody is at_submit.
//   - Its answer is the holder's step "answered", which comes back by the feed.
//   - A call-back request (yêu cầu gọi lại, tile "Gọi 1022") is the same with [CallProcedure]: the
//     question, the procedure it is about and the time of day are the answers, the number to call is
//     the applicant's phone. Its officer notes each call as the holder's step "called" (reached or
//     not) and may write the answer as well, which is shown as a petition's is.
//
// Anonymous to the public means: [NoName] or [NotPublic] is part of what was signed and
// filed. Nothing of ours publishes a petition; whoever builds a page that does, reads
// [Petition.Nameable] and [Petition.Publishable]. Lists of officers show no name of such a
// petition; who opens it is kept in the journal.
//
// Whether a petition without any name may be taken is not settled here: no text of law that
// says so was at hand. It is the kiosk's configuration, and its default is no.
//
// The package is pure: no file, clock or randomness. A power cut leaves nothing of it behind.
package feedback

// Words is a sentence in Vietnamese and English.
type Words struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}
