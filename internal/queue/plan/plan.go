// Package plan says for what an office gives queue numbers (lấy số = to take a number).
//
// It promises a plan that a screen can show and a number can be made of: every service has a code, a
// letter of its own and a name in both languages, and no two share one. A plan comes in the signed pack
// of the province; [Default] stands in where the pack has none.
//
// It refuses ([Parse]) a plan with a letter twice, without a name, with a field it does not know, or
// larger than a screen: a wrong plan must be found when the pack is opened and not when somebody
// stands in front of the machine.
//
// It does no I/O, so a power cut leaves nothing of it.
package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a plan.
const (
	MaxServices = 12 // what a screen shows without pages
	maxGroups   = 8
	maxText     = 160 // letters of one sentence
)

// Text is a sentence in the languages every screen has. Where English is missing, Vietnamese stands in.
type Text struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// Service is one reason to come to the office (lĩnh vực): one queue, one letter.
type Service struct {
	Code   string `json:"code"`   // stable, kept with every ticket: a-z and _
	Letter string `json:"letter"` // stands before the number: one of A to Z
	Icon   string `json:"icon"`   // a word for the screen's picture; an unknown one gets the common picture
	Name   Text   `json:"name"`
	Hint   Text   `json:"hint"` // what belongs there, in people's words
}

// Priority is what the office says about whom it may call first. The machine only passes the wish on:
// it asks for no proof, keeps no reason, and changes no order. The officer decides.
type Priority struct {
	Offer bool `json:"offer"`
	// Verified says that somebody checked the groups against the rule in force there. The groups built in
	// are not: they are configuration, shown as who may ask and never as a right with an age or a paper.
	Verified bool   `json:"verified"`
	Groups   []Text `json:"groups"`
}

// Plan is everything an office says about its numbers.
type Plan struct {
	Services []Service `json:"services"`
	Priority Priority  `json:"priority"`
	// PerMinute is how many numbers the machine gives in a minute, so that a child at the button does not
	// empty the paper roll; 0 means 4.
	PerMinute int `json:"per_minute,omitempty"`
}

// Default is the plan of an office whose pack has none: the groups of procedures that communes have
// most of in the national catalogue, everything else, and fetching a result.
func Default() Plan {
	return Plan{PerMinute: usualPerMinute, Services: []Service{
		{"ho_tich", "A", "users", Text{"Hộ tịch, chứng thực", "Civil status, certification"},
			Text{"Khai sinh, kết hôn, khai tử, sao y, chứng thực chữ ký", "Births, marriages, deaths, certified copies, signatures"}},
		{"dat_dai", "B", "land-plot", Text{"Đất đai, xây dựng, hộ kinh doanh", "Land, building, household business"},
			Text{"Sổ đất, tranh chấp đất, giấy phép xây dựng, mở quán", "Land papers, land disputes, building permits, opening a shop"}},
		{"xa_hoi", "C", "hand-heart", Text{"Bảo trợ xã hội, người có công", "Social support, people of merit"},
			Text{"Trợ cấp, hộ nghèo, người khuyết tật, mai táng phí", "Allowances, poor households, disability, funeral support"}},
		{"cu_tru", "D", "id-card", Text{"Cư trú, căn cước (công an)", "Residence, identity card (police)"},
			Text{"Thường trú, tạm trú, căn cước, VNeID", "Permanent and temporary residence, identity card, VNeID"}},
		{"khac", "E", "file-text", Text{"Việc khác", "Something else"},
			Text{"Chưa biết hỏi ai thì chọn ô này", "Choose this if you do not know whom to ask"}},
		{"ket_qua", "N", "scroll-text", Text{"Nhận kết quả", "Collect a result"},
			Text{"Tôi đã nộp hồ sơ, nay đến nhận kết quả", "I have filed already and come to collect the result"}},
	}, Priority: Priority{Offer: true, Groups: []Text{
		{"Người cao tuổi", "Elderly people"},
		{"Người khuyết tật", "People with a disability"},
		{"Phụ nữ mang thai", "Pregnant women"},
		{"Người đi cùng con nhỏ", "People with a small child"},
	}}}
}

