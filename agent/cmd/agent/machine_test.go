package main

import (
	"net/http"
	"testing"
)

func TestProxyFlag(t *testing.T) {
	r, err := http.NewRequest(http.MethodPost, "https://portal.example:8443/s1/sync", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flag, want string
		bad        bool
	}{
		{"http://10.0.0.1:3128", "http://10.0.0.1:3128", false}, {"socks5://10.0.0.1:1080", "socks5://10.0.0.1:1080", false},
		{"10.0.0.1:3128", "", true}, {"ftp://10.0.0.1", "", true}, {"http://", "", true},
	} {
		proxy, err := proxyFlag{Proxy: c.flag}.proxy()
		if (err != nil) != c.bad {
			t.Errorf("%q: %v", c.flag, err)
		}
		if err != nil {
			continue
		}
		if u, err := proxy(r); err != nil || u.String() != c.want {
			t.Errorf("%q leads over %v (%v)", c.flag, u, err)
		}
	}
	if proxy, err := (proxyFlag{Proxy: "none"}).proxy(); err != nil || proxy != nil {
		t.Error("none is not straight")
	}
}
