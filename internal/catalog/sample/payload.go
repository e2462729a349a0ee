package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"

	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/form"
	"bendo/syncproto"
)

// Payload is the payload of the dossier's `submitted` event as the desk would
// write it: the draft's first answers, what the resident answered and what the
// machine filled, with scans of random bytes.
func Payload(pack *catalog.Pack, d Dossier, seed uint64) ([]byte, error) {
	pr, ok := pack.Procedure(d.Procedure)
	if !ok {
		return nil, fmt.Errorf("procedure %s is not in the pack", d.Procedure)
	}
	f, _ := pack.Form(d.Procedure)
	ctx := form.Context{Today: d.Day, Case: d.Case, Office: form.Office{
		Name: "Ủy ban nhân dân xã Giao Long", Commune: "Xã Giao Long", CommunePolice: "Công an xã Giao Long", BusinessDesk: "Phòng Kinh tế xã Giao Long"}}
	answers := with(form.Prefill(f, ctx), d.Answers)
	answers = with(answers, form.Judge(f, answers, ctx).Derived)
	raw, err := json.Marshal(answers)
	if err != nil {
		return nil, fmt.Errorf("encode answers: %w", err)
	}
	sum := blob(d.Reference, seed, 98).SHA256
	draw := binary.BigEndian.Uint64(sum[:])
	at := int64(1_790_000_000_000 + draw%5_000_000_000)
	p := dossier.SubmittedPayload{
		Procedure: d.Procedure, Pack: string(pack.Version), Case: d.Case, Slip: dossier.Slip(fmt.Sprintf("28807%09d", draw%1_000_000_000)),
		Channel: dossier.ChannelKiosk, Route: pr.Route, Handover: dossier.Handover(pr.HandoverFor(false)), Applicant: claim(d.Applicant), Answers: raw,
		Components: components(d, seed), Consent: &dossier.Consent{Version: "c1", At: at}, Language: "vi", Note: d.Note,
	}
	if d.Submitter != nil {
		s := claim(*d.Submitter)
		s.Relation = "child"
		p.Submitter = &s
	}
	b := blob("signature.png", seed, 99)
	p.Signature = &dossier.Signature{Kind: "drawn", Blob: &b}
	return json.Marshal(p)
}

func claim(p Person) dossier.Person {
	return dossier.Person{CitizenID: p.ID, FullName: p.Name, BirthDate: p.Birth, Sex: p.Sex, Phone: p.Phone, Address: p.Line(), Evidence: "qr"}
}

func blob(name string, seed uint64, n int) dossier.Blob {
	sum := sha256.Sum256([]byte(strconv.FormatUint(seed, 10) + name + strconv.Itoa(n)))
	mime := "image/jpeg"
	if n == 99 {
		mime = "image/png"
	}
	return dossier.Blob{Name: name, SHA256: syncproto.Digest(sum), Length: 18_000 + int64(sum[0])<<8 + int64(sum[1]), MIME: mime}
}

func components(d Dossier, seed uint64) []dossier.Component {
	var out []dossier.Component
	for _, id := range d.ComponentIDs() {
		c := dossier.Component{ID: id, State: dossier.ComponentState(d.States[id])}
		for n, p := range d.Papers {
			if p.Component == id {
				c.State, c.Originals, c.Copies = dossier.Provided, c.Originals+p.Originals, c.Copies+p.Copies
				c.Blobs = append(c.Blobs, blob(p.File, seed, n))
			}
		}
		out = append(out, c)
	}
	return out
}
