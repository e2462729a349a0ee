package sim

import "time"

// happening is something that will happen; those of one moment in the order they were
// planned. A machine's alarm clock has no code: it rings if it is still the newest.
type happening struct {
	at   time.Duration
	n    uint64
	do   func()
	wake *office
}

func (h *happening) before(x *happening) bool {
	return h.at < x.at || h.at == x.at && h.n < x.n
}

// queue is a heap with four children to a node: the standard library's allocates for
// every element that comes and goes.
type queue struct{ list []happening }

func (q *queue) len() int { return len(q.list) }

func (q *queue) push(h happening) {
	q.list = append(q.list, h)
	i := len(q.list) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !h.before(&q.list[up]) {
			break
		}
		q.list[i], i = q.list[up], up
	}
	q.list[i] = h
}

func (q *queue) pop() happening {
	first, end := q.list[0], len(q.list)-1
	h := q.list[end]
	q.list[end] = happening{}
	if q.list = q.list[:end]; end == 0 {
		return first
	}
	i := 0
	for {
		least := 4*i + 1
		if least >= end {
			break
		}
		for c, last := least+1, min(least+4, end); c < last; c++ {
			if q.list[c].before(&q.list[least]) {
				least = c
			}
		}
		if !q.list[least].before(&h) {
			break
		}
		q.list[i], i = q.list[least], least
	}
	q.list[i] = h
	return first
}

func (w *world) plan(at time.Duration, do func()) {
	w.count++
	w.queue.push(happening{at: max(at, w.now), n: w.count, do: do})
}

// wakeAt sets a machine's alarm clock; the one before does not ring any more.
func (w *world) wakeAt(at time.Duration, o *office) {
	w.count++
	o.wake = w.count
	w.queue.push(happening{at: max(at, w.now), n: w.count, wake: o})
}

// next lets the earliest happening happen.
func (w *world) next() {
	h := w.queue.pop()
	w.now = h.at
	if h.wake != nil {
		h.wake.rings(h.n)
		return
	}
	h.do()
}
