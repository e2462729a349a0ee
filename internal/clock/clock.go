// Package clock is the one clock that a law, a certificate or an audit reads.
//
// It promises: its time is never earlier than the last time the province signed, nor than the day
// the program was built, whatever the machine's wall clock says; between two signed times it runs
// on the machine's monotonic clock; and it says how good it is. A wall clock that jumps, years
// forward or back, changes nothing while a signed time of this boot is known, and otherwise makes
// the time [Jumped]: it is shown and asked about before a due date is printed.
//
// It refuses: a signed time older than one already taken (a replay), one before the build, and a
// jump of more than a day on one answer alone: that takes two answers an hour apart that agree, or
// a member of staff who confirms it. Only the handshake with the portal may use such an answer
// before ([State.Handshake]).
//
// Nothing is ordered by it: order, identity and exactly-once never read a clock.
//
// A power cut loses at most what was seen since the last [Clock.Tick]; the floor itself is stored
// before it is used. The state is pure ([State]); reading the machine and storing are small and
// apart. Where the state lies is the caller's ([Store]), kiosk and agent share one.
package clock

import (
	"errors"
	"time"
)

// Quality says how far a time may be believed. The numbers go into events and never change.
type Quality uint8

const (
	Unknown Quality = 0 // nothing is known about it
	Trusted Quality = 1 // a signed time of this boot plus monotonic time
	Unsure  Quality = 2 // the machine's wall clock, not contradicted
	Jumped  Quality = 3 // the wall clock jumped, or lies below the floor: ask before printing a due date
)

// String names the quality for logs and status.
func (q Quality) String() string {
	switch q {
	case Trusted:
		return "trusted"
	case Unsure:
		return "unsure"
	case Jumped:
		return "jumped"
	}
	return "unknown"
}

// The limits of plausibility, in milliseconds.
const (
	minuteMS = int64(time.Minute / time.Millisecond)
	hourMS   = 60 * minuteMS
	dayMS    = 24 * hourMS

	// maxStepMS is how far one signed answer may move the clock by itself.
	maxStepMS = dayMS
	// agreeMS is how far two answers about a jump may be apart from the time between them; a line
	// with 90 s of patience and a drifting quartz stay well below.
	agreeMS = 10 * minuteMS
	// wallSlackMS is how far the wall clock may move against the monotonic one between two looks
	// before it counts as a jump; time services step by less.
	wallSlackMS = 2 * minuteMS
	// maxOffMS is the longest time a machine is off without being asked about its clock. Tết
	// closes offices for about nine days.
	maxOffMS = 31 * dayMS
)

var (
	// ErrReplay means a signed time older than one already taken.
	ErrReplay = errors.New("the signed time is older than one already taken")
	// ErrBeforeBuild means a signed time before this program existed.
	ErrBeforeBuild = errors.New("the signed time lies before the program was built")
	// ErrJump means that the signed time is more than a day away from this clock: another answer
	// in an hour, or a member of staff, has to confirm it.
	ErrJump = errors.New("the signed time is more than a day away; confirm it, or wait an hour for a second answer")
	// ErrWallBehind means that the machine's wall clock lies before a time that is certain.
	ErrWallBehind = errors.New("the machine's clock is behind the last signed time; set it first")
	// ErrNothingToConfirm means that there is no jump to confirm.
	ErrNothingToConfirm = errors.New("there is no time to confirm")
)

// Reading is one look at the machine's clocks.
type Reading struct {
	WallMS int64  // unix milliseconds, as the machine claims
	MonoMS int64  // milliseconds since some moment of this boot, suspend included
	Boot   string // tells boots apart; empty means that they cannot be told apart
}

// since returns how many milliseconds passed from an earlier reading by the monotonic clock, and
// whether that can be known.
func (r Reading) since(earlier Reading) (int64, bool) {
	if r.Boot == "" || r.Boot != earlier.Boot || r.MonoMS < earlier.MonoMS {
		return 0, false
	}
	return r.MonoMS - earlier.MonoMS, true
}

// Signed is a time of the province whose signature the caller has verified. Serial rises when the
// province's own clock was set back; only a higher serial may lower the floor.
type Signed struct {
	MS     int64
	Serial uint64
}

// State is everything the clock remembers; it survives as JSON. The zero State knows nothing.
type State struct {
	FloorMS int64   `json:"floor_ms"` // the last signed time that was taken; 0 means none yet
	Serial  uint64  `json:"serial"`   // of FloorMS
	Anchor  Reading `json:"anchor"`   // the machine's clocks when FloorMS was taken

	LastMS int64   `json:"last_ms"` // this clock at the last look
	Last   Reading `json:"last"`    // the machine's clocks at the last look
	Jumped bool    `json:"jumped"`  // the wall clock jumped and nobody has confirmed it

	Pending   *Signed  `json:"pending,omitempty"`    // a signed jump that waits for a second answer
	PendingAt *Reading `json:"pending_at,omitempty"` // the machine's clocks when it came
}

// Now returns the time in unix milliseconds and its quality. buildMS is when the program was built.
func (s State) Now(buildMS int64, r Reading) (int64, Quality) {
	if s.FloorMS > 0 {
		if d, ok := r.since(s.Anchor); ok {
			return max(s.FloorMS+d, buildMS), Trusted
		}
	}
	if d, ok := r.since(s.Last); ok && s.LastMS > 0 {
		return s.sameBoot(buildMS, r, d)
	}
	return s.newBoot(buildMS, r)
}

