//go:build desktop || bindings

package shell

import (
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"bendo/kiosk/boot"
)

//go:embed bootstrap.html
var bootstrapPage []byte

//go:embed bootstrap.css
var bootstrapStyle []byte

// bootstrap serves the one page that is not the desk's. Its script is made at each request,
// because it carries either a fresh one-time address or the sentence to show until there is one.
type bootstrap struct {
	ctx    context.Context
	socket string
	went   func(url string) // told the address the page goes to, so that navigation there is allowed
}

func (b *bootstrap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch r.URL.Path {
	case "/", "/index.html":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(bootstrapPage)
	case "/bootstrap.css":
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(bootstrapStyle)
	case "/bootstrap.js":
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = io.WriteString(w, b.script())
	default:
		http.NotFound(w, r)
	}
}

// script goes to the desk, or loads the page again after two seconds.
func (b *bootstrap) script() string {
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
	defer cancel()
	url, err := boot.URL(ctx, b.socket)
	if err != nil {
		return `document.body.dataset.state="waiting";setTimeout(function(){location.reload()},2000);`
	}
	b.went(url)
	quoted, err := json.Marshal(url)
	if err != nil {
		return `setTimeout(function(){location.reload()},2000);`
	}
	return "location.replace(" + string(quoted) + ");"
}
