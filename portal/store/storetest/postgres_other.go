//go:build !linux

package storetest

import (
	"testing"
	"time"
)

// Run runs a package's tests.
func Run(m *testing.M) int { return m.Run() }

// Postgres is offered on Linux only.
func Postgres(t testing.TB) string {
	t.Helper()
	t.Skip("POSTGRESQL IS STARTED BY THE TESTS ON LINUX ONLY: the second engine is NOT tested here")
	return ""
}

// DurablePostgres is offered on Linux only.
func DurablePostgres(t testing.TB) (address string, used func() time.Duration) {
	t.Helper()
	return Postgres(t), nil
}
