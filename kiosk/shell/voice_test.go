//go:build windowsmoke

package shell

import (
	"context"
	"encoding/base64"
	"os"
	"os/exec"
)

// hears holds that WebKit with the plugin sets it depends on decodes both kinds of sound the desk
// answers with: the built clips (Ogg Opus) and what is synthesised while somebody waits (WAV). That
// a loudspeaker is connected is nothing a test can know.
func (s *stage) hears(ctx context.Context, i *inspector) {
	s.t.Helper()
	clip, err := os.ReadFile("testdata/spoken.ogg")
	if err != nil {
		s.t.Fatal(err)
	}
	const decode = `new OfflineAudioContext(1,48000,48000).decodeAudioData(b).then(s=>s.duration>0.2&&s.duration<5?"sound":"plays "+s.duration,e=>"refused: "+e)`
	got, err := i.eval(ctx, `(b=>`+decode+`)(Uint8Array.from(atob("`+base64.StdEncoding.EncodeToString(clip)+`"),c=>c.charCodeAt(0)).buffer)`)
	if err != nil || got != "sound" {
		s.t.Errorf("a built clip in the real window: %v, %v", got, err)
	}
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		s.t.Log("NOT TESTED: synthesised sound in the real window; espeak-ng is not on this machine (make setup as root installs it)")
		return
	}
	got, err = i.eval(ctx, `fetch("/api/voice",{method:"POST",headers:{"Content-Type":"application/json"},body:JSON.stringify({language:"vi",text:"Còn 30 giây nữa"})}).then(r=>r.arrayBuffer()).then(b=>`+decode+`)`)
	if err != nil || got != "sound" {
		s.t.Errorf("synthesised sound in the real window: %v, %v", got, err)
	}
}
