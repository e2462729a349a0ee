package catalog

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"bendo/internal/form"
)

// Limits of a pack: the first one is 0.6 MB in 13 files; the 2,700 procedures of the whole country
// would be about 7 MB.
const (
	maxManifest = 1 << 20
	maxFile     = 24 << 20
	maxFiles    = 2000
)

// domain keeps a signature over a manifest from meaning anything elsewhere.
const domain = "bendo content pack v1\n"

// ErrSignature: the manifest is not signed by the key, or not at all.
var ErrSignature = errors.New("the pack's signature does not hold")

var versionPattern = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[0-9]{1,4})?$`)

// Sign makes the content of manifest.sig.
func Sign(manifest []byte, key ed25519.PrivateKey) []byte {
	return ed25519.Sign(key, append([]byte(domain), manifest...))
}

// open reads and checks a pack; key nil only for the one compiled in. The
// signature is checked before a byte of the manifest is interpreted.
func open(fsys fs.FS, key ed25519.PublicKey) (*Pack, error) {
	raw, err := readFile(fsys, "manifest.json", maxManifest)
	if err != nil {
		return nil, err
	}
	if key != nil {
		sig, err := readFile(fsys, "manifest.sig", ed25519.SignatureSize)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSignature, err)
		}
		if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, append([]byte(domain), raw...), sig) {
			return nil, ErrSignature
		}
	}
	r := reader{fsys: fsys, pack: &Pack{Digest: sha256.Sum256(raw)}}
	if err := strict(raw, &r.pack.Manifest); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	if err := r.all(); err != nil {
		return nil, fmt.Errorf("pack %s: %w", r.pack.Version, err)
	}
	return r.pack, nil
}

type reader struct {
	fsys  fs.FS
	pack  *Pack
	files map[string][]byte
}

func (r *reader) all() error {
	for _, step := range []func() error{r.manifest, r.load, r.lists, r.forms, r.procedures, r.offices, r.queue, r.events} {
		if err := step(); err != nil {
			return err
		}
	}
	r.pack.index = buildIndex(r.pack)
	return nil
}

func (r *reader) manifest() error {
	m := r.pack.Manifest
	if !versionPattern.MatchString(string(m.Version)) {
		return fmt.Errorf("version %q is not a day with an optional number", m.Version)
	}
	if _, err := time.Parse(time.DateOnly, m.ValidFrom); err != nil {
		return fmt.Errorf("valid_from: %w", err)
	}
	if len(m.Files) == 0 || len(m.Files) > maxFiles {
		return fmt.Errorf("%d files, 1 to %d allowed", len(m.Files), maxFiles)
	}
	return nil
}

// load reads every file the manifest names and compares its digest. Files the
// manifest does not name are never opened.
func (r *reader) load() error {
	r.files = map[string][]byte{}
	for _, f := range r.pack.Files {
		if !fs.ValidPath(f.Path) || r.files[f.Path] != nil || path.Ext(f.Path) != ".json" {
			return fmt.Errorf("file %q stands twice or is not allowed", f.Path)
		}
		data, err := readFile(r.fsys, f.Path, maxFile)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		if hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(data)) != f.Length {
			return fmt.Errorf("file %s is not the one the manifest names", f.Path)
		}
		r.files[f.Path] = data
	}
	return nil
}

func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return data, nil
}

// strict decodes exactly one JSON value without unknown keys.
func strict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON document")
	}
	return nil
}

func (r *reader) file(name string, into any) error {
	data, ok := r.files[name]
	if !ok {
		return fmt.Errorf("the manifest names no %s", name)
	}
	if err := strict(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (r *reader) lists() error {
	var s struct {
		Sources map[string]string `json:"sources"`
	}
	if err := r.file("sources.json", &s); err != nil {
		return err
	}
	r.pack.Sources = s.Sources
	return r.file("lists.json", &r.pack.Lists)
}

func (r *reader) forms() error {
	shared := map[string][]form.Option{}
	for name, l := range r.pack.Lists {
		shared[name] = l.Options
	}
	r.pack.forms = map[string]*form.Form{}
	for _, name := range sortedKeys(r.files) {
		dir, file := path.Split(name)
		if dir != "forms/" {
			continue
		}
		f, err := form.ParseWith(r.files[name], shared)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if f.Code != strings.TrimSuffix(file, ".json") {
			return fmt.Errorf("%s holds form %s", name, f.Code)
		}
		for _, fd := range f.Fields {
			for _, s := range fd.Source {
				if r.pack.Sources[s] == "" {
					return fmt.Errorf("%s: field %s: source %q is not explained", name, fd.ID, s)
				}
			}
		}
		r.pack.forms[f.Code] = f
	}
	if r.pack.forms[GeneralForm] == nil {
		return errors.New("the general form is missing")
	}
	return nil
}

func (r *reader) procedures() error {
	var doc struct {
		Procedures []Procedure `json:"procedures"`
	}
	if err := r.file("procedures.json", &doc); err != nil {
		return err
	}
	r.pack.Procedures, r.pack.byCode = doc.Procedures, map[string]int{}
	all := map[string]bool{}
	for _, p := range doc.Procedures {
		all[p.Code] = true
	}
	for code, f := range r.pack.forms {
		for _, k := range f.Cases {
			if k.Procedure != "" && !all[k.Procedure] {
				return fmt.Errorf("form %s: case %s leads to procedure %s, which is not in the pack", code, k.ID, k.Procedure)
			}
		}
		for _, e := range f.Elsewheres {
			if e.Procedure != "" && !all[e.Procedure] || all[e.Code] {
				return fmt.Errorf("form %s: elsewhere %s leads to procedure %s%s, and the pack says otherwise whether it holds it", code, e.ID, e.Procedure, e.Code)
			}
		}
	}
	for i, p := range doc.Procedures {
		if _, dup := r.pack.byCode[p.Code]; dup || p.Code == "" {
			return fmt.Errorf("procedure %q stands twice or has no code", p.Code)
		}
		r.pack.byCode[p.Code] = i
		if err := r.procedure(p); err != nil {
			return fmt.Errorf("procedure %s: %w", p.Code, err)
		}
	}
	return nil
}

func (r *reader) procedure(p Procedure) error {
	switch {
	case p.Name.VI == "" || p.Short.VI == "":
		return errors.New("no Vietnamese name")
	case r.pack.forms[p.FormCode] == nil:
		return fmt.Errorf("form %q is not in the pack", p.FormCode)
	case !slices.Contains([]Handover{HandoverNever, HandoverAtTakeIn, HandoverAtSubmit}, p.Handover):
		return fmt.Errorf("handover %q is unknown", p.Handover)
	case !slices.Contains([]string{"", AssistedHealth, AssistedDispute}, p.Assisted):
		return fmt.Errorf("assisted %q is unknown", p.Assisted)
	case p.Route != RouteCommune && p.Handover == HandoverNever:
		// Nobody in the commune's book would ever process it.
		return errors.New("what another system processes must be handed over")
	case !slices.Contains([]string{"same_day_15h", "same_day_15h_unstated", "by_unit", "unstated_unit", "unknown"}, p.DeadlineRule):
		return fmt.Errorf("deadline rule %q is unknown", p.DeadlineRule)
	}
	ids, delegations := map[string]bool{}, 0
	for _, c := range p.Components {
		if c.ID == "" || ids[c.ID] || c.Name.VI == "" || !slices.Contains([]string{"nop", "trinh", "dulieu"}, c.Kind) || c.Originals < 0 || c.Copies < 0 {
			return fmt.Errorf("component %q is not whole", c.ID)
		}
		if c.Written && (!p.Modelled() || c.Kind != "nop") {
			return fmt.Errorf("component %s is no declaration that the form writes", c.ID)
		}
		ids[c.ID] = true
		if c.Delegation == nil {
			continue
		}
		if delegations++; delegations > 1 || !c.Delegation.whole() || c.Kind != "nop" || c.Condition == nil || c.Written {
			return fmt.Errorf("component %s is not the one paper of authorisation, or does not say who needs it", c.ID)
		}
	}
	if p.Modelled() {
		for _, k := range r.pack.forms[p.FormCode].Cases {
			for _, paper := range k.PapersAdd {
				if paper.Component != "" && !ids[paper.Component] {
					return fmt.Errorf("case %s: component %q is unknown", k.ID, paper.Component)
				}
			}
			for _, swap := range k.PapersReplace {
				if !ids[swap.Component] {
					return fmt.Errorf("case %s replaces component %q, which is unknown", k.ID, swap.Component)
				}
			}
		}
	}
	for _, c := range p.Channels {
		if !slices.Contains([]string{ChannelCounter, ChannelPostal, ChannelOnline}, c.Channel) {
			return fmt.Errorf("channel %q is unknown", c.Channel)
		}
		if c.Time != nil && !slices.Contains([]string{"working_days", "calendar_days", "hours", "unstated"}, c.Unit) {
			return fmt.Errorf("unit %q is unknown", c.Unit)
		}
	}
	return nil
}

func (r *reader) events() error {
	var doc struct {
		Confidence map[string]string `json:"confidence"`
		Events     []LifeEvent       `json:"events"`
		Filters    []EventFilter     `json:"filters"`
	}
	if err := r.file("life-events.json", &doc); err != nil {
		return err
	}
	home := map[string]string{}
	for _, e := range doc.Events {
		codes := slices.Clone(e.Also)
		for _, it := range e.Procedures {
			if h := home[it.Code]; h != "" {
				return fmt.Errorf("procedure %s is at home in %s and in %s", it.Code, h, e.ID)
			}
			home[it.Code] = e.ID
			codes = append(codes, it.Code)
		}
		for _, c := range codes {
			if _, ok := r.pack.byCode[c]; !ok {
				return fmt.Errorf("life event %s names procedure %s, which is not in the pack", e.ID, c)
			}
		}
	}
	slices.SortStableFunc(doc.Events, func(a, b LifeEvent) int { return cmp.Compare(a.Order, b.Order) })
	r.pack.Events, r.pack.Filters = doc.Events, doc.Filters
	return nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
