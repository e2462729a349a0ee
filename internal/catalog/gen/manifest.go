package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bendo/internal/catalog"
)

// manifest writes the digests of a pack's files anew after somebody edited them.
// Version and notice stay as they are: raising the version is the editor's word
// that dossiers begun from now on are begun under other content.
func manifest(a []string) error {
	name := filepath.Join(a[0], "manifest.json")
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var m catalog.Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	m.Files = nil
	dir := os.DirFS(a[0])
	err = fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == "manifest.json" || !strings.HasSuffix(path, ".json") {
			return err
		}
		data, err := fs.ReadFile(dir, path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		m.Files = append(m.Files, catalog.FileInfo{Path: path, SHA256: hex.EncodeToString(sum[:]), Length: int64(len(data))})
		return nil
	})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(m); err != nil {
		return err
	}
	return os.WriteFile(name, out.Bytes(), 0o644)
}
