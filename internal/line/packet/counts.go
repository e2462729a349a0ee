package packet

import "time"

// Tally counts IP packets and their bytes, headers included.
type Tally struct {
	Packets int64 `json:"packets"`
	Bytes   int64 `json:"bytes"`
}

func (t *Tally) add(n int) { t.Packets++; t.Bytes += int64(n) }

// Direction is what one direction has seen. Packets that left the queue are in exactly one of Sent,
// Cut and Stale; Sent is Delivered plus Lost plus what is still in the air.
type Direction struct {
	Offered   Tally `json:"offered"`   // handed to the modem
	Sent      Tally `json:"sent"`      // put on the air; what a bill counts
	Delivered Tally `json:"delivered"` // handed to the other side
	Queue     Tally `json:"queue"`     // dropped: the queue was full
	Lost      Tally `json:"lost"`      // dropped: on the air
	Cut       Tally `json:"cut"`       // dropped: the line was cut
	Stale     Tally `json:"stale"`     // dropped: of a flow that a cut ended

	Payload  int64 `json:"payload"`  // TCP bytes without headers, as offered
	Repeated int64 `json:"repeated"` // of Payload, those offered before
	SYNs     int64 `json:"syns"`     // connection attempts, repeated ones too

	Busy time.Duration `json:"busy_ns"` // airtime of Sent
}

// Counts is what a line has seen since New or the last Change.
type Counts struct {
	Up    Direction     `json:"up"`       // from the office
	Down  Direction     `json:"down"`     // from the province
	First time.Duration `json:"first_ns"` // when the office offered its first packet; 0: none yet
	Flows int64         `json:"flows"`    // TCP connections tried, a repeated SYN counted once
	Cuts  int64         `json:"cuts"`     // that have begun
	At    time.Duration `json:"at_ns"`    // when this was read, since New or Change
}

// IP is the bytes that were put on the air, both ways.
func (c Counts) IP() int64 { return c.Up.Sent.Bytes + c.Down.Sent.Bytes }
