package syncproto

import (
	"errors"
	"fmt"
	"time"
)

// Kind is the class of a problem on the road. The numbers and the strings are
// for ever: append only, never reorder, never reuse.
type Kind uint8

const (
	// Transient: the line or the portal is busy or broken for now.
	Transient Kind = 1
	// Intercepted: somebody else answered (captive portal, proxy, wrong CA). Not
	// an answer; it changes no state.
	Intercepted Kind = 2
	// Clock: the certificate is right but our time (or theirs) is not.
	Clock Kind = 3
	// Correction: our idea of a cursor, offset or session is old. Adopt Value and
	// go on, at most a few times in a row.
	Correction Kind = 4
	// Fork: the log, a digest or a signature does not fit. Freeze the sending of
	// this log, keep the evidence, call IT. Never an excuse for a new epoch.
	Fork Kind = 5
	// Auth: the portal does not know this device, or no longer. Keep working
	// offline, tell staff, ask again every hour.
	Auth Kind = 6
	// Version: one side is too old. Keep the data; it goes after an update.
	Version Kind = 7
	// Limit: too much at once, over quota, disk full there. Shrink and slow down.
	Limit Kind = 8
	// Domain: never the road's business. It comes back as an outcome in the feed;
	// the kind exists so that nobody maps it to another.
	Domain Kind = 9
)

var kindNames = [...]string{
	Transient: "transient", Intercepted: "intercepted", Clock: "clock",
	Correction: "correction", Fork: "fork", Auth: "auth",
	Version: "version", Limit: "limit", Domain: "domain",
}

// String is the stable name. A number of a newer program reads "kind-N".
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("kind-%d", uint8(k))
}

// Retry says whether and when trying again can help.
type Retry uint8

const (
	// RetryNever: the same bytes will fail again; somebody must act.
	RetryNever Retry = iota
	// RetryNow: at once with the portal's value, at most MaxCorrections in a row.
	RetryNow
	// RetrySoon: with the courier's ordinary back-off.
	RetrySoon
	// RetrySlowly: minutes apart (a human must sign in to a Wi-Fi, set a clock,
	// lift a suspension).
	RetrySlowly
	// RetrySmaller: with less at once, and later.
	RetrySmaller
	// RetryAfterUpdate: when the program has been updated.
	RetryAfterUpdate
)

// MaxCorrections is how many corrections in a row a client obeys before it
// treats the exchange as a transient failure and reports it.
const MaxCorrections = 3

// Retry tells what repeating can do for this kind. An unknown kind (from a newer
// portal) is retried slowly: nothing is lost and nothing loops.
func (k Kind) Retry() Retry {
	switch k {
	case Transient:
		return RetrySoon
	case Correction:
		return RetryNow
	case Limit:
		return RetrySmaller
	case Version:
		return RetryAfterUpdate
	case Fork, Domain:
		return RetryNever
	default: // Intercepted, Clock, Auth and what we do not know yet
		return RetrySlowly
	}
}

// Problem is the only error that crosses the road.
type Problem struct {
	Kind Kind `cbor:"1,keyasint" json:"kind"`
	// Code is one of the Code constants: stable, append only. A reader that does
	// not know it acts by Kind.
	Code string `cbor:"2,keyasint,omitempty" json:"code,omitempty"`
	// Detail is for IT and logs, in English, never with a resident's data.
	Detail string `cbor:"3,keyasint,omitempty" json:"detail,omitempty"`
	// Value is what a correction corrects to (a sequence, an offset, a count).
	Value uint64 `cbor:"4,keyasint,omitempty" json:"value,omitempty"`
	// RetryAfterS asks for this many seconds of quiet (jitter is the client's).
	RetryAfterS uint32 `cbor:"5,keyasint,omitempty" json:"retry_after_s,omitempty"`
	// Err is the local cause; it never travels.
	Err error `cbor:"-" json:"-"`
}

func (p *Problem) Error() string {
	s := p.Kind.String()
	if p.Code != "" {
		s += "/" + p.Code
	}
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	if p.Err != nil {
		s += ": " + p.Err.Error()
	}
	return s
}

// Unwrap gives the local cause.
func (p *Problem) Unwrap() error { return p.Err }

// Is matches another problem by kind, and by code when the target names one:
// errors.Is(err, &Problem{Kind: Correction, Code: CodeOffset}).
func (p *Problem) Is(target error) bool {
	t, ok := target.(*Problem)
	return ok && t.Kind == p.Kind && (t.Code == "" || t.Code == p.Code)
}

