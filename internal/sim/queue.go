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
// every element that comes and goes. What lies ahead for hours waits outside of it, so that
// it is small.
type queue struct {
	list  []happening
	until time.Duration // the heap has what comes before
	hours map[time.Duration][]happening
	later int // of hours
}

func (q *queue) len() int { return len(q.list) + q.later }

// first is the time of the earliest; there must be one.
func (q *queue) first() time.Duration {
	for len(q.list) == 0 {
		list := q.hours[q.until]
		delete(q.hours, q.until)
		q.until, q.later = q.until+time.Hour, q.later-len(list)
		for _, h := range list {
			q.push(h)
		}
	}
	return q.list[0].at
}

func (q *queue) push(h happening) {
	if h.at >= q.until {
		if q.hours == nil {
			q.hours = map[time.Duration][]happening{}
		}
		hour := h.at.Truncate(time.Hour)
		q.hours[hour] = append(q.hours[hour], h)
		q.later++
		return
	}
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
	q.first() // is in the heap
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

// wakeAt sets a machine's alarm clock; the one before does not ring any more. As long as
// it would ring earlier it stays in the queue for this one: most are put off many times.
func (w *world) wakeAt(at time.Duration, o *office) {
	w.count++
	o.wake, o.wakeAt = w.count, max(at, w.now)
	if o.set == 0 || o.wakeAt < o.setAt {
		w.sets(o)
	}
}

// sets puts a machine's newest alarm into the queue.
func (w *world) sets(o *office) {
	o.set, o.setAt = o.wake, o.wakeAt
	w.queue.push(happening{at: o.wakeAt, n: o.wake, wake: o})
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
