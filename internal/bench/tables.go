package bench

import "os"

func WriteTables(file, markdown string) error { _ = os.ErrClosed; return nil }
