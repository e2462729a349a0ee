package sample

// family draws a mother and a father who live together.
func (m *maker) family() (mother, father Person) {
	father = m.person("male", 22, 45)
	mother = m.person("female", 20, 40).at(father)
	return mother, father
}

func birth(m *maker) Dossier {
	mother, father := m.family()
	requester, relation := father, "father"
	if m.chance(35) {
		requester, relation = mother, "mother"
	}
	child := m.person(pick(m, "male", "female"), 1, 2).relative(father)
	born := m.before(4, 55)
	d := Dossier{Case: "normal", Applicant: requester}
	d.Answers = with(
		requester.block("requester_"), mother.block("mother_"), father.block("father_"), m.contact(requester), m.parents(mother, father),
		map[string]any{
			"relation_to_child": relation, "birth_case": "both_known", "registration_kind": "on_time",
			"child_name": child.Name, "child_birth_date": born, "child_sex": child.Sex, "child_ethnicity": father.Ethnicity, "child_nationality": "VN",
			"birth_place_kind": "domestic", "birth_facility": pick(m, "Bệnh viện Nguyễn Đình Chiểu", "Trung tâm Y tế khu vực Châu Thành", "Bệnh viện Minh Đức", "Trạm Y tế xã Giao Long", "Bệnh viện Đa khoa Vĩnh Long"),
			"birth_place": place{"28777", ""}.address("Phường An Hội"), "hometown": father.hometown(),
			"birth_proof_kind":    map[string]any{"state": "provided", "paper": "Giấy chứng sinh"},
			"birth_notice_number": m.digits(4) + "/GCS", "birth_notice_date": born,
		})
	if m.chance(40) {
		d.Answers["wants_copies"], d.Answers["copies_count"] = "yes", 1+m.IntN(3)
	} else {
		d.Answers["wants_copies"] = "no"
	}
	d.Papers = []Paper{
		{File: "Giấy chứng sinh.jpg", Component: "p1", Originals: 1, Title: "GIẤY CHỨNG SINH", Lines: []string{"Họ và tên mẹ: " + mother.Name, "Số định danh: " + mother.ID, "Đã sinh con vào ngày " + vn(born), "Giới tính của con: " + child.SexVI(), "Dự định đặt tên con: " + child.Name}},
		m.idCard(requester, "p5"),
	}
	d.States = states(nil, byData, "p6")
	return d
}

func (p place) address(detail string) map[string]any {
	return map[string]any{"country": "VN", "province_code": "86", "commune_code": p.code, "detail": detail}
}

func (p Person) hometown() map[string]any {
	return map[string]any{"country": "VN", "province_code": "86", "commune_code": p.Commune.code}
}

func (m *maker) parents(mother, father Person) map[string]any {
	out := map[string]any{
		"mother_ethnicity": mother.Ethnicity, "father_ethnicity": father.Ethnicity, "mother_nationality": "VN", "father_nationality": "VN",
		"mother_deceased": false, "father_deceased": false, "parents_married": "no",
	}
	if m.chance(85) {
		year := pick(m, "2021", "2022", "2023", "2024", "2025")
		out["parents_married"] = "yes"
		out["marriage_cert_number"] = m.number(year)
		out["marriage_cert_date"] = year + pick(m, "-01-15", "-03-08", "-05-20", "-11-11", "-12-24")
		out["marriage_cert_place"] = father.Commune.committee()
	}
	return out
}

func death(m *maker) Dossier {
	gone := m.person(pick(m, "male", "female"), 62, 94)
	requester := m.person(pick(m, "male", "female"), 30, 58).relative(gone)
	died := m.before(1, 13)
	d := Dossier{Case: "home", Applicant: requester, Note: ""}
	d.Answers = with(requester.block("requester_"), gone.block("deceased_"), m.contact(requester), map[string]any{
		"relation_to_deceased": pick(m, "child", "child", "child", "grandchild"), "deceased_sex": gone.Sex, "deceased_ethnicity": gone.Ethnicity, "deceased_nationality": "VN",
		"registration_kind": "on_time", "death_date": died, "death_hour": m.IntN(24), "death_minute": 5 * m.IntN(12), "death_place_kind": "domestic",
		"death_place": gone.Address(), "death_cause": pick(m, "Già yếu", "Già yếu", "Bệnh tim", "Tai biến mạch máu não", "Ung thư gan", "Suy thận mạn"),
		"death_notice_kind":   map[string]any{"state": "provided", "paper": "Giấy báo tử"},
		"death_notice_number": m.digits(2) + "/GBT-UBND", "death_notice_issuer": gone.Commune.committee(), "death_notice_date": died, "wants_copies": "yes", "copies_count": 1 + m.IntN(4),
	})
	d.Papers = []Paper{
		{File: "Giấy báo tử.jpg", Component: "p1", Originals: 1, Title: "GIẤY BÁO TỬ", Lines: []string{"Họ, chữ đệm, tên người chết: " + gone.Name, "Số định danh cá nhân: " + gone.ID, "Đã chết vào ngày " + vn(died), "Nơi chết: " + gone.Line()}},
		m.idCard(requester, "p5"),
	}
	d.States = states(states(nil, lookUp, "p3"), notHere, "p2", "p4")
	return d
}

func marital(m *maker) Dossier {
	p := m.person(pick(m, "male", "female"), 20, 55)
	d := Dossier{Applicant: p}
	d.Answers = with(p.block("requester_"), p.block("subject_"), m.contact(p), map[string]any{
		"relation_to_subject": "self", "subject_sex": p.Sex, "subject_ethnicity": p.Ethnicity, "subject_nationality": "VN", "marital_status": "never", "reissue": "no",
	})
	if m.chance(55) {
		d.Case = "marriage"
		other := m.person(map[string]string{"male": "female", "female": "male"}[p.Sex], 20, 45)
		d.Answers = with(d.Answers, map[string]any{
			"purpose_kind": "marry_vn", "purpose_text": "Đăng ký kết hôn với " + other.Name, "partner_name": other.Name, "partner_birth_date": other.Birth,
			"partner_id": other.ID, "partner_nationality": "VN", "marriage_place": other.Commune.committee(),
		})
	} else {
		d.Case = "other_purpose"
		d.Answers = with(d.Answers, map[string]any{"purpose_kind": "other", "purpose_text": pick(m,
			"Vay vốn ngân hàng (không có giá trị đăng ký kết hôn)", "Mua bán, chuyển nhượng đất (không có giá trị đăng ký kết hôn)", "Hồ sơ xin việc (không có giá trị đăng ký kết hôn)")})
	}
	d.Papers = []Paper{m.idCard(p, "p4")}
	if m.chance(30) {
		d.Answers = with(d.Answers, map[string]any{"marital_status": "divorced", "divorce_number": m.number("2024") + "/QĐST-HNGĐ", "divorce_date": "2024-0" + pick(m, "3-12", "5-27", "8-06", "9-19"), "divorce_court": pick(m, "Tòa án nhân dân huyện Châu Thành, tỉnh Bến Tre", "Tòa án nhân dân thành phố Bến Tre")})
		d.Papers = append(d.Papers, Paper{File: "Quyết định ly hôn.jpg", Component: "p2", Copies: 1, Title: "QUYẾT ĐỊNH CÔNG NHẬN THUẬN TÌNH LY HÔN", Lines: []string{"Số: " + d.Answers["divorce_number"].(string), "Người yêu cầu: " + p.Name}})
	}
	d.States = states(states(nil, byData, "p5"), notHere, "p1", "p3")
	return d
}
