package catalog

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// delegations lists what is wrong with the marks of the papers of authorisation: a paper that names an
// authorisation to hand in a dossier and is not marked, and one that is marked and names none.
func delegations(p *Pack) (wrong []string) {
	for _, pr := range p.Procedures {
		for _, c := range pr.Components {
			named := c.Condition != nil && strings.Contains(c.Condition.VI, "ủy quyền")
			if named != (c.Delegation != nil) || named && !strings.Contains(c.Name.VI, "ủy quyền") {
				wrong = append(wrong, fmt.Sprintf("%s %s", pr.Code, c.ID))
			}
		}
	}
	return wrong
}

// TestTheAuthorisationIsMarked: in the first pack every paper "khi ủy quyền" is marked, and only those. Who
// needs it beyond the person who was authorised was not read in any law: relatives are asked, a
// representative by law is not.
func TestTheAuthorisationIsMarked(t *testing.T) {
	pack := first77(t)
	if wrong := delegations(pack); wrong != nil {
		t.Error(wrong)
	}
	marked := 0
	for _, pr := range pack.Procedures {
		for _, c := range pr.Components {
			if c.Delegation == nil {
				continue
			}
			marked++
			if *c.Delegation != (Delegation{DelegationNeeded, DelegationAsked, DelegationNone}) {
				t.Errorf("%s %s: %+v", pr.Code, c.ID, *c.Delegation)
			}
		}
	}
	if marked == 0 {
		t.Error("no paper is marked")
	}
	const mark = `"delegation": {
      "authorised": "needed",
      "family": "ask",
      "guardian": "none"
     }`
	for name, c := range map[string]struct{ from, to, says string }{
		"a mark that is gone":     {",\n     " + mark, "", ""},
		"a rule nobody knows":     {`"family": "ask"`, `"family": "perhaps"`, "authorisation"},
		"a person without a rule": {`"family": "ask",`, ``, "authorisation"},
		"a paper that is shown":   {`"kind": "nop"`, `"kind": "trinh"`, "authorisation"},
		"a paper for everybody": {`"condition": {
      "vi": "khi ủy quyền",
      "en": "when authorised"
     },
     ` + mark, mark, "authorisation"},
		"two papers of one purpose": {`"condition": {
      "vi": "mang thai hộ",
      "en": "surrogacy"
     }`, `"condition": {
      "vi": "mang thai hộ",
      "en": "surrogacy"
     },
     ` + mark, "authorisation"},
	} {
		files := packFiles(t)
		from := c.from
		if from == `"kind": "nop"` {
			at := strings.Index(string(files["procedures.json"].Data), "khi ủy quyền")
			head := string(files["procedures.json"].Data[:at])
			files["procedures.json"] = &fstest.MapFile{Data: []byte(head[:strings.LastIndex(head, from)] + c.to + string(files["procedures.json"].Data)[strings.LastIndex(head, from)+len(from):])}
		} else {
			replace(files, "procedures.json", from, c.to)
		}
		publish(t, files, "2027-01-01", "2027-01-01")
		p, err := OpenSigned(files, provinceKey.Public().(ed25519.PublicKey))
		switch {
		case c.says == "" && (err != nil || len(delegations(p)) != 1):
			t.Errorf("%s: %v", name, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v", name, err)
		}
	}
}
