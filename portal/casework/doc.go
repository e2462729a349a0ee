// Package casework is what the officers of the province do with a dossier: take
// in, ask for a supplement, answer requests, decide, say that the result is
// ready, refuse.
//
// It promises: each step is legal by the dossier's own rules, and is one
// transaction with its event, the case and the entry in the commune's feed; of
// two officers at once the second is told that the first was there; the due date
// is computed once, when the dossier is taken in, and kept with the version of
// the calendar.
//
// It refuses a step on a dossier of another office: for that officer it does not
// exist.
//
// A power cut leaves the step done, with its feed entry, or not done.
//
// Tiếp nhận = take in, yêu cầu bổ sung = ask for a supplement, giải quyết =
// decide, cán bộ = officer.
package casework
