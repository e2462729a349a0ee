//go:build unix

package carry

import (
	"errors"
	"syscall"
)

func full(err error) bool { return errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) }

func gone(err error) bool {
	return errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.ESTALE) || errors.Is(err, syscall.EHOSTDOWN)
}
