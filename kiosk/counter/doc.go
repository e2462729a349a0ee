// Package counter is the staff's side of the desk (quầy): who is signed in, and the use cases of an
// office's day behind /api/counter/: work on dossiers, finding, papers, reports.
//
// It promises that every call but the sign-in names a member of staff who may do that kind of work,
// that a step that was answered is durable in the book with who did it, and that the shared screen
// reaches none of it.
//
// It refuses steps the law's state does not allow, steps on what somebody else has changed since it was
// looked at, and everything without a roster the province signed.
//
// Sessions live in memory: a power cut ends them and keeps every step that was answered. A guess at a password
// is in the book as a wrong one before it is looked at, so a cut gives nobody a free one; waits that were running
// begin anew with the program, counted on a clock that nobody can set. A PIN opens a locked screen within a shift
// and protects no key.
package counter
