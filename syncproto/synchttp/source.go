package synchttp

import (
	"context"
	"net"
	"net/netip"
)

type sourceKey struct{}

// WithSource notes where a request came from.
func WithSource(ctx context.Context, source string) context.Context {
	return context.WithValue(ctx, sourceKey{}, source)
}

// sourceOf is an address as somebody can have it for himself: one of IPv4, a /64
// of IPv6, of which a single line has 2⁶⁴.
func sourceOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return ""
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return ""
	}
	return prefix.String()
}

// Source tells a Portal where an enrolment came from: an IPv4 address, a /64 of
// IPv6, or empty when it is not known. Behind a balancer that does not hand
// addresses on it is the balancer's.
func Source(ctx context.Context) string {
	source, _ := ctx.Value(sourceKey{}).(string)
	return source
}
