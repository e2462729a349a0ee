package processes

import "syscall"

// bound makes a child die with this process: a test that is cut short leaves nothing running.
func bound() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
