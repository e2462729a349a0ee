//go:build !linux

package processes

import "syscall"

// bound does nothing where the system does not know how.
func bound() *syscall.SysProcAttr { return nil }
