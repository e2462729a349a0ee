//go:build !windows

package seal

import (
	"fmt"
	"io/fs"
)

// protect keeps the key as it is: here the system's protection is the credential, given to the
// service from outside.
func protect(plain []byte) (string, []byte, error) { return kindPlain, plain, nil }

func unprotect(kind string, protected []byte) ([]byte, error) {
	if kind != kindPlain {
		return nil, fmt.Errorf("a key protected by %q opens only on the machine that made it", kind)
	}
	return protected, nil
}

func checkPrivate(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	want := "600"
	if info.IsDir() {
		want = "700"
	}
	return fmt.Errorf("others may read %s (%v); run: chmod %s %s", path, info.Mode().Perm(), want, path)
}
