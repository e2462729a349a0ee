package catalog

import (
	"fmt"
	"strings"
	"testing"

	"bendo/internal/form"
)

func TestRemarks(t *testing.T) {
	three, five, low, high := 3, 5, int64(7000), int64(10000)
	counter := Channel{Channel: ChannelCounter, Time: &five, Unit: "working_days", FeeVND: &high}
	online := Channel{Channel: ChannelOnline, Time: &three, Unit: "working_days", FeeVND: &low}
	sure := map[string]string{"time": "verified", "fee": "verified"}
	for name, c := range map[string]struct {
		p    Procedure
		want string
	}{
		"nothing more to say":             {Procedure{Channels: []Channel{counter, {Channel: ChannelPostal, Time: &five, Unit: "working_days", FeeVND: &high}}, Confidence: sure}, ""},
		"online is cheaper":               {Procedure{Channels: []Channel{online, counter}, Confidence: sure}, "Nộp qua mạng: 3 ngày làm việc; 7.000 đồng."},
		"nothing known online":            {Procedure{Channels: []Channel{{Channel: ChannelOnline}, counter}, Confidence: sure}, ""},
		"it depends":                      {Procedure{Channels: []Channel{counter}, TimeVaries: true, Confidence: sure}, "Thời hạn tùy từng trường hợp, xin hỏi cán bộ."},
		"nobody checked":                  {Procedure{Channels: []Channel{counter}, Confidence: map[string]string{"time": "knowledge_low", "fee": "verified"}}, "Thời hạn chưa được kiểm chứng, xin hỏi lại cán bộ."},
		"neither was checked":             {Procedure{Channels: []Channel{counter}}, "Thời hạn và mức phí chưa được kiểm chứng, xin hỏi lại cán bộ."},
		"not stated is unsure of nothing": {Procedure{Channels: []Channel{{Channel: ChannelCounter}}}, ""},
		"no counter":                      {Procedure{Channels: []Channel{online}, Confidence: sure}, "Danh mục không ghi nộp trực tiếp tại quầy, xin hỏi cán bộ. Nộp qua mạng: 3 ngày làm việc; 7.000 đồng."},
	} {
		var vi []string
		for _, r := range c.p.Remarks() {
			if vi = append(vi, r.VI); r.EN == "" {
				t.Errorf("%s: no English", name)
			}
		}
		if got := strings.Join(vi, " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPlainNamesAndWhatNext(t *testing.T) {
	p := first77(t)
	for code, want := range map[string]string{"1.001193": "Làm giấy khai sinh", "1.004873": "Xin giấy xác nhận độc thân (tình trạng hôn nhân)", "9.999999": ""} {
		if got := p.PlainName(code); got.VI != want {
			t.Errorf("%s is %q, want %q", code, got.VI, want)
		}
	}
	for _, pr := range p.Procedures {
		next := pr.NextText()
		if p.PlainName(pr.Code) == (form.Text{}) || pr.Modelled() != strings.Contains(next.VI, "Làm hồ sơ này") || next.EN == "" {
			t.Errorf("%s: %q", pr.Code, fmt.Sprint(next))
		}
	}
}
