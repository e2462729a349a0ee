package main

import (
	"testing"

	"bendo/kiosk"
)

func TestHotlineOfTheConfiguration(t *testing.T) {
	for name, c := range map[string]struct {
		given hotline
		ok    bool
	}{
		"nothing":            {hotline{}, true},
		"all of it":          {hotline{Hotline: "1022", HotlineHours: "7 giờ đến 17 giờ", HotlineHoursEN: "7 to 17", CallTimes: []string{"07:30-11:30", "13:30-16:30"}}, true},
		"a time in words":    {hotline{CallTimes: []string{"sáng"}}, false},
		"backwards":          {hotline{CallTimes: []string{"11:30-07:30"}}, false},
		"English hours only": {hotline{HotlineHoursEN: "7 to 17"}, false},
	} {
		var d kiosk.Desk
		if err := c.given.answer(&d); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	var d kiosk.Desk
	if err := (hotline{HotlineHours: "7 giờ đến 17 giờ"}).answer(&d); err != nil || d.Hotline.Hours.EN != "7 giờ đến 17 giờ" {
		t.Errorf("%+v, %v", d.Hotline, err)
	}
}
