package seal

import (
	"fmt"
	"io/fs"
	"unsafe"

	"golang.org/x/sys/windows"
)

// protect lets Windows seal the key for the account of the services (DPAPI, user scope): another
// user of the machine, and whoever takes the disk without the account's secret, cannot open it.
func protect(plain []byte) (string, []byte, error) {
	in := blob(plain)
	var out windows.DataBlob
	err := windows.CryptProtectData(&in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out)
	if err != nil {
		return "", nil, err
	}
	return kindDPAPI, take(out), nil
}

func unprotect(kind string, protected []byte) ([]byte, error) {
	switch kind {
	case kindPlain:
		return protected, nil
	case kindDPAPI:
	default:
		return nil, fmt.Errorf("a key protected by %q opens only on the machine that made it", kind)
	}
	if len(protected) == 0 {
		return nil, errKeyFile
	}
	in := blob(protected)
	var out windows.DataBlob
	err := windows.CryptUnprotectData(&in, nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out)
	if err != nil {
		return nil, err
	}
	return take(out), nil
}

func blob(b []byte) windows.DataBlob {
	return windows.DataBlob{Size: uint32(len(b)), Data: unsafe.SliceData(b)}
}

// take copies what Windows allocated and gives it back.
func take(out windows.DataBlob) []byte {
	b := append([]byte(nil), unsafe.Slice(out.Data, out.Size)...)
	windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data)))
	return b
}

// checkPrivate: permissions here are access lists, which the installer sets on the directory.
func checkPrivate(string, fs.FileInfo) error { return nil }
