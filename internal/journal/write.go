package journal

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"

	"bendo/syncproto"
)

// Writer writes a journal. The caller writes records in the order the room's comment gives and
// then Close; the first error stays.
type Writer struct {
	w     io.Writer
	chain chain
	end   End
	err   error
}

// NewWriter begins a file.
func NewWriter(w io.Writer, head Head) (*Writer, error) {
	head.Format = 1
	if err := head.check(); err != nil {
		return nil, fmt.Errorf("beginning a journal: %w", err)
	}
	j := &Writer{w: w}
	j.put(record{Journal: &head})
	return j, j.err
}

func (j *Writer) put(r record) {
	if j.err != nil {
		return
	}
	body, err := json.Marshal(r)
	if err == nil && len(body) > maxJSON {
		err = fmt.Errorf("a record of %d bytes, at most %d", len(body), maxJSON)
	}
	if err == nil {
		j.chain = j.chain.next(body)
		_, err = j.w.Write(frame(body, j.chain))
	}
	if err != nil {
		j.err = fmt.Errorf("writing the journal: %w", err)
	}
	j.end.count(r)
}

// Log begins a log.
func (j *Writer) Log(l Log) error { j.put(record{Log: &l}); return j.err }

// Event writes the next event of the log.
func (j *Writer) Event(e Event) error { j.put(record{Event: &e}); return j.err }

// Span writes a signature of the machine, behind the last event it covers.
func (j *Writer) Span(s syncproto.Span) error { j.put(record{Span: &s}); return j.err }

// Ack writes a countersigned head, behind the last event it covers.
func (j *Writer) Ack(a syncproto.Ack) error { j.put(record{Ack: &a}); return j.err }

// Receipt writes a receipt of completeness, behind its event.
func (j *Writer) Receipt(r Receipt) error { j.put(record{Receipt: &r}); return j.err }

// Gap says that a stretch is not here.
func (j *Writer) Gap(g Gap) error { j.put(record{Gap: &g}); return j.err }

// Act writes a line of the journal of acts.
func (j *Writer) Act(a Act) error { j.put(record{Act: &a}); return j.err }

// Close ends the file with the counts and the exporter's signature. It does not close w.
func (j *Writer) Close(exporter ed25519.PrivateKey) error {
	end := j.end
	j.put(record{End: &end})
	j.put(record{Signature: &Signature{ed25519.Sign(exporter, append([]byte(tagEnd), j.chain[:]...))}})
	return j.err
}
