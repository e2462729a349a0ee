//go:build (desktop || bindings) && !inspectable

package main

import "os"

// closeInspector shuts WebKit's remote inspector, which an environment variable would open on
// the production build too: whoever reaches it drives the page.
func closeInspector() {
	os.Unsetenv("WEBKIT_INSPECTOR_SERVER")
	os.Unsetenv("WEBKIT_INSPECTOR_HTTP_SERVER")
}
