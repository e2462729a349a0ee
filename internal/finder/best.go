package finder

import (
	"bytes"
	"cmp"
	"slices"
)

// place is where a dossier stands in an answer: by rank, then by when, then by its id, so that equal
// books give equal answers.
type place struct {
	rank int32
	at   uint32
	when int64
}

// best keeps the first so many of any number of places: a heap whose root is the last of those kept.
// Where many are wanted, all are kept and sorted at the end, which is less work then.
type best struct {
	x     *Index
	limit int
	seen  int
	heap  []place
}

const manyPlaces = 1000

func (b *best) before(p, q place) bool {
	return cmp.Or(cmp.Compare(p.rank, q.rank), cmp.Compare(p.when, q.when),
		bytes.Compare(b.x.rows[p.at].id[:], b.x.rows[q.at].id[:])) < 0
}

func (b *best) add(p place) {
	b.seen++
	switch {
	case b.limit <= 0:
	case b.limit > manyPlaces:
		b.heap = append(b.heap, p)
	case len(b.heap) < b.limit:
		b.heap = append(b.heap, p)
		b.up(len(b.heap) - 1)
	case b.before(p, b.heap[0]):
		b.heap[0] = p
		b.down(0)
	}
}

func (b *best) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !b.before(b.heap[parent], b.heap[i]) {
			return
		}
		b.heap[parent], b.heap[i] = b.heap[i], b.heap[parent]
		i = parent
	}
}

func (b *best) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(b.heap) {
			return
		}
		if child+1 < len(b.heap) && b.before(b.heap[child], b.heap[child+1]) {
			child++
		}
		if !b.before(b.heap[i], b.heap[child]) {
			return
		}
		b.heap[i], b.heap[child] = b.heap[child], b.heap[i]
		i = child
	}
}

// sorted gives those kept, the first first.
func (b *best) sorted() []place {
	slices.SortFunc(b.heap, func(p, q place) int {
		if b.before(p, q) {
			return -1
		}
		return 1 // never equal: ids differ
	})
	b.heap = b.heap[:min(len(b.heap), b.limit)]
	return b.heap
}
