package kiosk

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"bendo/internal/feedback"
	"bendo/internal/sound"
	"bendo/kiosk/voicenote"
)

// speech is a recording as a screen sends it: a tone of so many seconds, told apart by its pitch.
func speech(seconds, pitch, loud float64) []byte {
	var pcm []byte
	for i := range int(seconds * voicenote.Rate) {
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(loud*math.Sin(2*math.Pi*pitch*float64(i)/voicenote.Rate))))
	}
	return sound.WriteWAV(voicenote.Rate, pcm)
}

// speaking gives the desk the real encoder, or one that stands in for it, loudly.
func speaking(t *testing.T, d *desk) {
	o, err := voicenote.Find()
	if err != nil {
		t.Skipf("NOT TESTED: %v (make setup as root installs it)", err)
	}
	d.Desk.EncodeNote = o.Encode
}

// A petition without a written word: spoken, said again, heard again, filed, carried as a scan.
func TestASpokenPetition(t *testing.T) {
	d := openDesk(t)
	speaking(t, d)
	d.visit()
	id := d.petitioned(map[string]any{"topic": "place", "publish": "no_name"}, en)
	at := "/api/drafts/" + id
	say := func(wav []byte) (got scanView) {
		t.Helper()
		d.want(200, "PUT", at+"/voice", wav, &got, "Content-Digest", contentDigestOf(wav))
		return got
	}
	first, second := say(speech(2, 180, 8000)), say(speech(3, 220, 8000))
	if again := say(speech(3, 220, 8000)); again.SHA256 != second.SHA256 {
		t.Error("the same words, sent again, are other bytes")
	}
	if status, _ := d.call("GET", at+"/scans/"+first.SHA256, nil); status == 200 {
		t.Error("what was said before is kept")
	}
	status, ogg := d.call("GET", at+"/scans/"+second.SHA256, nil)
	if long, err := sound.Length(ogg); status != 200 || err != nil || long.Round(1e9).Seconds() != 3 {
		t.Fatalf("%d, %s, %v", status, long, err)
	}
	var r receiptView
	d.want(200, "POST", at+"/submit", agreed, &r)
	filing := d.filing(r.Slip)
	if filing.Enclosed() != (feedback.Enclosed{Notes: 1}) || filing.Components[0].Blobs[0].MIME != voicenote.Mime {
		t.Fatalf("filed %+v", filing.Components)
	}
}

func TestRecordingsThatAreRefused(t *testing.T) {
	d := openDesk(t)
	speaking(t, d)
	d.visit()
	id := d.petitioned(map[string]any{"topic": "place", "publish": "no_name"}, en)
	for name, c := range map[string]struct {
		data   []byte
		status int
		code   string
	}{
		"a silent room":      {speech(3, 180, 20), 422, "voice_silent"},
		"half a second":      {speech(0.5, 180, 8000), 422, "voice_short"},
		"more than a minute": {speech(62, 180, 8000), 422, "voice_long"},
		"a picture":          {photo(t, 1), 422, "voice_unreadable"},
		"nothing":            {nil, 422, "voice_unreadable"},
	} {
		status, body := d.call("PUT", "/api/drafts/"+id+"/voice", c.data, "Content-Digest", contentDigestOf(c.data))
		if status != c.status || !strings.Contains(string(body), `"`+c.code+`"`) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	birth := d.typed(sample(t, aBirth))
	wav := speech(2, 180, 8000)
	if status, _ := d.call("PUT", "/api/drafts/"+birth+"/voice", wav, "Content-Digest", contentDigestOf(wav)); status == 200 {
		t.Error("a dossier takes a spoken note")
	}
	// Under the note's name only a sound is filed.
	pic := photo(t, 2)
	d.want(200, "PUT", "/api/drafts/"+id+"/scans?component="+feedback.Voice+"&name=anh.jpg", pic, nil, "Content-Digest", contentDigestOf(pic))
	if status, body := d.call("POST", "/api/drafts/"+id+"/submit", agreed); status != 422 {
		t.Errorf("a picture as a note: %d %s", status, body)
	}
}

// The encoder dies: nothing is kept, the screen says so, and what was written stays.
func TestANoteWhoseEncoderFails(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.petitioned(bridge, en)
	wav := speech(2, 180, 8000)
	if status, _ := d.call("PUT", "/api/drafts/"+id+"/voice", wav, "Content-Digest", contentDigestOf(wav)); status != 404 {
		t.Errorf("a machine without an encoder answers %d", status)
	}
	d.Desk.EncodeNote = func(context.Context, []byte) ([]byte, error) {
		return nil, errors.Join(errors.New("killed"), io.ErrUnexpectedEOF)
	}
	if status, _ := d.call("PUT", "/api/drafts/"+id+"/voice", wav, "Content-Digest", contentDigestOf(wav)); status != 500 {
		t.Errorf("a failed encoder answers %d", status)
	}
	var draft struct {
		Components []struct {
			ID    string
			Scans []scanView
		}
	}
	d.want(200, "GET", "/api/drafts/"+id, nil, &draft)
	for _, c := range draft.Components {
		if c.ID == feedback.Voice && len(c.Scans) > 0 {
			t.Error("something was kept")
		}
	}
	var r receiptView
	if d.want(200, "POST", "/api/drafts/"+id+"/submit", agreed, &r); r.Slip == "" {
		t.Error("the written petition cannot be sent any more")
	}
}
