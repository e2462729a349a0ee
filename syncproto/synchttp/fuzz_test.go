package synchttp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http/httptest"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"bendo/syncproto"
	"bendo/syncproto/prototest"
	"bendo/syncproto/synchttp"
)

// FuzzHandler gives the portal's door any request of any size it may claim: nothing but an answer of
// the protocol comes back, no input asks for 64 MiB or takes a second (I22), and none is an
// internal error.
func FuzzHandler(f *testing.F) {
	m, err := prototest.NewMemory(prototest.MemoryOptions{})
	if err != nil {
		f.Fatal(err)
	}
	h := synchttp.Handler(anybody{m}, synchttp.Options{})
	blob := synchttp.PathBlob + "00000000-0000-0000-0000-000000000001/" + syncproto.Digest{1}.String()
	doors := []struct{ method, path string }{
		{"POST", synchttp.PathSync}, {"POST", synchttp.PathReplay}, {"POST", synchttp.PathEnrol}, {"POST", blob},
		{"GET", blob}, {"GET", synchttp.PathObject + syncproto.Digest{1}.String()}, {"GET", synchttp.PathTime},
	}
	for i := range doors {
		f.Add(byte(i), []byte{0xa1, 0x01, 0x40}, "0", "bytes=0-9", int64(3))
	}
	f.Add(byte(3), bytes.Repeat([]byte{7}, 100), "18446744073709551615", "", int64(1<<40))
	f.Fuzz(func(t *testing.T, door byte, body []byte, header, ranges string, claimed int64) {
		before, begun := asked(), time.Now()
		d := doors[int(door)%len(doors)]
		r := httptest.NewRequest(d.method, d.path, bytes.NewReader(body))
		r.ContentLength = claimed
		sum := sha256.Sum256(body)
		for name, value := range map[string]string{"Content-Type": syncproto.ContentType, "Bendo-Request": strings.Repeat("07", 16),
			"Bendo-Session": "AAAA", "Content-Digest": "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":", "Bendo-Off": header, "Range": ranges} {
			r.Header.Set(name, value)
		}
		switch claimed % 5 { // and one of them as it comes
		case 0:
			r.Header.Set("Bendo-Request", header)
		case 1:
			r.Header.Set("Content-Digest", header)
		case 2:
			r.Header.Set("Bendo-Session", header)
		case 3:
			r.ContentLength = int64(len(body))
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == 500 || w.Code < 200 {
			t.Errorf("%s %s is answered with %d: %q", d.method, d.path, w.Code, w.Body)
		}
		if n, took := asked()-before, time.Since(begun); n > 64<<20 || took > time.Second {
			t.Errorf("one input asked for %d bytes and took %s", n, took)
		}
	})
}

// anybody is a portal that knows whoever comes: what lies behind the session is reached, too.
type anybody struct{ *prototest.Memory }

func (anybody) Authorize(context.Context, []byte) (syncproto.DeviceID, error) {
	return syncproto.DeviceID{1}, nil
}

func asked() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
