//go:build !linux

package handscanner

import (
	"errors"
	"os"
)

// openLine: only Linux has been tried. A scanner that types like a keyboard works everywhere.
func openLine(string) (*os.File, error) {
	return nil, errors.New("a serial scanner is read on Linux only; set the scanner to its keyboard mode")
}
