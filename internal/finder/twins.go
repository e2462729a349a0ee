package finder

import (
	"hash/fnv"
	"slices"
)

// What makes two open dossiers look alike: the same person asks for the same thing twice, or one scan
// lies in both.
const (
	byCitizen byte = iota
	byName
	byScan
)

func twinKey(kind byte, parts ...uint64) uint64 {
	h := fnv.New64a()
	b := [9]byte{kind}
	for _, p := range parts {
		for i := range 8 {
			b[1+i] = byte(p >> (8 * i))
		}
		h.Write(b[:])
	}
	return h.Sum64()
}

// twinKeys are what a row may share with another. Only open dossiers are hinted at: that somebody asks
// for the same paper every few years is nothing to look into.
func (x *Index) twinKeys(r *row) (keys []uint64) {
	if !r.open {
		return nil
	}
	if r.citizen != 0 {
		keys = append(keys, twinKey(byCitizen, uint64(r.citizen), uint64(r.procedure)))
	}
	if r.own > 0 && r.born[0] != 0 {
		parts := []uint64{uint64(r.procedure), uint64(r.born[0])}
		for _, w := range r.words[:r.own] {
			parts = append(parts, hashOf(x.words.list[w].folded))
		}
		keys = append(keys, twinKey(byName, parts...))
	}
	for _, s := range r.scans {
		keys = append(keys, twinKey(byScan, s))
	}
	return keys
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

func (x *Index) link(at uint32) {
	for _, k := range x.twinKeys(&x.rows[at]) {
		x.twins[k] = append(x.twins[k], at)
	}
}

func (x *Index) unlink(at uint32) {
	for _, k := range x.twinKeys(&x.rows[at]) {
		left := slices.DeleteFunc(x.twins[k], func(a uint32) bool { return a == at })
		if len(left) == 0 {
			delete(x.twins, k)
		} else {
			x.twins[k] = left
		}
	}
}

// maxTwins bounds a hint. What more than a crowd share (the scan of an empty page) says nothing.
const (
	maxTwins = 5
	crowd    = 50
)

// Twins names dossiers that may be the same as id: the same person and procedure and both open, or a
// scan that lies in both. Two different citizen ids are two people, whatever their names. It is a hint
// for a human; at most five.
func (x *Index) Twins(id ID) (ids []ID) {
	at, known := x.byID[id]
	if !known {
		return nil
	}
	r := &x.rows[at]
	for _, k := range x.twinKeys(r) {
		if len(x.twins[k]) > crowd {
			continue
		}
		for _, other := range x.twins[k] {
			o := &x.rows[other]
			if other != at && x.alike(r, o) && !slices.Contains(ids, o.id) {
				ids = append(ids, o.id)
			}
		}
	}
	slices.SortFunc(ids, func(a, b ID) int { return slices.Compare(a[:], b[:]) })
	return ids[:min(len(ids), maxTwins)]
}

// alike asks again what the key of two rows only made likely.
func (x *Index) alike(a, b *row) bool {
	if slices.ContainsFunc(a.scans, func(s uint64) bool { return slices.Contains(b.scans, s) }) {
		return true
	}
	if a.procedure != b.procedure {
		return false
	}
	if a.citizen != 0 && b.citizen != 0 {
		return a.citizen == b.citizen
	}
	return a.born[0] != 0 && a.born[0] == b.born[0] && a.own > 0 && a.own == b.own &&
		slices.EqualFunc(a.words[:a.own], b.words[:b.own], func(v, w uint32) bool {
			return x.words.list[v].folded == x.words.list[w].folded
		})
}
