package door

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// ScreenHeader tells the desk which screen calls; ScreenWindow is the resident's shared one,
// which keeps no files and prints only on the office's printer.
const (
	ScreenHeader = "Bendo-Screen"
	ScreenWindow = "window"
)

// contentPolicy lets a page load only what the desk itself serves; nothing inline, nothing evaluated.
const contentPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; font-src 'self'; " +
	"img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; object-src 'none'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Wrap guards next. /boot?t=TOKEN is the only address that works without a pass.
func (d *Door) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protect(w.Header())
		// Only the door says which screen it is; a page cannot.
		r.Header.Del(ScreenHeader)
		pass, in := d.admitted(r, time.Now())
		if in && pass.window {
			r.Header.Set(ScreenHeader, ScreenWindow)
		}
		switch {
		case !d.knows(r.Host):
			http.Error(w, "This address is not the desk's.", http.StatusMisdirectedRequest)
		case r.URL.Path == "/boot":
			d.boot(w, r)
		case !sameOrigin(r, "http://"+r.Host):
			http.Error(w, "Another page may not call the desk.", http.StatusForbidden)
		case !in:
			deny(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (d *Door) boot(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		http.Error(w, "Open this address in the window.", http.StatusMethodNotAllowed)
		return
	}
	pass, ok := d.redeem(r.URL.Query().Get("t"), time.Now())
	if !ok {
		if _, in := d.admitted(r, time.Now()); in { // a person pressed "back": her pass still holds
			goOn(w)
			return
		}
		deny(w, r)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: pass, Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode})
	goOn(w)
}

// goOn leads to the desk by a page of its own. A redirect would not do: the window comes from
// another site (its bootstrap page), and a browser sends no strict cookie along a chain that
// began there. A navigation that this page begins is the desk's own.
func goOn(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><html lang="vi"><meta charset="utf-8"><title>Bến Đò</title><meta http-equiv="refresh" content="0;url=/"><a href="/">Bến Đò</a></html>`)
}

// deny answers a program in JSON and a person in words, both with what to do.
func deny(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":{"code":"not_admitted","message":{"vi":"Màn hình này chưa được mở đúng cách.","en":"This screen was not opened the right way."},"next":{"vi":"Khởi động lại màn hình, hoặc gọi cán bộ.","en":"Restart the screen, or call staff."}}}`))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte("Địa chỉ này đã dùng rồi hoặc quá hạn. Khởi động lại màn hình để nhận địa chỉ mới.\n" +
		"This address was used or is too old. Restart the screen to get a new one.\n"))
}

func protect(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()")
}

// sameOrigin holds for every method: what a browser says of a request's origin must be the
// desk's own. A browser always says one of the two for unsafe methods.
func sameOrigin(r *http.Request, self string) bool {
	if o := r.Header.Get("Origin"); o != "" && o != self {
		return false
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if site == "" || site == "same-origin" || site == "none" {
		return r.Method == http.MethodGet || r.Method == http.MethodHead || site == "same-origin" || r.Header.Get("Origin") == self
	}
	// A link followed from elsewhere may show a page; it may not call the desk.
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && !strings.HasPrefix(r.URL.Path, "/api/")
}
