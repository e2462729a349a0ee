package synchttp

import (
	"crypto/tls"
	"log"
	"net/http"
	"time"
)

// NewServer gives an http.Server with the limits of the devices' door: short
// headers, no idle ghosts, pings, no HTTP/1.0 surprises. The caller serves it
// with ServeTLS(listener, "", "") and shuts it down.
func NewServer(h http.Handler, tlsConfig *tls.Config, errorLog *log.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		TLSConfig:         tlsConfig,
		ReadHeaderTimeout: 20 * time.Second, // a TLS handshake at 64 kbit/s and 5 % loss
		IdleTimeout:       warm + time.Minute,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          errorLog,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: 16,
			SendPingTimeout:      pingAfter, PingTimeout: pingTimeout,
			MaxReadFrameSize: 16 << 10,
			// Small windows: two appends and a sync, not a megabyte in flight.
			MaxReceiveBufferPerStream: 128 << 10, MaxReceiveBufferPerConnection: 512 << 10,
		},
	}
}
