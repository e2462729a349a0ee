// Package officepaper draws the papers an office hands out and keeps (biểu mẫu): Mẫu 01–07 of the
// one-stop mechanism, the receipt of certification work, the hand-over lists, the acknowledgement of a
// result, the provisional cash receipt, and reports.
//
// Which blocks stand on a form, in which order and how wide, its number, title and legal basis are a
// [Template]: data with a day from which it holds, which a province may renumber. What stands in the
// blocks is plain data of the caller, one struct a form; the room computes no date and no amount.
//
// It promises that the same template and data give the same bytes on every machine, so that what is
// shown before printing is what is printed; that every text given stands on the paper, whole, however
// long, inside the margins, on as many pages as it takes; and that every page says of which dossier it
// is and which of how many.
//
// It refuses templates that would leave out a field of their form, papers without an agency, and texts
// longer than any event carries.
//
// It touches no disk and asks no clock. A power cut leaves nothing: a paper is drawn again from the book.
package officepaper
