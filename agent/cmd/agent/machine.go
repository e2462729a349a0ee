package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
)

// frugal keeps the agent small: it lives on machines with 2 GB beside a browser, and it has
// all day to collect garbage. Who sets GOGC or GOMEMLIMIT knows better.
func frugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(40)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(24 << 20)
	}
}

// proxyFlag names what stands between an office and the world.
type proxyFlag struct {
	Proxy string `help:"HTTP proxy to the portal (default: HTTPS_PROXY and NO_PROXY of the environment; \"none\": straight)." placeholder:"URL"`
}

func (f proxyFlag) proxy() (func(*http.Request) (*url.URL, error), error) {
	switch f.Proxy {
	case "":
		return http.ProxyFromEnvironment, nil
	case "none":
		return nil, nil
	}
	u, err := url.Parse(f.Proxy)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" {
		return nil, fmt.Errorf("proxy %q: want http://HOST:PORT", f.Proxy)
	}
	return http.ProxyURL(u), nil
}
