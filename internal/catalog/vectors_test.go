package catalog

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
)

// a wish is one line of testdata/search.txt.
type wish struct {
	query, code string
	within      int
}

func wishes(t testing.TB) []wish {
	t.Helper()
	f, err := os.Open("testdata/search.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []wish
	for s := bufio.NewScanner(f); s.Scan(); {
		if s.Text() == "" || strings.HasPrefix(s.Text(), "#") {
			continue
		}
		col := strings.Split(s.Text(), " | ")
		if len(col) != 3 {
			t.Fatalf("%q is not: words | code | number", s.Text())
		}
		n, err := strconv.Atoi(col[2])
		if err != nil {
			t.Fatalf("%q: %v", s.Text(), err)
		}
		out = append(out, wish{col[0], col[1], n})
	}
	return out
}

// place is where a procedure stands among the hits, from 1; 0: not there.
func place(hits []Hit, code string) int {
	for i, h := range hits {
		if h.Procedure.Code == code {
			return i + 1
		}
	}
	return 0
}

// TestSearch asks what people typed, as testdata/search.txt tells.
func TestSearch(t *testing.T) {
	p := first77(t)
	for _, w := range wishes(t) {
		hits := p.Search(w.query, Filter{})
		if at := place(hits, w.code); at == 0 || at > w.within {
			t.Errorf("%q: %s (%s) stands at %d of %d, want within %d%s", w.query, w.code, p.Procedures[p.byCode[w.code]].Short.VI, at, len(hits), w.within, head(hits))
		}
	}
}

func head(hits []Hit) string {
	out := ""
	for _, h := range hits[:min(3, len(hits))] {
		out += "\n\t" + strconv.Itoa(h.Score) + " " + h.Procedure.Code + " " + h.Procedure.Short.VI
	}
	return out
}
