package dossier

// Business is where the handling of a dossier stands. It is one of four statuses
// kept apart: a dossier can be decided, unpaid, not handed back and not yet
// acknowledged by the province, all at once.
type Business string

// The business statuses.
const (
	BusinessNone       Business = ""           // nothing folded yet
	Registered         Business = "registered" // filed, no officer has taken it in
	Received           Business = "received"   // taken in
	NotReceived        Business = "refused"
	InProcess          Business = "processing"
	AwaitingSupplement Business = "awaiting_supplement"
	WithdrawnByPerson  Business = "withdrawn"
	StoppedByOffice    Business = "stopped"
	Done               Business = "decided"
	Closed             Business = "returned"
)

// Finance is what is known about money. Vocabulary 1 knows requests only: that
// somebody paid is not reported before an event says so.
type Finance string

// The financial statuses.
const (
	FinanceNone    Finance = ""
	FeeWaiting     Finance = "waiting"   // asked for, and the handling waits for it
	FeeOutstanding Finance = "requested" // asked for, the handling went on
)

// HandBack is where the result is.
type HandBack string

// The hand-over statuses of a result.
const (
	HandBackNone  HandBack = ""
	HandBackReady HandBack = "ready"
	HandBackDone  HandBack = "returned"
)

// Sync is how far a submission got, the fourth status. It is derived from [Acks]
// and stored nowhere.
type Sync string

// SyncOf is the name of the farthest acknowledgement without a gap before it.
func SyncOf(acks [4]Ack) Sync {
	last := Sync("")
	for _, a := range acks {
		if !a.Done {
			break
		}
		last = Sync(a.Code)
	}
	return last
}

// NationalCode derives the code 1–10 that is reported to the national portal. It
// never lies upward: a dossier that waits for the resident is 5 or 6 and not 9, and
// nothing is 2 before an officer took it in. askedBefore says that a supplement was
// asked for before anybody took the dossier in: it stays 5 until somebody does,
// since the national table knows no way from 5 back to 1. 0 is "nothing known".
func NationalCode(b Business, f Finance, askedBefore bool) uint8 {
	switch b {
	case Registered:
		if askedBefore {
			return 5
		}
		return 1
	case Received, InProcess:
		if f == FeeWaiting {
			return 6
		}
		if b == Received {
			return 2
		}
		return 4
	case NotReceived:
		return 3
	case AwaitingSupplement:
		return 5
	case WithdrawnByPerson:
		return 7
	case StoppedByOffice:
		return 8
	case Done:
		return 9
	case Closed:
		return 10
	}
	return 0
}

// nextCodes are the transitions of the national table this program lets itself
// make; testdata/statuses.json is the source and a test compares the two.
var nextCodes = [11][]uint8{
	1: {2, 3, 5, 7},
	2: {4, 5, 6, 7, 8, 9},
	4: {4, 5, 6, 7, 8, 9},
	5: {2, 4, 7, 8},
	6: {4, 7, 8, 9},
	8: {4},
	9: {10, 4},
}
