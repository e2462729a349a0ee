package main

import (
	"errors"
	"fmt"

	"bendo/internal/feedback"
	"bendo/kiosk"
)

// hotline says what the tile "Gọi 1022" shows and when a resident may ask to be called.
type hotline struct {
	Hotline        string   `default:"1022" help:"Number of the information line that the screens show." placeholder:"NUMBER"`
	HotlineHours   string   `help:"When somebody answers there, in Vietnamese as people say it; without it nothing is said about hours." placeholder:"TEXT"`
	HotlineHoursEN string   `name:"hotline-hours-en" help:"The same in English (default: the Vietnamese)." placeholder:"TEXT"`
	CallTimes      []string `help:"Windows in which a resident may ask to be called, 07:30-11:30,13:30-16:30 (default: morning and afternoon)." placeholder:"FROM-TO"`
}

// answer gives the desk its line.
func (h hotline) answer(desk *kiosk.Desk) error {
	if _, err := feedback.CallTimes(h.CallTimes); err != nil {
		return fmt.Errorf("--call-times: %w", err)
	}
	if h.HotlineHours == "" && h.HotlineHoursEN != "" {
		return errors.New("--hotline-hours-en is set without --hotline-hours; the screens begin with Vietnamese")
	}
	hours := kiosk.Text{VI: h.HotlineHours, EN: h.HotlineHoursEN}
	if hours.EN == "" {
		hours.EN = hours.VI
	}
	desk.Hotline = kiosk.Hotline{Number: h.Hotline, Hours: hours, Times: h.CallTimes}
	return nil
}
