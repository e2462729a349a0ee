package sim

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"bendo/syncproto"
)

// trace is the last steps of a machine. Text is made only when somebody reads.
type trace struct {
	lines [64]line
	n     int
}

// line is one step.
type line struct {
	at     time.Duration
	format string
	args   []any
}

func (l line) String() string {
	return l.at.Round(time.Millisecond).String() + " " + fmt.Sprintf(l.format, l.args...)
}

// note keeps a step for the trace and hashes it.
func (o *office) note(format string, args ...any) {
	h := o.w.sum[:0]
	h = binary.BigEndian.AppendUint64(h, uint64(o.w.now))
	h = append(binary.AppendUvarint(h, uint64(o.n)), o.which...)
	h = append(h, format...)
	for _, a := range args {
		switch a := a.(type) {
		case uint64:
			h = binary.AppendUvarint(h, a)
		case int64:
			h = binary.AppendVarint(h, a)
		case int:
			h = binary.AppendVarint(h, int64(a))
		case bool:
			h = strconv.AppendBool(h, a)
		case string:
			h = append(h, a...)
		case syncproto.Digest:
			h = append(h, a[:]...)
		default:
			h = fmt.Append(h, a)
		}
	}
	o.w.sum = h
	o.w.hash.Write(h)
	o.trace.lines[o.trace.n%len(o.trace.lines)] = line{o.w.now, format, args}
	o.trace.n++
}

func (o *office) lastLines() (out []string) {
	t := &o.trace
	for i := max(0, t.n-len(t.lines)); i < t.n; i++ {
		out = append(out, o.which+t.lines[i%len(t.lines)].String())
	}
	return out
}
