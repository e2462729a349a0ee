package catalog

import (
	"strings"

	"bendo/internal/form"
)

// What a resident is told about a procedure besides papers, time and fee. Every sentence is built of
// what the pack states; what it does not state is said to be not stated.

// PlainName is a procedure in people's words where its life event has them, else its short name. It is
// for screens and sheets to take home, never for a legal form.
func (p *Pack) PlainName(code string) form.Text {
	i, ok := p.byCode[code]
	if !ok {
		return form.Text{}
	}
	if plain := p.index.plain[i]; plain.VI != "" {
		return plain
	}
	return p.Procedures[i].Short
}

// NextText says what to do next: every procedure can be begun at the kiosk, those with a form of
// their own are asked question by question, the others take the general application.
func (p Procedure) NextText() form.Text {
	if p.Modelled() {
		return form.Text{
			VI: "Mang giấy tờ tới máy này và bấm “Làm hồ sơ này”. Thiếu giấy vẫn làm được: cán bộ chỉ cách bổ sung.",
			EN: "Bring the papers to this machine and press “File this”. Something missing is no obstacle: an officer says how to add it.",
		}
	}
	return form.Text{
		VI: "Việc này chưa có tờ khai riêng trên máy: xin hỏi cán bộ ở " + p.Receiver.VI + ", hoặc ghi đơn chung tại máy này rồi cán bộ giúp phần còn lại.",
		EN: "This machine has no form of its own for it: please ask at " + p.Receiver.EN + ", or write the general application here and an officer helps with the rest.",
	}
}

// Remarks are what else is to be known of time and cost: that they depend on the case, that a value
// was never checked, that another way of filing takes another time or costs another amount.
func (p Procedure) Remarks() []form.Text {
	var out []form.Text
	counter, atCounter := p.channel(ChannelCounter)
	if p.TimeVaries {
		out = append(out, form.Text{VI: "Thời hạn tùy từng trường hợp, xin hỏi cán bộ.", EN: "The time depends on the case, please ask an officer."})
	}
	if unsure := p.unsure(counter); unsure.VI != "" {
		out = append(out, unsure)
	}
	if !atCounter && len(p.Channels) > 0 {
		out = append(out, form.Text{VI: "Danh mục không ghi nộp trực tiếp tại quầy, xin hỏi cán bộ.", EN: "The catalogue does not mention filing at the counter, please ask an officer."})
	}
	for _, c := range []struct {
		name   string
		vi, en string
	}{{ChannelOnline, "Nộp qua mạng", "Online"}, {ChannelPostal, "Gửi bưu chính", "By post"}} {
		if t := p.otherwise(c.name); t.VI != "" {
			out = append(out, form.Text{VI: c.vi + ": " + t.VI + ".", EN: c.en + ": " + t.EN + "."})
		}
	}
	return out
}

// unsure names what is stated for the counter but was not read in a source.
func (p Procedure) unsure(c Channel) form.Text {
	var vi, en []string
	if c.Time != nil && p.Confidence["time"] != "verified" {
		vi, en = append(vi, "thời hạn"), append(en, "time")
	}
	if c.FeeVND != nil && p.Confidence["fee"] != "verified" {
		vi, en = append(vi, "mức phí"), append(en, "fee")
	}
	if vi == nil {
		return form.Text{}
	}
	return form.Text{
		VI: upperFirst(strings.Join(vi, " và ")) + " chưa được kiểm chứng, xin hỏi lại cán bộ.",
		EN: upperFirst(strings.Join(en, " and ")) + " not verified yet, please ask an officer.",
	}
}

// otherwise is what is stated for another channel and differs from the counter.
func (p Procedure) otherwise(channel string) form.Text {
	c, ok := p.channel(channel)
	if !ok {
		return form.Text{}
	}
	var vi, en []string
	if t := p.TimeText(channel); c.Time != nil && t != p.TimeText(ChannelCounter) {
		vi, en = append(vi, t.VI), append(en, t.EN)
	}
	if t := p.FeeText(channel); c.FeeVND != nil && t != p.FeeText(ChannelCounter) {
		vi, en = append(vi, t.VI), append(en, t.EN)
	}
	return form.Text{VI: strings.Join(vi, "; "), EN: strings.Join(en, "; ")}
}
