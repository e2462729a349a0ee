package kiosk

import (
	"os"
	"strings"
	"testing"
)

// TestTheScreensShowTheVersionThatIsRecorded: the page says which words were agreed to, and the desk takes
// no other. (Consent.test.ts holds each version to its words.)
func TestTheScreensShowTheVersionThatIsRecorded(t *testing.T) {
	page := must(os.ReadFile("../frontend/src/kiosk/screens/Consent.tsx"))(t)
	if want := "consentVersion = '" + ConsentVersion + "'"; !strings.Contains(string(page), want) {
		t.Fatalf("the screen of consent does not say %q", want)
	}
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	for _, version := range []string{"", "c0", "c999"} {
		d.refused(422, "consent_missing", "POST", "/api/drafts/"+id+"/submit",
			map[string]any{"consent": map[string]string{"version": version}, "as_is": true})
	}
}
