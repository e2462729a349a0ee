package courier

import (
	"cmp"
	"slices"
	"time"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

// ageing: a submission older than this goes before smaller ones, so that a large
// dossier is not overtaken for ever.
const ageing = 6 * time.Hour

// order puts scans into the order in which they are carried: one submission finished
// before the next; those with a legal deadline first, then the aged, then the
// smallest remainder. It depends on its arguments alone.
func order(now time.Time, blobs []ledger.BlobState) []ledger.BlobState {
	out := slices.Clone(blobs)
	remain := map[syncproto.EventID]int64{}
	for _, b := range out {
		remain[b.Event] += b.Length - b.Offset
	}
	old := now.Add(-ageing).UnixMilli()
	slices.SortStableFunc(out, func(a, b ledger.BlobState) int {
		return cmp.Or(
			cmp.Compare(deadlineOf(a), deadlineOf(b)),
			cmp.Compare(agedAt(a, old), agedAt(b, old)),
			cmp.Compare(remain[a.Event], remain[b.Event]),
			cmp.Compare(a.SavedAt, b.SavedAt),
			slices.Compare(a.Event[:], b.Event[:]),
			cmp.Compare(b.Offset, a.Offset), // what is begun is finished
			a.Key.SHA256.Compare(b.Key.SHA256),
		)
	})
	return out
}

func deadlineOf(b ledger.BlobState) int64 {
	if b.Deadline == 0 {
		return 1 << 62
	}
	return b.Deadline
}

func agedAt(b ledger.BlobState, old int64) int64 {
	if b.SavedAt > old {
		return 1 << 62
	}
	return b.SavedAt
}
