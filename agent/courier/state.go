package courier

import (
	"time"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

// State is how the road is, as the desk shows it.
type State string

// The states. Only a verified answer of the portal makes the road online.
const (
	Offline  State = "offline"  // no answer; trying again with growing pauses
	Probing  State = "probing"  // the first exchange of a connection is under way
	Captive  State = "captive"  // somebody else answers: a sign-in page, a proxy, a wrong CA
	Clock    State = "clock"    // the certificate does not fit our time
	Refused  State = "refused"  // the portal does not take this device (auth, version)
	Online   State = "online"   // answers come, what is owed moves
	Degraded State = "degraded" // answers come, but something is in the way; see the problem
)

// Up says whether the portal answered last.
func (s State) Up() bool { return s == Online || s == Degraded }

// Snapshot is what the session needs to know of the book. It is taken after every
// change, by Look.
type Snapshot struct {
	Log        ledger.LogState
	Grant      uint32 // epoch of the grant the book holds
	Generation uint64 // the portal's, as the book last heard it
	Cursor     syncproto.Cursor
	// Blobs are scans not complete at the province in this generation, in the book's
	// order, at most maxBlobs; More says that there are others behind them.
	Blobs []ledger.BlobState
	// Unsettled: logs of earlier epochs are not confirmed, or events are still to come
	// back from the province.
	Unsettled bool
	// Open counts submissions that are not complete at the province.
	Open int
	// Objects are published things (packs, programs) that the feed named and this machine
	// does not have whole, in the order of the feed.
	Objects []ObjectState
}

// ObjectState is one published thing on its way down.
type ObjectState struct {
	SHA256 syncproto.Digest
	Length int64
	Offset int64 // bytes that are here
}

// Waiting is how many events of the log the portal has not acknowledged.
func (s *Snapshot) Waiting() uint64 {
	if s.Log.Next == 0 || s.Log.Next-1 <= s.Log.Acked {
		return 0
	}
	return s.Log.Next - 1 - s.Log.Acked
}

// Empty says that the province signed for everything in the book.
func (s *Snapshot) Empty() bool {
	return !s.Unsettled && s.Waiting() == 0 && s.Open == 0 && len(s.Blobs) == 0 && s.Log.Generation == s.Generation
}

// Input is something that happened. Step is called once for each.
type Input interface{ input() }

// Conn names a connection: they are counted from 1. Two may stand beside each other
// while it is open which of them lives.
type Conn uint32

type (
	// Start begins a run; nothing is known but the book.
	Start struct{ Book Snapshot }
	// Changed tells that somebody changed the book. The first one of a run is in Start.
	Changed struct{ Book Snapshot }
	// Bell tells that the desk filed something (and, like Changed, brings the book).
	Bell struct{ Book Snapshot }
	// Tick comes when the time of the last Wake has passed; more often is harmless.
	Tick struct{}
	// Link tells that the machine's network came or went.
	Link struct{ Up bool }
	// Tap is a person who wants it now.
	Tap struct{}
	// Sent tells that the body of a request was handed to the line (which says nothing
	// about its arrival): what follows may queue behind it. Last is the last event of a
	// push. It may be missing; then the answer has to be waited for.
	Sent struct {
		N    uint64
		Last uint64
		// Behind, of a greeting: the road takes pieces behind it before it is answered.
		Behind bool
	}
	// SyncDone answers SendSync, PieceDone SendPiece, ObjectDone SendObject, TimeDone
	// AskTime.
	SyncDone struct {
		N      uint64
		Result Result
		Took   time.Duration
		Book   Snapshot // after the answer was applied
	}
	PieceDone struct {
		N       uint64
		Answer  syncproto.BlobAnswer
		Problem *syncproto.Problem
		Local   bool // the problem is the book's own: the scan cannot be read
		Took    time.Duration
		Book    *Snapshot // when a scan became complete
	}
	ObjectDone struct {
		N       uint64
		Off     int64 // bytes that are here now
		Whole   bool
		Problem *syncproto.Problem
		Local   bool // the problem is this machine's: no room, no folder
		Took    time.Duration
		Book    *Snapshot // when the object became whole or was begun anew
	}
	TimeDone struct {
		N       uint64
		Problem *syncproto.Problem
	}
)

func (Start) input()      {}
func (Changed) input()    {}
func (Bell) input()       {}
func (Tick) input()       {}
func (Link) input()       {}
func (Tap) input()        {}
func (Sent) input()       {}
func (SyncDone) input()   {}
func (PieceDone) input()  {}
func (ObjectDone) input() {}
func (TimeDone) input()   {}

// Output is something to do. Every request is answered by its Done input, whatever
// happens to it.
type Output interface{ output() }

type (
	// SendSync asks for one combined exchange.
	SendSync struct {
		N         uint64
		Conn      Conn
		Dial      time.Duration // how long the connection may take to open, when it is new
		Push      bool          // send events from From
		From      uint64        // first seq
		MaxEvents int
		MaxBytes  int // of raw events
		Stat      []syncproto.BlobKey
		Feed      bool // ask the feed
		FeedBytes int
		Wait      time.Duration // the portal holds the answer until the feed has something
		Audit     bool          // ask about some scans that were complete long ago, too
		Compare   bool          // say where the log stands: a push, a greeting, or on its own
		Fresh     bool          // first exchange of a connection
		Sign      bool          // the session token is not good (any more)
		Link      Estimate
		Deadline  time.Duration // Wait included
	}
	// SendPiece asks for one append.
	SendPiece struct {
		N        uint64
		Conn     Conn
		Key      syncproto.BlobKey
		Off      int64
		Len      int
		Brisk    bool // somebody files right now: keep the queue before the line short
		Careful  bool // the line was cut lately: keep less on it
		Behind   bool // it follows the greeting on its connection, which is not answered yet
		Deadline time.Duration
	}
	// SendObject asks for one read of a published thing.
	SendObject struct {
		N        uint64
		Conn     Conn
		SHA256   syncproto.Digest
		Off      int64
		Len      int
		Deadline time.Duration
	}
	// AskTime asks for signed time, whose answer does not depend on our clock.
	AskTime struct {
		N        uint64
		Conn     Conn
		Deadline time.Duration
	}
	// Drop closes a connection at once, with what the kernel still holds of it; 0 closes
	// all. What is on it fails.
	Drop struct{ Conn Conn }
	// Wake asks for a Tick at a time; it replaces the one before.
	Wake struct{ At time.Time }
	// Alarm says that the log is a fork: the exchange froze its sending, IT must look.
	Alarm struct{ Reason string }
	// Show tells how the road is.
	Show struct{ Status Status }
)

func (SendSync) output()   {}
func (SendPiece) output()  {}
func (SendObject) output() {}
func (AskTime) output()    {}
func (Drop) output()       {}
func (Wake) output()       {}
func (Alarm) output()      {}
func (Show) output()       {}

// Status is what the desk may show. Nothing in it is personal.
type Status struct {
	State   State
	Since   time.Time // when it last changed between up and not up
	NextTry time.Time // zero while something is under way or the road is up
	Link    Estimate
	Problem *syncproto.Problem // the newest that stands in the way, nil none
}

// Estimate is what was measured of the line.
type Estimate struct {
	RateBPS int64         // delivery upwards, bit/s; 0 unknown
	RTT     time.Duration // of a small exchange; 0 unknown
}

// Result is what an exchange brought, after it was verified and applied.
type Result struct {
	Problem  *syncproto.Problem // of the whole exchange, or the first of a section that matters
	Answered bool               // the portal itself answered (Problem may stand beside it)
	Local    bool               // nothing was sent: the book itself has the problem
	Progress bool               // an acknowledged thing moved: events, scans, feed
	Welcome  bool               // the session is fresh
	Applied  uint64             // the portal's applied seq when an ack came
	HasAck   bool
	NewGen   bool // the portal's generation rose
	Stats    []Stat
	More     bool // the feed has more
	Moved    bool // the cursor moved
	Restat   bool // ask again about all scans
	Poll     time.Duration
	Slow     time.Duration // of quiet for what is not urgent
	Sent     int           // bytes of the request body
	Opened   time.Duration // what opening the connection took, 0 unknown
	Last     uint64        // last event of the push, 0 none
}

// Stat is one answered blob question.
type Stat struct {
	Key    syncproto.BlobKey
	Answer syncproto.BlobAnswer
}
