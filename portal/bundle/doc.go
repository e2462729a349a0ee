// Package bundle is the province's end of a stick (USB): it reads what offices carried in by
// hand and writes the answers they carry home (mang tay = carry, trả lời = answer).
//
// It promises: what a part brings goes through the intake exactly as if the line had brought it,
// in any order with the line and with other sticks, once or often; a part that does not continue
// what is here yet is kept aside, sealed as it came, and taken when its predecessor has come;
// answers are sealed so that only the office they are for can read them. Every file that cannot
// be used is named with what to do about it, and keeps no other file from being used.
//
// It refuses to believe anything of a part before its machine's signature and its digest were
// verified, to take anything from a revoked machine, and to open what was sealed to another
// province. It deletes nothing on a stick but answers that newer ones replace.
//
// A power cut leaves what the intake committed; the same stick again brings the rest. A part is
// in the folder of those set aside before the run ends, and leaves it only when all of it was
// taken.
package bundle
