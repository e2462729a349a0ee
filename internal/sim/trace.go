package sim

import (
	"encoding/binary"
	"fmt"
	"time"
)

// trace is the last steps of a machine. Text is made only when somebody reads.
type trace struct {
	lines [64]line
	n     int
}

// line is one step: what happened, as a format of fmt, and its figures. Texts are those
// numbers that the run gave them: fifty machines keep sixty lines each, and a small line
// stays near the processor.
type line struct {
	at   time.Duration
	what uint64
	args [8]uint64
	kind [8]argKind
	n    uint8
}

// arg is one figure of a step. It is not an any, because a run has millions of steps and
// each any is an allocation.
type arg struct {
	kind argKind
	n    uint64
	text string
}

type argKind uint8

const (
	number argKind = iota
	truth
	word
)

func num[T ~int | ~int64 | ~uint32 | ~uint64](n T) arg { return arg{kind: number, n: uint64(n)} }

func yes(b bool) arg {
	if b {
		return arg{kind: truth, n: 1}
	}
	return arg{kind: truth}
}

func say(s string) arg { return arg{kind: word, text: s} }

// text is the line as it is read.
func (l *line) text(t *texts) string {
	var values []any
	for i, n := range l.args[:l.n] {
		switch l.kind[i] {
		case truth:
			values = append(values, n == 1)
		case word:
			values = append(values, t.list[n-1])
		default:
			values = append(values, n)
		}
	}
	return l.at.Round(time.Millisecond).String() + " " + fmt.Sprintf(t.list[l.what-1], values...)
}

// note keeps a step for the trace and hashes it. A text is hashed once, when it is first
// said; later its number stands for it.
func (o *office) note(what string, args ...arg) {
	w := o.w
	h := binary.AppendUvarint(w.sum, uint64(w.now))
	h = append(binary.AppendUvarint(h, uint64(o.n)), o.which...)
	l := &o.trace.lines[o.trace.n%len(o.trace.lines)]
	o.trace.n++
	h, l.what = w.texts.append(h, what)
	l.at, l.n = w.now, uint8(len(args))
	for i := range args {
		a := &args[i]
		if l.kind[i], l.args[i] = a.kind, a.n; a.kind == word {
			h, l.args[i] = w.texts.append(h, a.text)
			continue
		}
		h = binary.AppendUvarint(h, a.n)
	}
	w.sum = h
	if len(h) > 16<<10 {
		w.flush()
	}
}

// flush gives what was noted to the hash.
func (w *world) flush() {
	w.hash.Write(w.sum)
	w.sum = w.sum[:0]
}

// texts numbers the texts of a run in the order of their first use.
type texts struct {
	known map[string]uint64
	list  []string      // number 1 first
	near  [256]struct { // the same again, without hashing whole texts
		text string
		n    uint64
	}
}

func newTexts() texts { return texts{known: map[string]uint64{}} }

func (t *texts) append(h []byte, s string) (_ []byte, n uint64) {
	at := &t.near[0]
	if l := len(s); l > 0 {
		at = &t.near[byte(l)*7+s[0]*31+s[l/2]*3+s[l-1]*5]
	}
	if at.n != 0 && at.text == s {
		return binary.AppendUvarint(h, at.n), at.n
	}
	n, known := t.known[s]
	if !known {
		n = uint64(len(t.known)) + 1
		t.known[s], t.list = n, append(t.list, s)
	}
	at.text, at.n = s, n
	if h = binary.AppendUvarint(h, n); known {
		return h, n
	}
	return append(append(h, s...), 0), n
}

func (o *office) lastLines() (out []string) {
	t := &o.trace
	for i := max(0, t.n-len(t.lines)); i < t.n; i++ {
		out = append(out, o.which+t.lines[i%len(t.lines)].text(&o.w.texts))
	}
	return out
}
