package syncproto

import "crypto/ed25519"

// Accepted is what a portal adds to its copy of a log in one transaction: the
// new events and the chain head after each, beside the batch's signature.
type Accepted struct {
	Events []Event  // only those beyond what was stored
	Heads  []Digest // Heads[i] is the chain head after Events[i]
	// Payloads[i] is the payload digest of Events[i], computed on the way.
	Payloads []Digest
	// Headers[i] is the header of Events[i] as it came: see EncodeEventOf.
	Headers [][]byte
}

// AcceptBatch judges a batch against the portal's copy of the log, of which
// 1…applied are stored. headAt gives the stored head after a seq, 0…applied (0
// is ChainStart). It decides everything an intake must decide about order:
//
//   - nothing new: no events and no error; acknowledge again (I3)
//   - overlap: the known part must be the same, the rest is new
//   - gap: correction CodeSeq, Value = applied
//   - other bytes at a stored seq: fork CodeRewrite, nothing overwritten (I4)
func AcceptBatch(b Batch, applied uint64, headAt func(seq uint64) (Digest, error),
	device ed25519.PublicKey, dicts Dicts, lim Limits) (Accepted, error) {
	if b.First > applied+1 {
		p := NewProblem(Correction, CodeSeq, "batch begins at %d, stored are %d", b.First, applied)
		p.Value = applied
		return Accepted{}, p
	}
	if b.First == 0 {
		return Accepted{}, NewProblem(Version, CodeFormat, "batch without a first seq")
	}
	prev, err := headAt(b.First - 1)
	if err != nil {
		return Accepted{}, err
	}
	events, links, err := openBatch(b, prev, device, dicts, lim)
	if err != nil {
		return Accepted{}, err
	}
	var out Accepted
	for i, e := range events {
		seq := b.First + uint64(i)
		if seq > applied {
			out.Events, out.Heads = append(out.Events, e), append(out.Heads, links[i].head)
			out.Payloads, out.Headers = append(out.Payloads, links[i].payload), append(out.Headers, links[i].header)
			continue
		}
		stored, err := headAt(seq)
		if err != nil {
			return Accepted{}, err
		}
		if stored != links[i].head {
			return Accepted{}, NewProblem(Fork, CodeRewrite, "other bytes at %s seq %d", b.Log, seq)
		}
	}
	return out, nil
}
