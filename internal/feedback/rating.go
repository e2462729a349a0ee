package feedback

import (
	"errors"
	"fmt"
	"slices"
)

// The scores: five steps from very dissatisfied (rất không hài lòng) to very satisfied
// (rất hài lòng). Reports of the ministries know three words (rất hài lòng, hài lòng, chưa
// hài lòng); how five become three is the report's to state.
const (
	Lowest  = 1
	Highest = 5
)

// MaxChanges bounds how often one rating is given anew: each is an event on the line.
const MaxChanges = 5

// MaxReasons is how many chips one rating carries: all of them.
var MaxReasons = len(reasons)

// Choice is one word to touch: a code that is stored and what people read.
type Choice struct {
	Code string `json:"code"`
	Name Words  `json:"name"`
}

// scores from Lowest on.
var scores = [...]Words{
	{"Rất không hài lòng", "Very dissatisfied"},
	{"Không hài lòng", "Dissatisfied"},
	{"Bình thường", "Neither"},
	{"Hài lòng", "Satisfied"},
	{"Rất hài lòng", "Very satisfied"},
}

// ScoreName says a score in words; empty for one there is not.
func ScoreName(score int) Words {
	if score < Lowest || score > Highest {
		return Words{}
	}
	return scores[score-Lowest]
}

// reasons follow the criteria of unit evaluation (TT 01/2018/TT-VPCP: time, contacts, agencies
// to visit, publicity, attitude, online service), in words a resident uses. Codes are stored:
// append only.
var reasons = [...]Choice{
	{"time", Words{"Thời gian giải quyết", "How long it took"}},
	{"attitude", Words{"Thái độ của cán bộ", "How the officers behaved"}},
	{"guidance", Words{"Hướng dẫn, giải thích", "How it was explained"}},
	{"visits", Words{"Số lần phải đi lại", "How often one had to come"}},
	{"papers", Words{"Giấy tờ phải nộp", "The papers asked for"}},
	{"machine", Words{"Máy tự phục vụ", "This self-service machine"}},
}

// Reasons lists the chips in the order of the screen. They name what the score is about, not
// whether it was good.
func Reasons() []Choice { return slices.Clone(reasons[:]) }

// CheckRating says what is wrong with a rating. Reasons of a later program are taken: the
// office that rates may be newer than the province.
func CheckRating(score int, chosen []string) error {
	if score < Lowest || score > Highest {
		return fmt.Errorf("score %d: want %d to %d", score, Lowest, Highest)
	}
	if len(chosen) > 2*MaxReasons {
		return errors.New("too many reasons")
	}
	for i, c := range chosen {
		if !isCode(c) {
			return errors.New("a reason that is no code")
		}
		if slices.Contains(chosen[:i], c) {
			return fmt.Errorf("reason %q stands twice", c)
		}
	}
	return nil
}

// KnownReasons says that a screen of this program offers all of these.
func KnownReasons(chosen []string) bool {
	return !slices.ContainsFunc(chosen, func(c string) bool {
		return !slices.ContainsFunc(reasons[:], func(r Choice) bool { return r.Code == c })
	})
}

// isCode: a–z and _, at most 32.
func isCode(s string) bool {
	if len(s) == 0 || len(s) > 32 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && c != '_' {
			return false
		}
	}
	return true
}
