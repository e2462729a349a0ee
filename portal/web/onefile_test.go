package web_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"io"
	"strings"
	"testing"

	"bendo/internal/dossier"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
)

func picture(t *testing.T, level byte) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 300, 400))
	for i := range img.Pix {
		img.SetGray(i%300, i/300, color.Gray{Y: level})
	}
	var b bytes.Buffer
	intaketest.Check(t, stdjpeg.Encode(&b, img, nil))
	return b.Bytes()
}

// TestPagesAsOneFile: the pictures of a paper leave as one PDF, byte by byte as they were filed; what is
// no picture stays out, and nobody else's paper opens.
func TestPagesAsOneFile(t *testing.T) {
	r := newRig(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	office := r.Enrol(t, commune, "xã Giao Long")
	first, second, note := picture(t, 40), picture(t, 90), []byte("%PDF-1.7 a note %%EOF")
	var component string
	f := office.File(t, [][]byte{first, note, second}, func(p *dossier.SubmittedPayload) {
		component = p.Components[0].ID
		p.Components[0].Blobs[0].MIME, p.Components[0].Blobs[1].MIME, p.Components[0].Blobs[2].MIME = "image/jpeg", "application/pdf", "image/jpeg"
	})
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
	if status != 200 || !bytes.Contains(pdf, first) || !bytes.Contains(pdf, second) || bytes.Contains(pdf, note) || bytes.Index(pdf, first) > bytes.Index(pdf, second) {
		t.Fatalf("%d, %d bytes", status, len(pdf))
	}
	if !strings.Contains(head, "attachment") || !strings.Contains(head, "sandbox") {
		t.Errorf("headers %s", head)
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