const usualPerMinute = 4

// Parse reads a plan and checks it whole.
func Parse(data []byte) (Plan, error) {
	if !utf8.Valid(data) {
		return Plan{}, errors.New("queue plan: not UTF-8")
	}
	var p Plan
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Plan{}, fmt.Errorf("queue plan: %w", err)
	}
	if rest := bytes.TrimSpace(data[dec.InputOffset():]); len(rest) != 0 {
		return Plan{}, errors.New("queue plan: something follows the plan")
	}
	if p.PerMinute == 0 {
		p.PerMinute = usualPerMinute
	}
	if err := p.check(); err != nil {
		return Plan{}, fmt.Errorf("queue plan: %w", err)
	}
	return p, nil
}

func (p Plan) check() error {
	if len(p.Services) == 0 || len(p.Services) > MaxServices {
		return fmt.Errorf("%d services, 1 to %d are allowed", len(p.Services), MaxServices)
	}
	if p.PerMinute < 1 || p.PerMinute > 60 {
		return fmt.Errorf("per_minute %d, 1 to 60 are allowed", p.PerMinute)
	}
	codes, letters := map[string]bool{}, map[string]bool{}
	for _, s := range p.Services {
		if err := s.check(); err != nil {
			return fmt.Errorf("service %q: %w", s.Code, err)
		}
		if codes[s.Code] || letters[s.Letter] {
			return fmt.Errorf("service %q: its code or its letter %s stands twice", s.Code, s.Letter)
		}
		codes[s.Code], letters[s.Letter] = true, true
	}
	return p.Priority.check()
}

func (s Service) check() error {
	if s.Code == "" || len(s.Code) > 32 || strings.Trim(s.Code, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return errors.New("a code is 1 to 32 of a-z, 0-9 and _")
	}
	if len(s.Letter) != 1 || s.Letter[0] < 'A' || s.Letter[0] > 'Z' {
		return fmt.Errorf("letter %q is not one of A to Z", s.Letter)
	}
	if err := s.Name.check(true); err != nil {
		return fmt.Errorf("name: %w", err)
	}
	if err := s.Hint.check(false); err != nil {
		return fmt.Errorf("hint: %w", err)
	}
	return nil
}

func (p Priority) check() error {
	if p.Offer && len(p.Groups) == 0 || len(p.Groups) > maxGroups {
		return fmt.Errorf("%d groups of priority, 1 to %d are allowed where it is offered", len(p.Groups), maxGroups)
	}
	for i, g := range p.Groups {
		if err := g.check(true); err != nil {
			return fmt.Errorf("group %d of priority: %w", i+1, err)
		}
	}
	return nil
}

func (t Text) check(needed bool) error {
	if needed && strings.TrimSpace(t.VI) == "" {
		return errors.New("there is no Vietnamese text")
	}
	for _, one := range []string{t.VI, t.EN} {
		if utf8.RuneCountInString(one) > maxText || strings.ContainsFunc(one, unicode.IsControl) {
			return fmt.Errorf("%.20q… is longer than %d letters or not one line", one, maxText)
		}
	}
	return nil
}

// Service returns the service with the code.
func (p Plan) Service(code string) (Service, bool) {
	i := slices.IndexFunc(p.Services, func(s Service) bool { return s.Code == code })
	if i < 0 {
		return Service{}, false
	}
	return p.Services[i], true
}

// ByLetter returns the service that has the letter now. A ticket of a plan that was replaced in the
// middle of a day may have a letter that nobody has any more.
func (p Plan) ByLetter(letter string) (Service, bool) {
	i := slices.IndexFunc(p.Services, func(s Service) bool { return s.Letter == letter })
	if i < 0 {
		return Service{}, false
	}
	return p.Services[i], true
}
