package agent

import "context"

// SecondReport is how the second place stands, for agent status.
type SecondReport struct {
	Kept        bool   `json:"kept"`
	Places      int    `json:"places"` // of everything unreceipted: 2, or 1
	Since       int64  `json:"since,omitempty"`
	Seen        int64  `json:"seen,omitempty"` // when the agent last looked
	Why         string `json:"why,omitempty"`  // stable, see Second…
	VI          string `json:"vi,omitempty"`   // Why in words
	EN          string `json:"en,omitempty"`
	Unprotected int    `json:"unprotected"` // submissions that lie on this disk only
	Oldest      int64  `json:"oldest,omitempty"`
	Files       int    `json:"files"`
	Bytes       int64  `json:"bytes"`
}

var secondTexts = map[string][2]string{
	SecondOff:      {"Chưa đặt nơi thứ hai: chạy agent với --second THƯ-MỤC (USB cắm thường trực hoặc thư mục mạng).", "No second place is set: run the agent with --second DIR (a permanent stick or a network folder)."},
	SecondGone:     {"Không thấy nơi thứ hai: USB bị rút hoặc thư mục mạng không tới được.", "The second place is gone: the stick was pulled out or the network folder cannot be reached."},
	SecondEmpty:    {"Thư mục có, nhưng USB chưa được cắm vào đó.", "The folder is there, but its stick is not."},
	SecondSameDisk: {"Nơi thứ hai nằm trên chính ổ đĩa của máy: ổ hỏng thì mất cả hai. Chọn USB hoặc thư mục mạng.", "The second place lies on this machine's own disk: both would die together. Choose a stick or a network folder."},
	SecondMemory:   {"Nơi thứ hai nằm trong bộ nhớ tạm, mất khi tắt máy. Chọn USB hoặc thư mục mạng.", "The second place lies in memory and goes with the power. Choose a stick or a network folder."},
	SecondFull:     {"Nơi thứ hai đã đầy. Thay USB lớn hơn.", "The second place is full. Put in a larger stick."},
	SecondReadOnly: {"Nơi thứ hai chỉ cho đọc. Gạt khóa ghi hoặc thay USB.", "The second place is read-only. Move its lock or replace the stick."},
	SecondBroken:   {"Nơi thứ hai báo lỗi. Thay USB.", "The second place reports an error. Replace the stick."},
	SecondWaits:    {"Máy chưa kích hoạt: chưa có khóa của tỉnh để niêm phong.", "The machine is not enrolled: there is no key of the province to seal with yet."},
}

func (o *Office) secondReport(ctx context.Context) (r SecondReport, err error) {
	st, err := o.Book.AgentStatus(ctx)
	if err != nil {
		return r, err
	}
	s := st.SecondPlace
	r = SecondReport{Kept: s.Kept, Places: 1, Since: s.Since, Seen: s.At, Why: s.Why,
		Unprotected: s.Unprotected, Oldest: s.Oldest, Files: s.Files, Bytes: s.Bytes}
	if s.At == 0 {
		r.Why = SecondOff
	}
	if st.Second {
		r.Places = 2
	}
	r.VI, r.EN = secondTexts[r.Why][0], secondTexts[r.Why][1]
	return r, nil
}
