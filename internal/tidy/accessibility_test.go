package tidy

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedTest  = regexp.MustCompile("`(Test[A-Z]\\w+)`")
	namedFile  = regexp.MustCompile("`([\\w.-]+(?:/[\\w.-]+)+/?)`")
	namedStory = regexp.MustCompile(`“([^”]+)”`)
)

// lost lists what a page names as its evidence and what is not among the tests.
func lost(page, goTests, stories string, exists func(path string) bool) (out []string) {
	for _, m := range namedTest.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(goTests, "func "+m[1]+"(") {
			out = append(out, m[1])
		}
	}
	for _, m := range namedFile.FindAllStringSubmatch(page, -1) {
		if !exists(m[1]) {
			out = append(out, m[1])
		}
	}
	for _, m := range namedStory.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(stories, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// TestTheEvidenceOfAccessibilityIsThere holds ACCESSIBILITY.md to the tree: a test that was renamed or
// thrown away proves nothing any more.
func TestTheEvidenceOfAccessibilityIsThere(t *testing.T) {
	const root = "../.."
	page, err := os.ReadFile(filepath.Join(root, "ACCESSIBILITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	var goTests, stories strings.Builder
	for _, dir := range []string{"kiosk", "frontend/e2e", "frontend/src"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			isGo, isStory := strings.HasSuffix(path, "_test.go"), strings.HasSuffix(path, ".mjs") || strings.Contains(path, ".test.ts")
			if !isGo && !isStory {
				return nil
			}
			text, err := os.ReadFile(path)
			if isGo {
				goTests.Write(text)
			} else {
				stories.Write(text)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	exists := func(path string) bool { _, err := os.Stat(filepath.Join(root, path)); return err == nil }
	for _, name := range lost(string(page), goTests.String(), stories.String(), exists) {
		t.Errorf("ACCESSIBILITY.md names %q, which is not there", name)
	}
	planted := "`TestNobodyWroteThis`, `kiosk/nowhere.go`, “a story nobody tells”, `kiosk/desk.go`"
	if got := lost(planted, goTests.String(), stories.String(), exists); len(got) != 3 {
		t.Errorf("of three planted names %q were missed", got)
	}
}
