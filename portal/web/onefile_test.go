package web_test

import (
	"bytes"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	"io"
	"strings"
	"sync"
	"testing"

	"bendo/internal/dossier"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
)

// picture gives a page as wide as it is bright: pictures of one width stand in a document in any order,
// though its pages do not.
func picture(t *testing.T, level byte) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 260+int(level), 400))
	for i := range img.Pix {
		img.Pix[i] = level
	}
	var b bytes.Buffer
	intaketest.Check(t, stdjpeg.Encode(&b, img, nil))
	return b.Bytes()
}

// TestPagesAsOneFile: the pictures of a paper leave as one PDF, byte by byte as they were filed; a paper
// with something else among them is refused whole, and nobody else's paper opens.
func TestPagesAsOneFile(t *testing.T) {
	r := newRig(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	office := r.Enrol(t, commune, "xã Giao Long")
	first, second := picture(t, 40), picture(t, 90)
	var component string
	f := office.File(t, [][]byte{first, second}, func(p *dossier.SubmittedPayload) {
		component = p.Components[0].ID
	})
	mixed := map[string]intaketest.Filing{}
	for _, kind := range []string{"application/pdf", "image/png"} {
		mixed[kind] = office.File(t, [][]byte{first, []byte("another file"), second}, func(p *dossier.SubmittedPayload) { p.Components[0].Blobs[1].MIME = kind })
	}
	lan := r.signedIn(t, "lan")
	get := func(path string) (int, string, []byte) {
		resp, err := lan.client.Get(r.server.URL + path)
		intaketest.Check(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		intaketest.Check(t, err)
		return resp.StatusCode, resp.Header.Get("Content-Disposition") + resp.Header.Get("Content-Security-Policy"), body
	}
	status, head, pdf := get(fmt.Sprintf("/api/dossiers/%s/components/%s/pages.pdf", f.ID, component))
	if status != 200 || !bytes.Contains(pdf, first) || !bytes.Contains(pdf, second) || bytes.Index(pdf, first) > bytes.Index(pdf, second) {
		t.Fatalf("%d, %d bytes", status, len(pdf))
	}
	if !strings.Contains(head, "attachment") || !strings.Contains(head, "sandbox") {
		t.Errorf("headers %s", head)
	}
	var all sync.WaitGroup // more at once than are drawn at once: each has its turn
	for range 7 {
		all.Go(func() {
			resp, err := lan.client.Get(r.server.URL + fmt.Sprintf("/api/dossiers/%s/components/%s/pages.pdf", f.ID, component))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || !bytes.Equal(body, pdf) {
				t.Errorf("%d, %d bytes, %v", resp.StatusCode, len(body), err)
			}
		})
	}
	all.Wait()
	for kind, f := range mixed {
		status, _, body := get(fmt.Sprintf("/api/dossiers/%s/components/%s/pages.pdf", f.ID, component))
		if status != 409 || !bytes.Contains(body, []byte("pages_mixed")) {
			t.Errorf("a paper with %s: %d %.80s", kind, status, body)
		}
	}
	for path, want := range map[string]int{
		fmt.Sprintf("/api/dossiers/%s/components/none/pages.pdf", f.ID): 404,
		"/api/dossiers/x/components/" + component + "/pages.pdf":        404,
	} {
		if got, _, _ := get(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}
