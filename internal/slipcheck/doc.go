// Package slipcheck judges without a line whether a slip (phiếu) is genuine: it reads what a scanner
// or a person gives, finds the key of the machine that is said to have signed it, and says what that
// proves and what it does not. It also is the province's signed list of its machines' keys (danh
// sách khóa máy), which travels as a file or as a published thing of the feed.
//
// It promises that only a code whose every byte was signed by a machine the province vouches for is
// called genuine; that a machine nobody vouched for is never called a forger ("chưa kiểm được", never
// "giả"); and that a list is used only when the province's own key signed it.
//
// It refuses lists that are unsigned, cut, too long or name a machine twice. What a slip was signed
// with proves who printed it, not that the dossier arrived: that is for the book or the province.
//
// It is pure: no disk, no clock, no randomness. A power cut leaves nothing.
package slipcheck
