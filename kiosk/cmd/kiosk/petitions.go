package main

import "bendo/kiosk"

// petitions says what the tile "Phản ánh, kiến nghị" takes.
type petitions struct {
	NamelessPetitions bool `help:"Take petitions of people who give no name. Ask the province's legal officer first: the default is to ask for a name and a way to answer."`
}

func (p petitions) allow(desk *kiosk.Desk) { desk.NamelessPetitions = p.NamelessPetitions }
