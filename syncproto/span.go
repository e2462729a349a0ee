package syncproto

import "crypto/ed25519"

// Span is a stretch of a log as its device signs it: a [Batch] without the events. It stands in
// exports of a journal, where the events may be erased or left out and the chain and the
// signature are still checked.
type Span struct {
	Log   LogID  `json:"log"`
	First uint64 `json:"first"`
	N     uint32 `json:"n"`
	Head  Digest `json:"head"` // chain head after the last event
	Sig   []byte `json:"sig"`
}

// Last is the seq of the last event.
func (s Span) Last() uint64 { return s.First + uint64(s.N) - 1 }

func (s Span) batch() *Batch { return &Batch{Log: s.Log, First: s.First, N: s.N, Head: s.Head} }

// SpanOf is the signed part of a batch.
func SpanOf(b Batch) Span { return Span{b.Log, b.First, b.N, b.Head, b.Sig} }

// SignSpan signs with the device's key the same words as a batch; prev is the chain head before
// First.
func SignSpan(s Span, prev Digest, device ed25519.PrivateKey) Span {
	s.Sig = sign(device, batchMessage(s.batch(), prev))
	return s
}

// Verify checks the device's signature. That the events lead from prev to Head is the caller's to
// compute.
func (s Span) Verify(prev Digest, device ed25519.PublicKey) error {
	if s.First == 0 || s.N == 0 {
		return NewProblem(Version, CodeFormat, "a span without events")
	}
	if err := verify(device, batchMessage(s.batch(), prev), s.Sig); err != nil {
		return NewProblem(Fork, CodeSignature, "span of %s from %d: %v", s.Log, s.First, err)
	}
	return nil
}
