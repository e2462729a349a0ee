//go:build unix

package main

import "syscall"

// privateFiles makes every file of the process readable by its user alone.
func privateFiles() { syscall.Umask(0o077) }
