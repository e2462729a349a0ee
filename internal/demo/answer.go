package demo

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// inbox is what an officer sees after signing in.
type inbox struct {
	Dossiers []struct {
		ID   string `json:"id"`
		Slip string `json:"slip"`
	} `json:"dossiers"`
}

// tracked is what the kiosk shows for a slip and its second fact.
type tracked struct {
	State struct {
		Code string `json:"code"`
	} `json:"state"`
	Steps []struct {
		Type string `json:"type"`
		Text struct {
			VI string `json:"vi"`
		} `json:"text"`
	} `json:"steps"`
	Supplement *struct {
		N       int `json:"n"`
		Reasons []struct {
			Text string `json:"text"`
		} `json:"reasons"`
	} `json:"supplement"`
}

func (t tracked) has(step string) string {
	for _, s := range t.Steps {
		if s.Type == step {
			return s.Text.VI
		}
	}
	return ""
}

// answer lets an officer take one dossier in and ask another for a paper, and waits until the
// kiosk shows both.
func (s *story) answer(ctx context.Context) error {
	s.title("The answer comes back")
	office, err := newCaller(s.web)
	if err != nil {
		return err
	}
	if err := office.do(ctx, "POST", "/api/session", map[string]string{"user": officer, "password": password}, nil, nil); err != nil {
		return err
	}
	taken, asked := s.filed[0], s.filed[1]
	if err := s.act(ctx, office, taken.Slip, "take-in", map[string]any{}); err != nil {
		return err
	}
	s.say("an officer takes in slip %s", taken.Slip)
	if err := s.act(ctx, office, asked.Slip, "take-in", map[string]any{}); err != nil {
		return err
	}
	if err := s.act(ctx, office, asked.Slip, "supplement", map[string]any{
		"reasons": []map[string]string{{"component": "p1", "code": "unreadable", "text": "Ảnh mờ, xin chụp lại"}},
		"text":    "Xin nộp bổ sung giấy tờ sau"}); err != nil {
		return err
	}
	s.say("an officer asks for a supplement to slip %s", asked.Slip)
	if err := s.shown(ctx, taken, func(t tracked) string { return t.has("taken_in") }); err != nil {
		return err
	}
	return s.shown(ctx, asked, func(t tracked) string {
		if t.Supplement == nil {
			return ""
		}
		return t.has("supplement_requested") + ": " + t.Supplement.Reasons[0].Text
	})
}

// act finds the dossier in the officer's inbox and takes one step.
func (s *story) act(ctx context.Context, office *caller, slip, step string, body any) error {
	var in inbox
	if err := office.do(ctx, "GET", "/api/inbox?q="+url.QueryEscape(digits(slip)), nil, nil, &in); err != nil {
		return err
	}
	i := slices.IndexFunc(in.Dossiers, func(d struct {
		ID   string `json:"id"`
		Slip string `json:"slip"`
	}) bool {
		return digits(d.Slip) == digits(slip)
	})
	if i < 0 {
		return fmt.Errorf("slip %s is not in the officer's inbox", slip)
	}
	return office.do(ctx, "POST", "/api/dossiers/"+in.Dossiers[i].ID+"/"+step, body, nil, nil)
}

// shown waits until the resident sees it at the kiosk.
func (s *story) shown(ctx context.Context, f filed, want func(tracked) string) error {
	for begun := time.Now(); ; {
		var t tracked
		if err := s.desk.do(ctx, "POST", "/api/track", map[string]string{"slip": f.Slip, "second": f.Second}, nil, &t); err != nil {
			return err
		}
		if text := want(t); text != "" {
			s.say("the kiosk shows for %s: “%s”", f.Slip, text)
			return nil
		}
		if time.Since(begun) > time.Minute {
			return fmt.Errorf("after a minute the kiosk does not show the officer's step for %s\nagent: %s", f.Slip, s.agent.logTail())
		}
		if err := pause(ctx, 300*time.Millisecond); err != nil {
			return err
		}
	}
}

// table compares what went over the line with what had to.
func (s *story) table(context.Context) error {
	s.title("What it cost")
	now := s.line.Counts()
	up := now.Up.Bytes - s.before.Up.Bytes
	down := now.Down.Bytes - s.before.Down.Bytes
	upWire, downWire := now.Wire()
	upBefore, downBefore := s.before.Wire()
	row := func(what, value string) { fmt.Fprintf(s.o.Out, "  %-46s %14s\n", what, value) }
	row("dossiers filed without a line", fmt.Sprint(len(s.filed)))
	row("scans and signatures", fmt.Sprint(s.scans))
	row("payload: scans and signatures as stored", kilo(s.payload))
	row("sent up, TLS and HTTP included", kilo(up))
	row("  of it beyond them", fmt.Sprintf("%s (%.1f %%)", kilo(up-s.payload), 100*float64(up-s.payload)/float64(s.payload)))
	row("sent down", kilo(down))
	row("on the wire, IP headers estimated, up", kilo(upWire-upBefore))
	row("on the wire, IP headers estimated, down", kilo(downWire-downBefore))
	row("connections · cuts", fmt.Sprintf("%d · %d", now.Connections-s.before.Connections, now.Cuts-s.before.Cuts))
	row("filing all, by the calls of the screens", s.down.Round(100*time.Millisecond).String())
	row("line up until everything was back", time.Since(s.raised).Round(time.Second).String())
	fmt.Fprintf(s.o.Out, "\nNothing lost, nothing doubled, every digest the same.\n")
	return nil
}
