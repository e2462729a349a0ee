//go:build unix

package main

import "syscall"

// privateFiles keeps what this process makes from other users.
func privateFiles() { syscall.Umask(0o077) }
