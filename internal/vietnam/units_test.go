package vietnam

import (
	"slices"
	"strings"
	"testing"
)

func TestUnits(t *testing.T) {
	all := Provinces()
	if len(all) != 34 {
		t.Fatalf("%d provinces, want 34", len(all))
	}
	communes, former := 0, 0
	for _, p := range all {
		communes += p.CommuneCount
		former += len(p.Former)
		if got, ok := FindProvince(p.Code); !ok || got.Name != p.Name {
			t.Errorf("province %s: %v", p.Code, got)
		}
		if !strings.HasPrefix(p.FullName, kindWords[p.Kind]+" ") {
			t.Errorf("province %s: %q is no %s", p.Code, p.FullName, p.Kind)
		}
		if known := Communes(p.Code); len(known) != 0 && len(known) != p.CommuneCount {
			t.Errorf("province %s: %d of %d communes", p.Code, len(known), p.CommuneCount)
		}
	}
	if communes != 3321 || former != 63 {
		t.Errorf("%d communes and %d former provinces, want 3321 and 63", communes, former)
	}
	for code, n := range map[ProvinceCode]int{"75": 95, "86": 124, "92": 103, "01": 0, "xx": 0} {
		if got := len(Communes(code)); got != n {
			t.Errorf("%d communes in %s, want %d", got, code, n)
		}
	}
	c, ok := FindCommune("28807")
	if !ok || c.FullName() != "Xã Giao Long" || c.Province != "86" || c.FormerProvince != "Bến Tre" {
		t.Errorf("28807: %+v %v", c, ok)
	}
	for _, code := range []CommuneCode{"", "00000", "99999", "28808", "2880"} {
		if c, ok := FindCommune(code); ok {
			t.Errorf("%s: %+v", code, c)
		}
	}
	if _, ok := FindProvince("83"); ok {
		t.Error("83 (Bến Tre) is no province any more")
	}
}

func TestParseCommuneCode(t *testing.T) {
	for in, want := range map[string]CommuneCode{"28807": "28807", " 28807\n": "28807", "2880": "", "288070": "", "2880a": "", "": ""} {
		got, err := ParseCommuneCode(in)
		if got != want || (codeOf(t, err) == "") != (want != "") {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
}

func TestSearchCommunes(t *testing.T) {
	for query, first := range map[string]string{
		"Giao Long": "28807", "giao long": "28807", "xã Giao Long": "28807", "XA GIAO LONG": "28807", "giao l": "28807",
		"Xà Phiên": "31495", "xã xà phiên": "31495", "xa phien": "31495",
		"Đăk Ơ": "25225", "dak o": "25225",
	} {
		got := SearchCommunes(query, 3)
		if len(got) == 0 || string(got[0].Code) != first {
			t.Errorf("%q: %v, want %s first", query, got, first)
		}
	}
	if got := SearchCommunes(" ", 0); got != nil {
		t.Errorf("nothing was asked: %v", got)
	}
	if got := SearchCommunes("không có xã này", 0); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := SearchCommunes("binh", 4); len(got) != 4 {
		t.Errorf("%d results, want 4", len(got))
	}
	// The exact spelling comes first, the other that folds alike second.
	names := func(cs []Commune) (out []string) {
		for _, c := range cs {
			out = append(out, c.Name)
		}
		return out
	}
	if got := names(SearchCommunes("Lộc Thạnh", 2)); !slices.Equal(got, []string{"Lộc Thạnh", "Lộc Thành"}) {
		t.Errorf("%q", got)
	}
	if got := names(SearchCommunes("Lộc Thành", 2)); !slices.Equal(got, []string{"Lộc Thành", "Lộc Thạnh"}) {
		t.Errorf("%q", got)
	}
}

func TestSuggestSuccessors(t *testing.T) {
	for _, c := range []struct{ address, province, former, communes string }{
		{"Ấp 1, xã Tân Hào, huyện Giồng Trôm, Bến Tre", "86", "Bến Tre", "Xã Tân Hào, Xã Giồng Trôm"},
		{"Ấp Giả Định 1, Xã Giao Long, Vĩnh Long", "86", "", "Xã Giao Long"},
		{"Thôn 2, Bù Gia Mập, Bù Gia Mập, tỉnh Bình Phước.", "75", "Bình Phước", "Xã Bù Gia Mập"},
		{"xã Xà Phiên, huyện Long Mỹ, Hậu Giang", "92", "Hậu Giang", "Xã Xà Phiên, Phường Long Mỹ"},
		{"Phường 1, TP. Hồ Chí Minh", "79", "", ""},
		{"P. Thắng Tam, Bà Rịa-Vũng Tàu", "79", "Bà Rịa - Vũng Tàu", ""},
		{"Huế, Thừa Thiên Huế", "46", "Thừa Thiên Huế", ""},
		{"Khánh Hoà", "56", "", ""},
		{"Sài Gòn", "", "", ""},
		{"", "", "", ""},
		{" , ,", "", "", ""},
	} {
		got := SuggestSuccessors(c.address)
		if c.province == "" {
			if got != nil {
				t.Errorf("%q: %v", c.address, got)
			}
			continue
		}
		if len(got) != 1 {
			t.Errorf("%q: %d suggestions", c.address, len(got))
			continue
		}
		var names []string
		for _, commune := range got[0].Communes {
			names = append(names, commune.FullName())
		}
		if string(got[0].Province.Code) != c.province || got[0].Former != c.former || strings.Join(names, ", ") != c.communes {
			t.Errorf("%q: %s %q %q", c.address, got[0].Province.Code, got[0].Former, names)
		}
	}
}

// TestTablesRefuse: a damaged table is found when it is read, not when a resident stands there.
func TestTablesRefuse(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"order":    {"25210\t", "25100\t", "out of order"},
		"code":     {"25210\t", "2521\t", "commune_code"},
		"kind":     {"25210\tphuong", "25210\tlang", `kind "lang"`},
		"fields":   {"25210\tphuong\t", "25210\tphuong", "has 4 fields"},
		"province": {"25195\tphuong\tBình Phước\t75", "25195\tphuong\tBình Phước\t86", "was not made of"},
	} {
		if _, err := readTables(provincesFile, strings.Replace(communesFile, c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twice := strings.Replace(string(provincesFile), `"code": "04", "agency"`, `"code": "01", "agency"`, 1)
	if _, err := readTables([]byte(twice), communesFile); err == nil {
		t.Error("a former province that stands twice passed")
	}
	if _, err := readTables([]byte("{"), communesFile); err == nil {
		t.Error("broken JSON passed")
	}
}
