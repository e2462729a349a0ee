// Package packet is a bad line (đường truyền kém) at the level of IP packets: two network namespaces
// with a TUN device each, and this process in between. The near namespace is the office
// (192.0.2.1), the far one the province (192.0.2.2). The kernel's own TCP runs on both sides, so that
// its back-off, its congestion control and every byte of header are the real ones.
//
//	l, err := packet.New(ctx, profile)            // line.Named("2g-cuts-nat"), or one of your own
//	if errors.Is(err, packet.ErrUnavailable) {    // not root, no /dev/net/tun, not Linux:
//		...                                       // say so loudly and use a line.Line instead
//	}
//	defer l.Close()
//	portal := l.Far().Command(ctx, "bin/portal", "serve", "--listen", "192.0.2.2:8443", ...)
//	agent := l.Near().Command(ctx, "bin/agent", "sync", "--until-empty", ...)
//	conn, err := l.Near().Dial(ctx, "tcp", "192.0.2.2:8443") // also Far().Listen, Near().Do
//	l.Cut(); l.Restore(); l.Forget(); l.Change(other); c := l.Counts()
//
// By hand, with the far side in the background: go run ./internal/line/cmd/line -profile 2g-cuts-nat
// -far 'bin/portal serve …' -near 'bin/agent sync …'.
//
// A packet meets, in this order: a drop-tail queue of bytes; a serialiser on a virtual clock (a late
// wake-up of this process delays a packet, it never changes the rate); loss, independent or in
// bursts; a delay with jitter that keeps the order. While the line is cut, what leaves the queue is
// gone; what was in the air still lands. Then [line.Profile.OnCut] says what became of the TCP flows
// that were there when the cut began:
//   - Hold: nothing, they go on (a radio shadow);
//   - Reset: when the line is back both sides of an established flow get a RST (a modem that dials
//     again; the stream level resets when the cut begins, because it cannot tell them apart);
//   - Blackhole: their packets vanish for ever and nobody is told (a NAT that forgot).
//
// New flows work in all three. [Line.Forget] does the last without any cut. Only TCP is tracked: ICMP
// and UDP see cuts and losses, no flow.
//
// What it refuses: IPv6 (switched off in both namespaces) and any other network: nothing inside can
// reach the machine's own. What a killed process leaves: nothing, the namespaces have no name and
// vanish with the last process in them; programs started in them are their starter's to end.
//
// The congestion control is the machine's own (cat /proc/sys/net/ipv4/tcp_congestion_control) and matters: on
// 2 Mbit/s, 120 ms and 1 % loss one connection of cubic, which Windows and Debian use, carries half of
// what one of bbr does. [End.SetCongestion] chooses; whoever quotes a figure names it.
package packet
