package feedback

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Procedure is the reserved code under which a petition is filed. It is in no catalogue: the
// national codes are digits and dots.
const Procedure = "PAKN"

// Name is what a petition is called wherever a procedure's name would stand.
var Name = Words{"Phản ánh, kiến nghị", "Petition"}

// Route is the system that answers petitions: the province's own inbox.
const Route = "pakn"

// Photo is the one component of a petition: pictures of what it is about.
const Photo = "photo"

// Voice is the component of a spoken note: who does not write speaks.
const Voice = "voice"

// Enclosed is what is filed with the words of a petition.
type Enclosed struct{ Photos, Notes int }

// ComponentName is what pictures and note are called on paper and screen; the code itself for one of a
// later program.
func ComponentName(id string) Words {
	switch id {
	case Photo:
		return Words{"Ảnh kèm phản ánh", "Pictures"}
	case Voice:
		return Words{"Lời nói ghi âm", "Spoken note"}
	}
	return Words{id, id}
}

// Limits of a petition. A text of [MaxText] characters fills five A4 pages and is 8 KB on the
// line after compression at most; a picture is 0.3–0.6 MB; a spoken
// note of a minute is 0.1 MB.
const (
	MaxText   = 4000 // characters
	MaxPhotos = 5
	MaxNotes  = 1
	MaxNote   = time.Minute
)

// Publish is what the petitioner wishes about publication.
type Publish string

// The three wishes. The kiosk offers NoName first.
const (
	NoName    Publish = "no_name" // the text may be published, never the name
	Named     Publish = "named"   // text and name may be published
	NotPublic Publish = "no"      // nothing of it may be published
)

// Petition is what the answers of a petition say. Its canonical body is a JSON object with
// exactly these three members, each a text.
type Petition struct {
	Topic   string  `json:"topic"` // code of Topics
	Text    string  `json:"text"`  // may be empty beside a picture or a spoken note
	Publish Publish `json:"publish"`
}

// Publishable: the office may make the text public.
func (p Petition) Publishable() bool { return p.Publish == NoName || p.Publish == Named }

// Nameable: the office may make the petitioner's name public, and show it in lists.
func (p Petition) Nameable() bool { return p.Publish == Named }

// topics are a proposal: how a province sorts its petitions is its own. Codes are stored:
// append only.
var topics = [...]Choice{
	{"service", Words{"Cách phục vụ của cán bộ, cơ quan", "How officers or an office serve people"}},
	{"procedure", Words{"Thủ tục, giấy tờ, quy định", "A procedure, papers, a rule"}},
	{"place", Words{"Đường sá, môi trường, trật tự", "Roads, environment, order"}},
	{"other", Words{"Việc khác", "Something else"}},
}

// Topics lists what a petition may be about, in the order of the screen.
func Topics() []Choice { return slices.Clone(topics[:]) }

// TopicName says a topic in words; the code itself for one of a later program.
func TopicName(code string) Words {
	for _, t := range topics {
		if t.Code == code {
			return t.Name
		}
	}
	return Words{code, code}
}

// PublishName says a wish in words.
func PublishName(p Publish) Words {
	switch p {
	case NoName:
		return Words{"Được công khai nội dung, không nêu tên người gửi", "The text may be made public, without the sender's name"}
	case Named:
		return Words{"Được công khai nội dung và tên người gửi", "Text and sender's name may be made public"}
	}
	return Words{"Không công khai", "Not to be made public"}
}

// IsPetition says that a filing of this procedure is a petition.
func IsPetition(procedure string) bool { return procedure == Procedure }

// ReadPetition reads the answers of a petition strictly: exactly the three members, known
// values, the limits.
func ReadPetition(answers []byte, with Enclosed) (Petition, error) {
	var p Petition
	dec := json.NewDecoder(bytes.NewReader(answers))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Petition{}, fmt.Errorf("reading a petition: %w", err)
	}
	if err := p.check(with); err != nil {
		return Petition{}, fmt.Errorf("reading a petition: %w", err)
	}
	return p, nil
}

func (p Petition) check(with Enclosed) error {
	switch {
	case !isCode(p.Topic):
		return errors.New("its topic is no code")
	case p.Publish != NoName && p.Publish != Named && p.Publish != NotPublic:
		return fmt.Errorf("the wish %q about publication is not known", p.Publish)
	case utf8.RuneCountInString(p.Text) > MaxText:
		return fmt.Errorf("more than %d characters", MaxText)
	case with.Photos > MaxPhotos:
		return fmt.Errorf("%d pictures, at most %d", with.Photos, MaxPhotos)
	case with.Notes > MaxNotes:
		return fmt.Errorf("%d spoken notes, at most %d", with.Notes, MaxNotes)
	case strings.TrimSpace(p.Text) == "" && with.Photos == 0 && with.Notes == 0:
		return errors.New("neither text, picture nor spoken note")
	}
	return nil
}

// IsSound says that a MIME type is one of a spoken note.
func IsSound(mime string) bool { return mime == "audio/ogg" }

// IsPicture says that a MIME type is one a petition carries.
func IsPicture(mime string) bool { return mime == "image/jpeg" || mime == "image/png" }