// RetryAfter is the quiet the portal asked for; zero when it did not.
func (p *Problem) RetryAfter() time.Duration {
	return time.Duration(p.RetryAfterS) * time.Second
}

// NewProblem makes a problem with a detail.
func NewProblem(k Kind, code, format string, args ...any) *Problem {
	return &Problem{Kind: k, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// ProblemOf finds the problem in an error chain; nil when there is none.
func ProblemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return nil
}

// Codes. Stable strings; append only. The comment names the kind each travels
// under and, for corrections, what Value is.
const (
	// transient
	CodeTimeout     = "timeout"      // the deadline of a request passed
	CodeConnection  = "connection"   // no connection, or it broke
	CodeUnavailable = "unavailable"  // the portal (or what stands before it) is down: 5xx, store error
	CodeBusy        = "busy"         // too many at once; see RetryAfterS
	CodeTruncated   = "truncated"    // the answer ended early
	CodeBadChunk    = "bad_chunk"    // the bytes of an append were changed on the way
	CodeSuperseded  = "superseded"   // a newer blob session took this blob over
	CodeNoProgress  = "no_progress"  // a cursor did not move twice although more was promised
	CodeManyCorrect = "corrections"  // more than MaxCorrections in a row
	CodeInternal    = "internal"     // the portal failed for a reason of its own
	CodeForgotten   = "not_yet_here" // the portal cannot place what was asked; a later hello repairs it
	CodeSlow        = "slow"         // everything moves, but hardly; made by the device itself, never sent

	// intercepted
	CodeRedirect    = "redirect"     // 3xx, or 511
	CodeNotOurs     = "not_ours"     // another content type, no magic (HTML of a captive portal)
	CodeNoEcho      = "no_echo"      // our magic, but the answer to another request
	CodeWrongCA     = "wrong_ca"     // TLS ended at somebody else's certificate
	CodeNotTLS      = "not_tls"      // something that does not speak TLS answered
	CodeUnsigned    = "unsigned"     // a receipt, page or time that the portal's key did not sign
	CodeWrongDevice = "wrong_device" // an answer meant for another log

	// clock
	CodeNotYetValid = "not_yet_valid" // our clock is behind the certificate
	CodeExpired     = "expired"       // our clock is ahead of it, or it really ended

	// correction
	CodeSeq          = "seq"           // Value: the portal's applied seq; send from Value+1
	CodeOffset       = "offset"        // Value: the offset the portal has
	CodeSession      = "session"       // sign a hello
	CodeHelloCount   = "hello_count"   // Value: the last count seen; sign with a higher one
	CodeBlobSession  = "blob_session"  // Value: the newest blob session
	CodeBlobUnknown  = "blob_unknown"  // no stored event names this blob yet
	CodeBlobRestart  = "blob_restart"  // all bytes were there and the digest was wrong: from 0
	CodeDict         = "dictionary"    // the dictionary is not known there: send plain flate
	CodeFeedReset    = "feed_reset"    // see FeedAnswer.Reset
	CodeReplayCursor = "replay_cursor" // Value: the first seq that can be replayed

	// fork
	CodeHead       = "head"         // heads differ at the same seq
	CodeAhead      = "portal_ahead" // the portal has more of this log than the device
	CodeEpoch      = "epoch"        // the device writes an epoch that is not the granted one
	CodeRewrite    = "rewrite"      // other bytes at a seq the portal has
	CodeSignature  = "signature"    // the device's key did not sign this
	CodeChain      = "chain"        // the head does not follow from the events
	CodeDigest     = "digest"       // a stored thing does not have its digest
	CodeTwoWriters = "two_writers"  // two live boot ids on one log

	// auth
	CodeUnknownDevice = "unknown_device"
	CodeRevoked       = "revoked"
	CodeSuspended     = "suspended"
	CodeHelloSig      = "hello_signature" // the hello is not signed by the device's key
	CodeNotYours      = "not_yours"       // the book, dossier or blob belongs to another book
	CodeEnrolCode     = "enrol_code"      // no such code, or its tries are used up
	CodeEnrolExpired  = "enrol_expired"
	CodeEnrolUsed     = "enrol_used" // the code belongs to another key already

	// version
	CodeProto      = "proto"      // no common protocol version
	CodeFormat     = "format"     // bytes that do not decode as this version
	CodeCodec      = "codec"      // an unknown batch or page codec
	CodeNoEndpoint = "no_such_op" // the portal does not know this message

	// limit
	CodeTooLarge = "too_large" // a body, batch, chunk or count over the limits
	CodeQuota    = "quota"
	CodeDiskFull = "disk_full"
	CodeRate     = "rate" // too many requests; see RetryAfterS
)
