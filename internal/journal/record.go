package journal

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"bendo/syncproto"
)

// Content says how much of the events a file shows.
type Content string

// The three.
const (
	Full    Content = "full"    // everything a resident wrote
	Headers Content = "headers" // kind, times and attachments' digests; no payload
	Digests Content = "digests" // nothing but the chain
)

// Role says who wrote a file, and so whose key signed its end.
type Role string

// The two exporters.
const (
	ByDevice Role = "device"
	ByPortal Role = "portal"
)

// Head is the first record: whose journal it is.
type Head struct {
	Format    int                `json:"format"` // 1
	By        Role               `json:"by"`
	At        int64              `json:"at"` // unix ms, the exporter's clock
	Content   Content            `json:"content"`
	Device    syncproto.DeviceID `json:"device"`
	DeviceKey []byte             `json:"device_key"` // Ed25519
	PortalKey []byte             `json:"portal_key"` // Ed25519; the province's word is checked with it
	Book      syncproto.BookID   `json:"book"`
	Commune   string             `json:"commune"`
	Statement *Statement         `json:"statement,omitempty"` // of the portal
	Program   string             `json:"program,omitempty"`
}

// Statement is the portal's signed word that a key is a machine's: it ties the two keys of a file.
type Statement struct {
	EnrolledAt int64  `json:"enrolled_at"` // unix ms
	Sig        []byte `json:"sig"`
}

func (h *Head) statement() []byte {
	m := append([]byte("bendo journal enrolment\x00"), h.Device[:]...)
	m = append(m, h.DeviceKey...)
	m = append(m, h.Book[:]...)
	return fmt.Appendf(m, "%s %d", h.Commune, h.Statement.EnrolledAt)
}

// State signs the statement with the portal's receipt key.
func (h *Head) State(enrolledAt int64, portal ed25519.PrivateKey) {
	h.Statement = &Statement{EnrolledAt: enrolledAt}
	h.Statement.Sig = ed25519.Sign(portal, h.statement())
}

func (h *Head) check() error {
	switch {
	case h.Format != 1:
		return fmt.Errorf("format %d; this program reads format 1", h.Format)
	case h.By != ByDevice && h.By != ByPortal:
		return fmt.Errorf("written by %q", h.By)
	case h.Content != Full && h.Content != Headers && h.Content != Digests:
		return fmt.Errorf("content %q", h.Content)
	case len(h.DeviceKey) != ed25519.PublicKeySize || len(h.PortalKey) != ed25519.PublicKeySize:
		return errors.New("a public key of wrong length")
	case h.By == ByPortal && h.Statement == nil:
		return errors.New("the portal's statement about the machine's key is missing")
	case h.Statement != nil && !ed25519.Verify(h.PortalKey, h.statement(), h.Statement.Sig):
		return errors.New("the portal's statement about the machine's key does not verify")
	}
	return nil
}

// Log begins a log. Grant is the portal's word for the epoch, where the exporter has it.
type Log struct {
	Log    syncproto.LogID       `json:"log"`
	Frozen string                `json:"frozen,omitempty"` // why its sending stopped
	Grant  *syncproto.EpochGrant `json:"grant,omitempty"`
}

// Event is one event of the log begun last. What was erased or left out has its digests alone.
type Event struct {
	Seq     uint64           `json:"seq"`
	Header  []byte           `json:"header,omitempty"` // exact bytes; then Salt is there
	Salt    []byte           `json:"salt,omitempty"`
	Payload []byte           `json:"payload,omitempty"` // exact bytes; an empty payload counts as left out
	HeaderD syncproto.Digest `json:"header_digest"`
	PayD    syncproto.Digest `json:"payload_digest"`
	Erased  bool             `json:"erased,omitempty"`
	Damaged string           `json:"damaged,omitempty"` // the exporter's own row did not fit: said, never hidden
}

// EventOf makes the record of an event, showing as much of it as content says.
func EventOf(e syncproto.Event, content Content) (Event, error) {
	r := Event{Seq: e.Header.Seq}
	header, err := syncproto.EncodeHeader(e.Header)
	if err != nil {
		return r, err
	}
	r.HeaderD, r.PayD = syncproto.HeaderDigest(e.Salt, header), syncproto.PayloadDigest(e.Salt, e.Payload)
	if content != Digests {
		r.Header, r.Salt = header, e.Salt[:]
	}
	if content == Full {
		r.Payload = e.Payload
	}
	return r, nil
}

// Receipt is the portal's word that the submission of event Seq is complete.
type Receipt struct {
	Seq     uint64            `json:"seq"`
	Receipt syncproto.Receipt `json:"receipt"`
}

// Gap says that the exporter does not hold a stretch of the log: what was there was written again
// in a later epoch after a fork. Head is the chain head behind it, which an ack must confirm.
type Gap struct {
	From uint64           `json:"from"`
	To   uint64           `json:"to"`
	Head syncproto.Digest `json:"head"`
}

// Act is one line of an office's journal of acts (who signed in, who looked at what). Digest
// covers the line before; Check is the exporter's rule for it, see [Options].
type Act struct {
	Office  string              `json:"office"`
	N       int64               `json:"n"`
	At      int64               `json:"at"`
	Who     string              `json:"who"`
	Act     string              `json:"act"`
	Dossier syncproto.DossierID `json:"dossier"`
	Digest  []byte              `json:"digest"`
}

// End counts what came before it, so that nothing can be taken out of the middle of a journal by
// whoever writes the rest anew without the exporter's key.
type End struct {
	Logs     int   `json:"logs"`
	Events   int64 `json:"events"`
	Erased   int64 `json:"erased"`
	Damaged  int64 `json:"damaged"`
	Spans    int64 `json:"spans"`
	Acks     int64 `json:"acks"`
	Receipts int64 `json:"receipts"`
	Gaps     int64 `json:"gaps"`
	Acts     int64 `json:"acts"`
}

// Signature is the exporter's over the end.
type Signature struct {
	Sig []byte `json:"sig"`
}

// record is one line; exactly one field is set.
type record struct {
	Journal   *Head           `json:"journal,omitempty"`
	Log       *Log            `json:"log,omitempty"`
	Event     *Event          `json:"event,omitempty"`
	Span      *syncproto.Span `json:"span,omitempty"`
	Ack       *syncproto.Ack  `json:"ack,omitempty"`
	Receipt   *Receipt        `json:"receipt,omitempty"`
	Gap       *Gap            `json:"gap,omitempty"`
	Act       *Act            `json:"act,omitempty"`
	End       *End            `json:"end,omitempty"`
	Signature *Signature      `json:"signature,omitempty"`
}

func (e *End) count(r record) {
	switch {
	case r.Log != nil:
		e.Logs++
	case r.Event != nil:
		e.Events++
		if r.Event.Erased {
			e.Erased++
		}
		if r.Event.Damaged != "" {
			e.Damaged++
		}
	case r.Span != nil:
		e.Spans++
	case r.Ack != nil:
		e.Acks++
	case r.Receipt != nil:
		e.Receipts++
	case r.Gap != nil:
		e.Gaps++
	case r.Act != nil:
		e.Acts++
	}
}
