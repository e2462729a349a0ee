package sample

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Person is somebody who does not exist.
type Person struct {
	Name, Sex, Birth, ID, Phone, Hamlet, Issue, Ethnicity string
	Commune                                               place
}

type place struct{ code, name string }

// Communes of the province of Vĩnh Long; Giao Long is home.
var (
	giaoLong = place{"28807", "Xã Giao Long"}
	near     = []place{giaoLong, giaoLong, giaoLong, giaoLong, giaoLong, giaoLong, giaoLong, giaoLong, giaoLong, giaoLong, giaoLong, giaoLong, {"28810", "Xã Phú Túc"}, {"28840", "Xã Tân Phú"}, {"28861", "Xã Tiên Thuỷ"},
		{"28984", "Xã Giồng Trôm"}, {"28903", "Xã Mỏ Cày"}, {"29110", "Xã Ba Tri"}, {"28870", "Xã Chợ Lách"}, {"29050", "Xã Bình Đại"}, {"28777", "Phường An Hội"}}
	hamlets   = []string{"Ấp Long Hội", "Ấp Long Thạnh", "Ấp An Bình", "Ấp Hòa Thạnh", "Ấp Phú Long", "Ấp Tân Bắc", "Ấp 1", "Ấp 2", "Ấp 3", "Ấp 4", "Ấp 5"}
	surnames  = []string{"Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Lê", "Phạm", "Huỳnh", "Huỳnh", "Võ", "Phan", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Trương", "Cao", "Mai", "Đinh", "Thạch", "Sơn", "Kim"}
	middleM   = []string{"Văn", "Văn", "Hữu", "Minh", "Thanh", "Quốc", "Hoàng", "Đức", "Tấn", "Công", "Ngọc", "Trọng", "Phước", "Nhật"}
	middleF   = []string{"Thị", "Thị", "Thị Ngọc", "Thị Mỹ", "Thị Thu", "Thị Kim", "Ngọc", "Thanh", "Bích", "Hồng", "Thị Cẩm", "Mỹ", "Thị Thúy"}
	givenM    = []string{"An", "Bảo", "Bình", "Cường", "Dũng", "Đạt", "Giàu", "Hải", "Hậu", "Hiếu", "Hùng", "Huy", "Khang", "Khoa", "Lâm", "Lộc", "Long", "Mẫn", "Nam", "Nghĩa", "Nhân", "Phát", "Phong", "Phúc", "Quân", "Sang", "Sơn", "Tài", "Tâm", "Thắng", "Thịnh", "Tiến", "Toàn", "Trí", "Trung", "Tuấn", "Út", "Vinh", "Ẩn"}
	givenF    = []string{"Anh", "Ánh", "Bé", "Chi", "Diễm", "Dung", "Duyên", "Đào", "Giang", "Hà", "Hạnh", "Hiền", "Hoa", "Hồng", "Huệ", "Hương", "Lan", "Lành", "Liên", "Linh", "Loan", "Mai", "Mến", "Ngân", "Nhi", "Nhung", "Nương", "Phượng", "Quyên", "Sương", "Thảo", "Thơ", "Thu", "Thư", "Thúy", "Trang", "Trinh", "Tuyền", "Vân", "Xuân", "Yến"}
	provinces = []string{"083", "083", "083", "083", "084", "086", "082", "079"}
)

// person draws somebody of the sex, between the ages on the filing day.
func (m *maker) person(sex string, youngest, oldest int) Person {
	p := Person{Sex: sex, Commune: pick(m, near...), Hamlet: pick(m, hamlets...), Ethnicity: "01"}
	if m.chance(4) {
		p.Ethnicity = pick(m, "05", "04", "17")
	}
	years := youngest + m.IntN(oldest-youngest+1)
	birth := m.day.AddDate(-years, 0, -1-m.IntN(364))
	p.Birth = iso(birth)
	p.Name = m.name(sex)
	p.ID = citizenID(pick(m, provinces...), sex, birth.Year(), 900_000+m.IntN(100_000))
	p.Phone = pick(m, "090", "091", "093", "096", "097", "098", "032", "035", "038", "070", "077", "083", "088") + m.digits(7)
	p.Issue = iso(m.day.AddDate(0, 0, -30-m.IntN(1600)))
	return p
}

// public are names these lists could draw that everybody knows from elsewhere.
var public = []string{"Trần Thanh Mẫn", "Nguyễn Tấn Dũng", "Trương Tấn Sang", "Nguyễn Trọng Nghĩa", "Trần Quốc Tuấn", "Lê Minh Trí", "Huỳnh Tấn Phát"}

func (m *maker) name(sex string) string {
	middle, given := middleF, givenF
	if sex == "male" {
		middle, given = middleM, givenM
	}
	for {
		n := pick(m, surnames...) + " " + pick(m, middle...) + " " + pick(m, given...)
		if !slices.Contains(public, n) {
			return n
		}
	}
}

// citizenID: place of birth registration, century and sex, year, serial.
func citizenID(province, sex string, year, serial int) string {
	century := 2 * (year/100 - 19)
	if sex == "female" {
		century++
	}
	return fmt.Sprintf("%s%d%02d%06d", province, century, year%100, serial)
}

// relative gives p the family name and the home of another.
func (p Person) relative(of Person) Person {
	_, rest, _ := strings.Cut(p.Name, " ")
	family, _, _ := strings.Cut(of.Name, " ")
	p.Name, p.Commune, p.Hamlet, p.Ethnicity = family+" "+rest, of.Commune, of.Hamlet, of.Ethnicity
	return p
}

// at gives p the home of another.
func (p Person) at(of Person) Person {
	p.Commune, p.Hamlet = of.Commune, of.Hamlet
	return p
}

// committee is the office as people write it inside a sentence.
func (p place) committee() string {
	kind, rest, _ := strings.Cut(p.name, " ")
	return "UBND " + strings.ToLower(kind) + " " + rest
}

// Address is the two-level address of the form.
func (p Person) Address() map[string]any {
	return map[string]any{"country": "VN", "province_code": "86", "commune_code": p.Commune.code, "detail": p.Hamlet}
}

// Line is the address as a card prints it.
func (p Person) Line() string { return p.Hamlet + ", " + p.Commune.name + ", Vĩnh Long" }

// SexVI is the word on a card.
func (p Person) SexVI() string {
	if p.Sex == "female" {
		return "Nữ"
	}
	return "Nam"
}

func (p Person) year() string { return p.Birth[:4] }

// idType and issuer follow from the day of issue: the law on identity cards of
// 01/07/2024 changed the card's name and who prints it.
func (p Person) idType() string {
	if p.Issue >= "2024-07-01" {
		return "can_cuoc"
	}
	return "cccd"
}

func (p Person) issuer() string {
	if p.Issue >= "2024-07-01" {
		return "Bộ Công an"
	}
	return "Cục Cảnh sát quản lý hành chính về trật tự xã hội"
}

// block are the answers about one person under a prefix, as the civil-status
// forms ask them.
func (p Person) block(prefix string) map[string]any {
	return map[string]any{
		prefix + "name": p.Name, prefix + "birth_date": p.Birth, prefix + "residence_type": "permanent", prefix + "residence": p.Address(),
		prefix + "id_type": p.idType(), prefix + "id_number": p.ID, prefix + "id_issue_date": p.Issue, prefix + "id_issue_place": p.issuer(),
	}
}

// number draws a paper's number such as "45/2026".
func (m *maker) number(year string) string { return strconv.Itoa(1+m.IntN(240)) + "/" + year }
