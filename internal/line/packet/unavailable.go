package packet

import "errors"

// ErrUnavailable is wrapped by New when this machine cannot carry packets: not Linux, not root, or no
// /dev/net/tun. Whoever gets it uses the stream level ([line.Line]) and says so loudly.
var ErrUnavailable = errors.New("no packet-level line on this machine")
