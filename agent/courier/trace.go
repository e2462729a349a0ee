package courier

import (
	"fmt"
	"time"
)

// trace tells one step in a line, without what anybody wrote.
func (c *Courier) trace(in Input, outs []Output) {
	if c.Trace == nil {
		return
	}
	text := fmt.Sprintf("%T", in)
	switch in := in.(type) {
	case SyncDone:
		text += fmt.Sprintf(" %d took %s sent %d progress %t last %d applied %d more %t %v", in.N, in.Took.Round(time.Millisecond), in.Result.Sent,
			in.Result.Progress, in.Result.Last, in.Result.Applied, in.Result.More, in.Result.Problem)
	case PieceDone:
		text += fmt.Sprintf(" %d took %s off %d complete %t %v", in.N, in.Took.Round(time.Millisecond), in.Answer.Off, in.Answer.Complete, in.Problem)
	case Sent:
		text += fmt.Sprintf(" %d last %d", in.N, in.Last)
	}
	for _, o := range outs {
		switch o := o.(type) {
		case SendSync:
			text += fmt.Sprintf(" → sync %d conn %d push %t from %d max %d stat %d feed %t wait %s fresh %t sign %t", o.N, o.Conn, o.Push, o.From, o.MaxBytes, len(o.Stat), o.Feed, o.Wait, o.Fresh, o.Sign)
		case SendPiece:
			text += fmt.Sprintf(" → piece %d conn %d %.4s off %d len %d", o.N, o.Conn, o.Key.SHA256, o.Off, o.Len)
		case Drop:
			text += fmt.Sprintf(" → drop %d", o.Conn)
		case Show:
			text += fmt.Sprintf(" → %s rate %d rtt %s %v", o.Status.State, o.Status.Link.RateBPS, o.Status.Link.RTT, o.Status.Problem)
		}
	}
	c.Trace(text)
}
