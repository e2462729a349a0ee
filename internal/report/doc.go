// Package report makes the register (sổ theo dõi) and the periodic reports (báo cáo định kỳ) of an
// office out of plain facts about its dossiers.
//
// It promises: every number is the length of the list of dossiers it counts, and [Table.IDs] gives that
// list; sums are the union of their parts, each dossier once; a table says up to which moment events
// count (the period's end) and when the book was asked ([CutOff]); the same cases and period give the
// same table in whatever order they come; what was issued and what [Diff] finds later make together the
// table that the same book would give today.
//
// It refuses to invent: a column, a title or a way of reckoning that no source at hand states is marked
// as unsure and shown as such, and an indicator the commune cannot know is shown as not known here, with
// the reason, instead of a number. A dossier without a due date is neither on time nor late: it has a
// column of its own, so that the sums still agree.
//
// # What counts
//
// Only what an officer took in is received. A dossier belongs to a period when it was received in it, or
// was received before and was open at any moment of it (carried over). At the period's end each of them
// is exactly one of: settled, in progress, waiting for the resident (supplement, fee), or withdrawn,
// stopped and refused. Settled is the moment the decision was there, not the moment it was fetched.
// Late is judged by the due date of the law, moved by pauses and never by an apology.
//
// # Periods
//
// The legal periods close on the 14th (NĐ 09/2019/NĐ-CP Điều 12, as remembered: to be confirmed by the
// province): see [Period]. A dossier that becomes known after a report was issued leaves that report as
// it is and appears in a correction.
//
// Petitions and call-back requests are no dossiers and are left out by whoever makes the cases.
//
// It is pure: no disk, no clock. A power cut leaves nothing of it; what was issued lies in the book.
package report
