package paper

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func aTicket() Ticket {
	return Ticket{Label: "A012", Office: "UBND xã Giao Long", Province: "Tỉnh Vĩnh Long", Service: Words{"Hộ tịch, chứng thực", "Civil status, certification"},
		At: time.Date(2026, 11, 23, 1, 32, 0, 0, time.UTC), Ahead: 3, Wait: Words{"Chờ khoảng 15–25 phút", "About 15–25 minutes"}}
}

func ticketSheet(t *testing.T, one Ticket) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteTicket(&b, one); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("BENDO_PAPERS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".pdf"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if bytes.Count(b.Bytes(), []byte("/Type /Page\n")) > 1 {
		t.Error("a ticket takes two sheets")
	}
	return flat(pdftotext(t, b.Bytes()))
}

func TestATicketSaysTheNumberAndNobodysName(t *testing.T) {
	full := aTicket()
	full.Priority, full.Reprint, full.English, full.Doubt = true, 1, true, true
	alone := aTicket()
	alone.Ahead, alone.Wait = 0, Words{}
	practice := aTicket()
	practice.Practice = true
	for name, c := range map[string]struct {
		ticket Ticket
		says   []string
		never  []string
	}{
		"plain": {aTicket(), []string{"SỐ THỨ TỰ", "A012", "Hộ tịch, chứng thực", "3 người chờ trước", "Chờ khoảng 15–25 phút", "08:32, 23/11/2026", "không phải giấy tiếp nhận"},
			[]string{"IN LẠI", "ưu tiên", "Civil", "tập thử", "chưa xác nhận"}},
		"everything":      {full, []string{"BẢN IN LẠI", "Xin được ưu tiên", "cán bộ xem và quyết định", "Civil status", "giờ máy chưa xác nhận"}, nil},
		"nobody, no idea": {alone, []string{"chưa có ai chờ trước"}, []string{"phút", "0 người"}},
		"practice":        {practice, []string{"không dùng để chờ"}, []string{"Mời bà con ngồi chờ"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := ticketSheet(t, c.ticket)
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("the ticket does not say %q:\n%s", want, text)
				}
			}
			for _, lie := range c.never {
				if strings.Contains(text, lie) {
					t.Errorf("the ticket says %q:\n%s", lie, text)
				}
			}
			rolled(t, func(w io.Writer, f Format) error { return RollTicket(w, c.ticket, f) })
		})
	}
}

func TestATicketIsTheSameEveryTimeAndRefusesHalves(t *testing.T) {
	for _, draw := range []func(io.Writer, Ticket) error{WriteTicket, func(w io.Writer, one Ticket) error { return RollTicket(w, one, ESCPOS) }} {
		var a, b bytes.Buffer
		if err := errors.Join(draw(&a, aTicket()), draw(&b, aTicket())); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatalf("two prints of one ticket differ (%v)", err)
		}
		for _, half := range []func(*Ticket){func(x *Ticket) { x.Label = "" }, func(x *Ticket) { x.Office = "" }, func(x *Ticket) { x.Service.VI = "" }} {
			one := aTicket()
			half(&one)
			if err := draw(io.Discard, one); !errors.Is(err, ErrNoLabel) {
				t.Errorf("%+v: %v", one, err)
			}
		}
		odd := aTicket()
		odd.Service, odd.Office = Words{"\U0001F600 \x00" + strings.Repeat("Ệ", 400), ""}, "\xff"
		if err := draw(io.Discard, odd); err != nil {
			t.Errorf("a ticket with odd letters: %v", err)
		}
	}
}
