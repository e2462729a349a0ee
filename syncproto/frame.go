package syncproto

import (
	"bytes"
	"io"

	"github.com/fxamacker/cbor/v2"
)

// ServerName is the only name a portal's certificate carries. Devices verify it
// with their pinned CA, so that neither address nor host name matters.
const ServerName = "portal.bendo.invalid"

// ContentType of every message and answer.
const ContentType = "application/vnd.bendo.s1"

// Magic opens every message: a byte no text begins with, our name, the version,
// and a line end that a text-mangling proxy would change.
var Magic = [8]byte{0x89, 'B', 'D', 'O', 's', '1', '\r', '\n'}

// FrameHead is the length of magic and request id.
const FrameHead = len(Magic) + 16

// envelope is what follows the frame head of an answer: either the thing asked
// for or the problem that prevented it.
type envelope struct {
	Problem *Problem        `cbor:"1,keyasint,omitempty"`
	Answer  cbor.RawMessage `cbor:"2,keyasint,omitempty"`
}

func frame(id RequestID, body []byte) []byte {
	out := make([]byte, 0, FrameHead+len(body))
	out = append(out, Magic[:]...)
	out = append(out, id[:]...)
	return append(out, body...)
}

// EncodeRequest frames one request (SyncRequest, ReplayRequest, EnrolRequest).
func EncodeRequest(id RequestID, message any) ([]byte, error) {
	b, err := marshal(message)
	if err != nil {
		return nil, &Problem{Kind: Version, Code: CodeFormat, Err: err}
	}
	if FrameHead+len(b) > MaxMessage {
		return nil, NewProblem(Limit, CodeTooLarge, "request of %d bytes, at most %d", FrameHead+len(b), MaxMessage)
	}
	return frame(id, b), nil
}

// DecodeRequest reads a framed request into message (a pointer).
func DecodeRequest(b []byte, message any) (RequestID, error) {
	var id RequestID
	if len(b) > MaxMessage {
		return id, NewProblem(Limit, CodeTooLarge, "request of %d bytes, at most %d", len(b), MaxMessage)
	}
	if len(b) < FrameHead || !bytes.Equal(b[:len(Magic)], Magic[:]) {
		return id, NewProblem(Version, CodeFormat, "request does not begin with our magic")
	}
	copy(id[:], b[len(Magic):FrameHead])
	if err := decodeMessage(b[FrameHead:], message); err != nil {
		return id, &Problem{Kind: Version, Code: CodeFormat, Err: err}
	}
	return id, nil
}

// EncodeAnswer frames an answer with the echo of its request.
func EncodeAnswer(id RequestID, message any) ([]byte, error) {
	b, err := marshal(message)
	if err != nil {
		return nil, err
	}
	b, err = marshal(envelope{Answer: b})
	if err != nil {
		return nil, err
	}
	return frame(id, b), nil
}

// EncodeRefusal frames a problem instead of an answer.
func EncodeRefusal(id RequestID, p *Problem) ([]byte, error) {
	b, err := marshal(envelope{Problem: p})
	if err != nil {
		return nil, err
	}
	return frame(id, b), nil
}

// DecodeAnswer reads an answer to request id into message (a pointer). What is
// not the portal's answer to this very request is an intercepted problem and
// leaves message untouched; a refusal is returned as its problem. rest holds the
// raw bytes that follow the head of a DataAnswer; other answers have none.
func DecodeAnswer(b []byte, id RequestID, message any) (rest []byte, err error) {
	if len(b) < FrameHead || !bytes.Equal(b[:len(Magic)], Magic[:]) {
		if len(b) > 0 && bytes.HasPrefix(Magic[:], b[:min(len(b), len(Magic))]) || bytes.HasPrefix(b, Magic[:]) {
			return nil, NewProblem(Transient, CodeTruncated, "answer ends after %d bytes", len(b))
		}
		return nil, NewProblem(Intercepted, CodeNotOurs, "answer does not begin with our magic")
	}
	if !bytes.Equal(b[len(Magic):FrameHead], id[:]) {
		return nil, NewProblem(Intercepted, CodeNoEcho, "answer to another request")
	}
	var e envelope
	rest, err = msgMode.UnmarshalFirst(b[FrameHead:], &e)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		return nil, NewProblem(Transient, CodeTruncated, "answer ends after %d bytes", len(b))
	}
	if err != nil {
		return nil, &Problem{Kind: Version, Code: CodeFormat, Detail: "answer", Err: err}
	}
	if e.Problem != nil {
		if e.Problem.Kind == 0 {
			return nil, NewProblem(Version, CodeFormat, "a refusal without a kind")
		}
		return nil, e.Problem
	}
	if err := decodeMessage(e.Answer, message); err != nil {
		return nil, &Problem{Kind: Version, Code: CodeFormat, Err: err}
	}
	return rest, nil
}
