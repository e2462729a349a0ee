// Package sample makes dossiers of people who do not exist (hồ sơ mẫu), for the
// demo, for tests and for training the preset dictionary of the road.
//
// It promises: the same procedure and seed give the same dossier; its answers
// pass the form's judgement; citizen numbers have the right structure (place,
// century and sex, year) with serials from 900000, which belong to nobody here.
// Names are drawn from what is common in the delta.
//
// It refuses nothing and keeps nothing: no file, no clock, so a power cut has
// nothing to break. It is no part of a program that serves residents.
package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Codes are the procedures samples exist for: those with a form of their own.
var Codes = []string{"1.001193", "1.000656", "1.004873", "2.000815", "1.004194", "1.001776", "1.001612", "1.012812"}

// Paper is one attachment: which component it belongs to and what is drawn on it.
type Paper struct {
	File      string // plain name with Vietnamese letters
	Component string
	Originals int
	Copies    int
	Title     string
	Lines     []string
}

// Dossier is one sample before it is written in any format.
type Dossier struct {
	Reference string
	Procedure string
	Case      string
	Day       string // the day it was filed, "2026-11-05"
	Applicant Person
	Submitter *Person
	Answers   map[string]any
	Papers    []Paper
	States    map[string]string // components that are not provided, with their state
	Note      string
}

// maker draws from one seeded stream.
type maker struct {
	*rand.Rand
	day time.Time
}

// Make returns the sample of the procedure for the seed; ok is false for a code
// not in Codes.
func Make(code string, seed uint64) (Dossier, bool) {
	var key [16]byte
	binary.BigEndian.PutUint64(key[:8], seed)
	copy(key[8:], code)
	sum := sha256.Sum256(key[:])
	m := &maker{Rand: rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))}
	m.day = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, m.IntN(52))
	build, ok := map[string]func(*maker) Dossier{
		"1.001193": birth, "1.000656": death, "1.004873": marital, "2.000815": copies,
		"1.004194": stay, "1.001776": assistance, "1.001612": business, "1.012812": mediation,
	}[code]
	if !ok {
		return Dossier{}, false
	}
	d := build(m)
	d.Procedure, d.Day = code, iso(m.day)
	d.Reference = fmt.Sprintf("GL-%s-%s-%04d", m.day.Format("0102"), code[2:], seed%10000)
	return d, true
}

func iso(t time.Time) string { return t.Format(time.DateOnly) }

// before is a day up to the given number of days before the filing day.
func (m *maker) before(least, most int) string {
	return iso(m.day.AddDate(0, 0, -least-m.IntN(most-least+1)))
}

func pick[T any](m *maker, list ...T) T { return list[m.IntN(len(list))] }

// chance is true in about pct of a hundred draws.
func (m *maker) chance(pct int) bool { return m.IntN(100) < pct }

func (m *maker) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + m.IntN(10))
	}
	return string(b)
}

// with merges the maps; later ones win.
func with(maps ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, x := range maps {
		for k, v := range x {
			if v != nil && v != "" {
				out[k] = v
			}
		}
	}
	return out
}

// contact is the section every form ends with.
func (m *maker) contact(p Person) map[string]any {
	out := map[string]any{"result_channel": "counter"}
	if m.chance(80) {
		out["contact_phone"] = p.Phone
	}
	if m.chance(12) {
		out["result_channel"], out["result_address"] = "post", p.Address()
	}
	return out
}

func (m *maker) idCard(p Person, component string) Paper {
	return Paper{File: pick(m, "căn cước.jpg", "Thẻ căn cước mặt trước.jpg", "can-cuoc.jpg"), Component: component, Originals: 1,
		Title: "CĂN CƯỚC", Lines: []string{"Số định danh cá nhân: " + p.ID, "Họ, chữ đệm và tên khai sinh: " + p.Name, "Ngày, tháng, năm sinh: " + vn(p.Birth), "Giới tính: " + p.SexVI() + "    Quốc tịch: Việt Nam"}}
}

// vn writes an ISO day as people do.
func vn(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("02/01/2006")
}

// States of papers that are not handed in.
const (
	byData  = "replaced_by_data"
	lookUp  = "to_be_looked_up"
	notHere = "not_applicable"
)

func states(m map[string]string, state string, ids ...string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	for _, id := range ids {
		m[id] = state
	}
	return m
}

// ComponentIDs lists the components the dossier says something about, in order.
func (d Dossier) ComponentIDs() []string {
	var ids []string
	for _, p := range d.Papers {
		if p.Component != "" && !slices.Contains(ids, p.Component) {
			ids = append(ids, p.Component)
		}
	}
	for id := range d.States {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
