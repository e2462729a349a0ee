//go:build !linux

package packet

import (
	"context"
	"fmt"
	"net"
	"os/exec"

	"bendo/internal/line"
)

// Line is made on Linux only.
type Line struct{}

// New always fails with ErrUnavailable.
func New(context.Context, line.Profile) (*Line, error) {
	return nil, fmt.Errorf("%w: it needs Linux", ErrUnavailable)
}

func (l *Line) Near() *End                { return &End{} }
func (l *Line) Far() *End                 { return &End{} }
func (l *Line) Cut()                      {}
func (l *Line) Restore()                  {}
func (l *Line) Forget()                   {}
func (l *Line) Change(line.Profile) error { return ErrUnavailable }
func (l *Line) Counts() Counts            { return Counts{} }
func (l *Line) Close() error              { return nil }

// End is made on Linux only.
type End struct{}

func (e *End) Do(func() error) error                                  { return ErrUnavailable }
func (e *End) Dial(context.Context, string, string) (net.Conn, error) { return nil, ErrUnavailable }
func (e *End) Listen(context.Context, string, string) (net.Listener, error) {
	return nil, ErrUnavailable
}
func (e *End) ListenPacket(context.Context, string, string) (net.PacketConn, error) {
	return nil, ErrUnavailable
}
func (e *End) Enter() []string             { return nil }
func (e *End) Congestion() (string, error) { return "", ErrUnavailable }

func (e *End) SetCongestion(string) error { return ErrUnavailable }

func (e *End) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, name, args...)
}
