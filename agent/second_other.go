//go:build !linux

package agent

import (
	"fmt"
	"path/filepath"
	"strings"
)

// otherDisk compares volumes (drive letters, shares). Two letters of one disk are not told apart
// here; the office's operator chooses the place.
func otherDisk(dir, data string) (why string, err error) {
	a, err1 := filepath.Abs(dir)
	b, err2 := filepath.Abs(data)
	if err1 != nil || err2 != nil {
		return SecondBroken, fmt.Errorf("the volumes of %s and %s are not known", dir, data)
	}
	if v := filepath.VolumeName(a); v != "" && strings.EqualFold(v, filepath.VolumeName(b)) {
		return SecondSameDisk, fmt.Errorf("%s lies on the same volume as %s", dir, data)
	}
	return "", nil
}

// ownMount: a drive letter is there only with its medium.
func ownMount(dir string) bool { return filepath.VolumeName(dir) != "" }
