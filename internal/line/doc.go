// Package line is a bad line (đường truyền kém) for tests and for the demonstration: a TCP proxy
// that carries the bytes of every connection at the pace, the delay and with the cuts of a rural
// modem. It needs no privilege and no kernel module.
//
// What it promises. All connections of one [Line] share one modem in each direction: one rate, one
// small queue, one weather. Bytes of a connection arrive whole and in order or not at all. Without
// cuts nothing is lost. The same [Profile.Seed] and the same sequence of segments of a connection give
// the same jitter and the same losses, whatever the other connections do. [Line.Run] ends every
// goroutine and every socket it started before it returns.
//
// What it is not. It works on streams, not on packets: the two TCP connections it joins end in the
// kernel of this machine. Therefore
//   - a sender's write succeeds as soon as the kernel's buffer took it, long before the far end has it
//     (as on a real line, only more so: written bytes are no proof of progress);
//   - a connection is accepted at once, and the round trip of the handshake is charged to its first byte;
//   - header bytes do not exist here. They are estimated by the formula of [Counts.Wire] and the rate
//     is charged with them, so that 128 kbit/s means what it means to a modem: IP bytes;
//   - a lost segment is a stall ([Profile.Loss]), congestion control is not modelled;
//   - acknowledgements cost nothing of the opposite rate; the estimate counts them.
//
// What a cut leaves is chosen by [Profile.OnCut]. Bytes that were queued or in the air when a
// connection died are gone: the far end may have acted on a request whose answer nobody will see.
// Nothing is kept on disk, so a power cut leaves nothing.
package line
