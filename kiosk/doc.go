// Package kiosk is the desk (một cửa = one-stop desk): the use cases behind every screen of an
// office, as one http.Handler. Residents at the touchscreen, the window, the browser tests and
// the demo all speak to this handler; the backlog command files through the same use case.
//
// It promises that a field, a page or a signature that was answered with "saved" is on the
// disk; that a dossier that was answered with a slip is durable, findable and on its way (one
// transaction in the book, then the doorbell); that submitting twice gives one dossier and one
// slip; that everything wrong is listed at once and nothing wrong stops a resident from being
// handed to an officer; and that when a visit ends, nothing of it can be read again without
// the slip number and a second fact.
//
// A queue number is shown as valid only after the printer's word or a staff tap.
//
// It refuses calls without a visit where something personal is read or written, look-ups after
// five wrong second facts an hour, files that cannot be shown to an officer, and dossiers marked
// as state secrets, of which it stores nothing. It never calls a fee paid: it shows what is due and how
// to pay it, and that a code was shown or printed is no fact about money. It never calls a slip a forgery
// whose machine it does not know, nor a paper printed on nobody's word: every paper is noted in the
// book before it leaves, so that a kill before the answer leaves it unknown.
//
// Whose a dossier is, who brings it and who only touches the screen are kept apart, and so is what each
// agreed to. Practice speaks to another desk over a book of its own; no call of it reaches the office's.
//
// It holds no state of its own but the visits under way (tokens in memory): a power cut ends
// the visits and keeps every draft, sealed, in the book. State and dossiers live in the
// book; scans in the vault; the road is the agent's business and is never waited for.
package kiosk
