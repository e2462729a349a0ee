package carry

import (
	"errors"
	"syscall"
)

// Windows: ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL.
func full(err error) bool {
	return errors.Is(err, syscall.Errno(112)) || errors.Is(err, syscall.Errno(39))
}

// Windows: ERROR_NOT_READY, ERROR_DEV_NOT_EXIST, ERROR_DEVICE_NOT_CONNECTED.
func gone(err error) bool {
	return errors.Is(err, syscall.Errno(21)) || errors.Is(err, syscall.Errno(55)) || errors.Is(err, syscall.Errno(1167))
}
