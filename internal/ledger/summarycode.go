package ledger

import "encoding/binary"

// writer and reader are the few shapes a summary is written in. A reader that meets the end or
// something impossible turns bad and gives zeros from then on.
type writer []byte

func (w *writer) number(n int64) { *w = binary.AppendVarint(*w, n) }

func (w *writer) numbers(list ...int64) {
	for _, n := range list {
		w.number(n)
	}
}

func (w *writer) texts(list ...string) {
	for _, s := range list {
		w.number(int64(len(s)))
		*w = append(*w, s...)
	}
}

func (w *writer) flags(list ...bool) {
	var n int64
	for i, f := range list {
		if f {
			n |= 1 << i
		}
	}
	w.number(n)
}

type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) number() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// count is a number of things of which there cannot be more than most.
func (r *reader) count(most int) int {
	n := r.number()
	if n < 0 || n > int64(most) {
		r.bad, r.rest = true, nil
		return 0
	}
	return int(n)
}

// bytes takes n bytes; n zeros when there are not as many.
func (r *reader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.bad, r.rest = true, nil
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) text() string { return string(r.bytes(r.count(len(r.rest)))) }

func (r *reader) texts(list ...*string) {
	for _, s := range list {
		*s = r.text()
	}
}

func (r *reader) flags(list ...*bool) {
	n := r.number()
	for i, f := range list {
		*f = n&(1<<i) != 0
	}
}
