// Package carry is a stick (USB, thẻ nhớ) as the road sees it: a folder of bundle parts,
// each a file by itself, for whoever carries dossiers to the province by hand (mang tay)
// and for the second place (nơi thứ hai) an office keeps.
//
//	DIR/bendo/DEVICE/up-SERIAL-PART.bendo        of an office for the portal
//	DIR/bendo/DEVICE/second-SERIAL-PART.bendo    the same, of a second place
//	DIR/bendo/DEVICE/down-SERIAL-PART.bendo      of the portal for that office
//	DIR/bendo/DEVICE/index.json                  a hint for people; nothing is decided by it
//
// It promises: when Store returns nil, the part lies whole under its name and has been read
// back from the medium; a name never holds half a part of ours; whoever pulls the stick out
// at any moment leaves parts that are whole and parts that are not there, and the next call
// writes what is missing. Reading follows no link and leaves no folder: what is not a regular
// file with a name of ours, small enough, whole and readable, is named as a Refusal and does
// not keep the other files from being read.
//
// It refuses to judge what a part says: who signed it and what it is sealed to are looked at
// by the agent and the portal.
//
// A power cut, or a hand, leaves temporary files; Sweep takes them away.
package carry
