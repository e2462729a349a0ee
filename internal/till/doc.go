// Package till is the office's cash book (sổ quỹ của ca): what was in the drawer when a shift began, what
// was taken and given back, what left for the treasury, and what was counted at the end.
//
// It promises: a line is on the disk before anybody prints a receipt of it, is never changed, and is
// written once however often it is asked for; provisional receipts (biên lai tạm) are numbered without a
// gap; what a drawer should hold is the sum of its shift's lines and nothing else; a difference at the end
// has a reason beside it.
//
// It refuses: a line outside an open shift; a refund of more than was taken, or of more than the drawer
// holds; less than the catalogue asks without the ground of it; to close with a difference nobody
// explains; and a transfer without the bank's or the payment platform's own reference. A code that was
// shown, or a picture on a resident's phone, is a wish and never a payment; nothing here says "paid"
// because of one.
//
// What is configuration and not settled here: the form and symbol of electronic receipts (they come from
// the province's provider and are noted as given), who may collect (the roster), the fees themselves and
// their formulas (the catalogue's pack, by the day of receipt), and which grounds exempt: a ground is
// kept in words with its evidence, and is an officer's to judge.
//
// It lies in a file of its own beside the book, as the queue numbers do: the book is what an office owes
// the province. A file that is damaged, or whose chain of lines does not hold, is not opened; staff then
// write receipts by hand and IT looks at it. It is never begun anew by itself, because then money could be
// made to vanish by damaging a file.
//
// A power cut leaves the lines that were answered and no others.
package till
