package door

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const host = "127.0.0.1:4321"

func open(t *testing.T) (*Door, http.Handler) {
	t.Helper()
	d := New()
	if _, err := d.BootURL(time.Now(), TokenForWindow); err == nil {
		t.Fatal("a closed door gave an address")
	}
	d.Open(host)
	return d, d.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
}

func token(t *testing.T, d *Door, now time.Time) string {
	t.Helper()
	address, err := d.BootURL(now, TokenForWindow)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host != host {
		t.Fatalf("address %q: %v", address, err)
	}
	return u.Query().Get("t")
}

func call(h http.Handler, method, target string, header map[string]string, cookies ...*http.Cookie) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	r.Host = host
	for k, v := range header {
		if k == "Host" {
			r.Host = v
			continue
		}
		r.Header.Set(k, v)
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func letIn(t *testing.T, d *Door, h http.Handler) *http.Cookie {
	t.Helper()
	resp := call(h, "GET", "/boot?t="+token(t, d, time.Now()), nil)
	if resp.StatusCode != http.StatusOK || len(resp.Cookies()) != 1 {
		t.Fatalf("boot: %d, %d cookies", resp.StatusCode, len(resp.Cookies()))
	}
	c := resp.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Fatalf("the pass is readable by scripts or sent across sites: %v", c)
	}
	return c
}

func TestATokenWorksOnce(t *testing.T) {
	d, h := open(t)
	tok := token(t, d, time.Now())
	if got := call(h, "GET", "/boot?t="+tok, nil).StatusCode; got != http.StatusOK {
		t.Fatalf("first use: %d", got)
	}
	if got := call(h, "GET", "/boot?t="+tok, nil).StatusCode; got != http.StatusUnauthorized {
		t.Fatalf("second use: %d, want 401", got)
	}
}

func TestAnOldTokenIsRefused(t *testing.T) {
	d, h := open(t)
	tok := token(t, d, time.Now().Add(-TokenForWindow-time.Second))
	if got := call(h, "GET", "/boot?t="+tok, nil).StatusCode; got != http.StatusUnauthorized {
		t.Fatalf("an old token: %d, want 401", got)
	}
}

func TestWhoMayCall(t *testing.T) {
	d, h := open(t)
	pass := letIn(t, d, h)
	self := map[string]string{"Origin": "http://" + host}
	for _, c := range []struct {
		name, method, target string
		header               map[string]string
		pass                 bool
		want                 int
	}{
		{"the page reads", "GET", "/api/status", map[string]string{"Sec-Fetch-Site": "same-origin"}, true, 204},
		{"the page writes", "POST", "/api/drafts", self, true, 204},
		{"a first navigation", "GET", "/", map[string]string{"Sec-Fetch-Site": "none"}, true, 204},
		{"nobody", "GET", "/api/status", nil, false, 401},
		{"nobody asks for a page", "GET", "/", nil, false, 401},
		{"a rebound name", "GET", "/api/status", map[string]string{"Host": "evil.example:4321"}, true, 421},
		{"another port", "GET", "/api/status", map[string]string{"Host": "127.0.0.1:80"}, true, 421},
		{"another origin writes", "POST", "/api/drafts", map[string]string{"Origin": "http://evil.example"}, true, 403},
		{"another site reads", "GET", "/api/status", map[string]string{"Sec-Fetch-Site": "cross-site"}, true, 403},
		{"another local port writes", "POST", "/api/drafts", map[string]string{"Sec-Fetch-Site": "same-site"}, true, 403},
		{"a write that names no origin", "POST", "/api/drafts", nil, true, 403},
		{"a link from elsewhere shows the page", "GET", "/", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, true, 204},
		{"a wrong pass", "GET", "/api/status", map[string]string{"Cookie": cookieName + "=x"}, false, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			var cookies []*http.Cookie
			if c.pass {
				cookies = append(cookies, pass)
			}
			resp := call(h, c.method, c.target, c.header, cookies...)
			if resp.StatusCode != c.want {
				t.Fatalf("%d, want %d", resp.StatusCode, c.want)
			}
			if resp.Header.Get("Cache-Control") != "no-store" || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "script-src 'self'") {
				t.Fatal("an answer without its protection")
			}
		})
	}
}

func TestUnusedAddressesAreBounded(t *testing.T) {
	d, _ := open(t)
	now := time.Now()
	for range maxTokens {
		token(t, d, now)
	}
	if _, err := d.BootURL(now, TokenForWindow); err == nil {
		t.Fatal("no bound on unused addresses")
	}
	token(t, d, now.Add(TokenForWindow+time.Second))
}

// TestAWindowThatIsOpenedAgainAndAgainIsLetIn: a supervisor reloads a window that crashed; the
// pass of the first time goes, the newest holds.
func TestAWindowThatIsOpenedAgainAndAgainIsLetIn(t *testing.T) {
	d, h := open(t)
	var last *http.Cookie
	for range 3 * maxPasses {
		last = letIn(t, d, h)
	}
	if resp := call(h, "GET", "/", nil, last); resp.StatusCode != http.StatusNoContent {
		t.Fatalf("the newest pass: %d", resp.StatusCode)
	}
	if len(d.passes) > maxPasses {
		t.Errorf("%d passes are kept", len(d.passes))
	}
}
