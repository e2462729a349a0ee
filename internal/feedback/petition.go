package feedback

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// PhotoName is what the pictures are called on paper and screen.
var PhotoName = Words{"Ảnh kèm phản ánh", "Pictures"}

// Limits of a petition. A text of [MaxText] characters fills five A4 pages and is 8 KB on the
// line after compression at most; a picture is 0.3–0.6 MB.
const (
	MaxText   = 4000 // characters
	MaxPhotos = 5
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
	Text    string  `json:"text"`  // may be empty beside a picture
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
// values, the limits. photos is how many pictures are filed with it.
func ReadPetition(answers []byte, photos int) (Petition, error) {
	var p Petition
	dec := json.NewDecoder(bytes.NewReader(answers))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Petition{}, fmt.Errorf("reading a petition: %w", err)
	}
	if err := p.check(photos); err != nil {
		return Petition{}, fmt.Errorf("reading a petition: %w", err)
	}
	return p, nil
}

func (p Petition) check(photos int) error {
	switch {
	case !isCode(p.Topic):
		return errors.New("its topic is no code")
	case p.Publish != NoName && p.Publish != Named && p.Publish != NotPublic:
		return fmt.Errorf("the wish %q about publication is not known", p.Publish)
	case utf8.RuneCountInString(p.Text) > MaxText:
		return fmt.Errorf("more than %d characters", MaxText)
	case photos > MaxPhotos:
		return fmt.Errorf("%d pictures, at most %d", photos, MaxPhotos)
	case strings.TrimSpace(p.Text) == "" && photos == 0:
		return errors.New("neither text nor picture")
	}
	return nil
}

// IsPicture says that a MIME type is one a petition carries.
func IsPicture(mime string) bool { return mime == "image/jpeg" || mime == "image/png" }