// sameBoot goes on from the last look: did the wall clock go along with time?
func (s State) sameBoot(buildMS int64, r Reading, d int64) (int64, Quality) {
	moved := r.WallMS - s.Last.WallMS - d
	if s.Jumped || !within(moved, wallSlackMS) {
		return max(s.LastMS+d, buildMS), Jumped
	}
	return max(s.LastMS+d+moved, s.FloorMS, buildMS), Unsure
}

// newBoot has only the wall clock and what it was before. It is believed when it lies behind the
// last look and not too far; else the same with the error it had then, if that is plausible.
func (s State) newBoot(buildMS int64, r Reading) (int64, Quality) {
	least := max(s.FloorMS, s.LastMS, buildMS)
	corrected := r.WallMS
	if s.LastMS > 0 {
		corrected -= s.Last.WallMS - s.LastMS
	}
	for _, ms := range []int64{r.WallMS, corrected} {
		if ms >= least-wallSlackMS && (s.LastMS == 0 || ms-s.LastMS <= maxOffMS) {
			if s.Jumped {
				return max(ms, least), Jumped // a new boot does not answer the question
			}
			return max(ms, least), Unsure
		}
	}
	// Too early: stand at the last that is known. Too late: perhaps the office was closed for long.
	return max(r.WallMS, least), Jumped
}

// Handshake returns the time that certificates are judged by, in unix milliseconds. It is Now,
// unless a signed time of this boot waits for its second answer: that one carries the portal's own
// signature over a fresh question, which is more than any certificate says, so a machine that woke
// in 2036 need not stand still for an hour. Nothing else believes it before it is confirmed.
func (s State) Handshake(buildMS int64, r Reading) int64 {
	if s.Pending != nil && s.PendingAt != nil {
		if d, ok := r.since(*s.PendingAt); ok {
			return max(s.Pending.MS+d, buildMS)
		}
	}
	ms, _ := s.Now(buildMS, r)
	return ms
}

// Look returns the state after a look at the machine's clocks, which remembers a jump for the
// next look. Call it at every start and every minute.
func (s State) Look(buildMS int64, r Reading) State {
	now, q := s.Now(buildMS, r)
	s.LastMS, s.Last, s.Jumped = now, r, q == Jumped
	return s
}

// Observe returns the state after a signed time came. Only with a nil error was it taken;
// with [ErrJump] it is kept for the second answer.
func (s State) Observe(buildMS int64, r Reading, signed Signed) (State, error) {
	if signed.MS < buildMS {
		return s, ErrBeforeBuild
	}
	if signed.Serial < s.Serial || signed.Serial == s.Serial && signed.MS < s.FloorMS {
		return s, ErrReplay
	}
	now, q := s.Now(buildMS, r)
	// A wall clock that says the same is a second witness, unless a signed time of this boot
	// contradicts it. The first signed time of all comes at enrolment, with staff at the machine.
	witness := q != Trusted && within(signed.MS-r.WallMS, maxStepMS)
	if s.FloorMS == 0 || within(signed.MS-now, maxStepMS) || witness || s.agrees(r, signed) {
		return s.take(r, signed), nil
	}
	if !s.sameJump(r, signed) {
		s.Pending, s.PendingAt = &signed, &r
	}
	return s, ErrJump
}

func (s State) take(r Reading, signed Signed) State {
	return State{FloorMS: signed.MS, Serial: signed.Serial, Anchor: r, LastMS: signed.MS, Last: r}
}

// sameJump says whether a new answer tells of the jump that is already waiting.
func (s State) sameJump(r Reading, signed Signed) bool {
	if s.Pending == nil || s.PendingAt == nil || s.Pending.Serial != signed.Serial {
		return false
	}
	d, ok := r.since(*s.PendingAt)
	return ok && within(signed.MS-s.Pending.MS-d, agreeMS)
}

// agrees says whether a new answer confirms the waiting one.
func (s State) agrees(r Reading, signed Signed) bool {
	if !s.sameJump(r, signed) {
		return false
	}
	d, _ := r.since(*s.PendingAt)
	return d >= hourMS
}

func within(d, limit int64) bool { return -limit <= d && d <= limit }

// ConfirmSigned is a member of staff's word that the waiting signed time is right. One that came
// before a restart is not taken: nobody knows how long ago that was.
func (s State) ConfirmSigned(r Reading) (State, error) {
	if s.Pending == nil || s.PendingAt == nil {
		return s, ErrNothingToConfirm
	}
	d, ok := r.since(*s.PendingAt)
	if !ok {
		return s, ErrNothingToConfirm
	}
	return s.take(r, Signed{s.Pending.MS + d, s.Pending.Serial}), nil
}

// ConfirmWall is a member of staff's word that the machine's wall clock, as shown, is right. The
// time is then Unsure, no more Jumped. A wall clock below the signed floor or the build stays
// refused: it has to be set first.
func (s State) ConfirmWall(buildMS int64, r Reading) (State, error) {
	if r.WallMS < max(s.FloorMS, buildMS) {
		return s, ErrWallBehind
	}
	if _, q := s.Now(buildMS, r); q == Trusted {
		return s, ErrNothingToConfirm
	}
	s.LastMS, s.Last, s.Jumped = r.WallMS, r, false
	return s, nil
}
