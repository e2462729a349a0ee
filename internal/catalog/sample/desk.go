package sample

import "strings"

type document struct{ kind, title string }

var documents = []document{{"degree", "Bằng tốt nghiệp trung học phổ thông"}, {"degree", "Bằng tốt nghiệp cao đẳng"}, {"birth", "Giấy khai sinh"}, {"marriage", "Giấy chứng nhận kết hôn"},
	{"id", "Thẻ căn cước"}, {"land", "Giấy chứng nhận quyền sử dụng đất"}, {"licence", "Giấy phép lái xe hạng A1"}, {"vehicle", "Giấy đăng ký xe mô tô"}, {"residence", "Xác nhận thông tin về cư trú"}, {"medical", "Giấy ra viện"}}

func copies(m *maker) Dossier {
	p := m.person(pick(m, "male", "female"), 18, 60)
	d := Dossier{Case: "paper", Applicant: p}
	var rows []any
	for range 1 + m.IntN(3) {
		doc := pick(m, documents...)
		rows = append(rows, map[string]any{"doc_kind": doc.kind, "doc_title": doc.title, "issuer_kind": "vn", "doc_pages": 1 + m.IntN(4), "doc_copies": 1 + m.IntN(5),
			"electronic_copy": false, "own_photocopy": m.chance(50), "original_shown": "paper"})
		d.Papers = append(d.Papers, Paper{File: doc.title + ".jpg", Component: "p1", Originals: 1, Title: strings.ToUpper(doc.title), Lines: []string{"Họ và tên: " + p.Name, "Ngày sinh: " + vn(p.Birth), "Số: " + m.digits(6)}})
	}
	seen := map[string]bool{}
	copied := d.Papers[0]
	copied.File, copied.Component, copied.Originals, copied.Copies = "Bản photo "+copied.File, "p2", 0, 1
	d.Papers = append(d.Papers, copied)
	d.Papers = keep(d.Papers, func(x Paper) bool { was := seen[x.File]; seen[x.File] = true; return !was })
	d.Answers = with(m.contact(p), map[string]any{"requester_name": p.Name, "requester_id_number": p.ID, "requester_address": p.Address(), "requester_phone": p.Phone, "owner_is_other": m.chance(20), "documents": rows})
	return d
}

func keep[T any](list []T, ok func(T) bool) []T {
	var out []T
	for _, x := range list {
		if ok(x) {
			out = append(out, x)
		}
	}
	return out
}

func stay(m *maker) Dossier {
	p := m.person(pick(m, "male", "female"), 19, 50)
	p.Commune = giaoLong
	until := iso(m.day.AddDate(1, m.IntN(10), 0))
	d := Dossier{Case: "rent", Applicant: p}
	d.Answers = with(m.contact(p), map[string]any{
		"declarant_is": "self", "declarant_name": p.Name, "declarant_id": p.ID, "fee_exemption": "none", "person_name": p.Name, "person_birth_date": p.Birth, "person_sex": p.Sex, "person_id": p.ID,
		"phone": p.Phone, "is_head": true, "head_name": p.Name, "head_id": p.ID, "head_relation": "head", "new_address": p.Address(), "dwelling_kind": "rent", "temp_from": m.before(0, 20), "temp_until": until,
		"request_content": "Đăng ký tạm trú tại " + p.Line() + " đến ngày " + vn(until), "legal_capacity_limited": false,
		"dwelling_proof": map[string]any{"state": "provided", "paper": "Hợp đồng, văn bản cho thuê, mượn, ở nhờ"},
	})
	if m.chance(45) {
		spouse := m.person(map[string]string{"male": "female", "female": "male"}[p.Sex], 19, 45)
		d.Answers["members"] = []any{map[string]any{"member_name": spouse.Name, "member_birth_date": spouse.Birth, "member_sex": spouse.Sex, "member_id": spouse.ID, "member_relation": "spouse"}}
	}
	owner := m.person("female", 35, 70)
	d.Papers = []Paper{
		{File: "Tờ khai CT01.jpg", Component: "p1", Originals: 1, Title: "TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ", Lines: []string{"1. Họ, chữ đệm và tên: " + p.Name, "2. Ngày, tháng, năm sinh: " + vn(p.Birth), "4. Số định danh cá nhân: " + p.ID, "10. Nội dung đề nghị: đăng ký tạm trú"}},
		{File: "Hợp đồng thuê phòng trọ.jpg", Component: "p2", Originals: 1, Title: "HỢP ĐỒNG THUÊ PHÒNG TRỌ", Lines: []string{"Bên cho thuê: " + owner.Name, "Bên thuê: " + p.Name, "Địa chỉ: " + p.Line(), "Thời hạn thuê đến ngày " + vn(until)}},
	}
	d.States = states(nil, notHere, "p3")
	return d
}

func assistance(m *maker) Dossier {
	p := m.person(pick(m, "male", "female"), 17, 70)
	d := Dossier{Case: "disabled", Applicant: p}
	d.Answers = with(m.contact(p), map[string]any{
		"request_kind": "new", "beneficiary_group": "k6_disabled", "b_name": p.Name, "b_birth_date": p.Birth, "b_sex": p.Sex, "b_ethnicity": p.Ethnicity, "b_id": p.ID, "b_id_issue_date": p.Issue, "b_id_issue_place": p.issuer(),
		"b_permanent": p.Address(), "b_current": p.Address(), "b_lives_with": pick(m, "Ở với cha mẹ", "Ở với con gái út", "Ở với vợ chồng người con trai", "Ở một mình, cháu qua lại chăm sóc"), "b_phone": p.Phone,
		"school_status": pick(m, "none", "left"), "school_detail": pick(m, "Nghỉ học từ lớp 5 vì đi lại khó khăn", "Không đi học", "Nghỉ từ lớp 9"), "has_health_insurance": pick(m, "yes", "yes", "no"), "poor_household": pick(m, "no", "near_poor", "poor"),
		"dis_cert_number": m.digits(3) + "/GXN", "dis_cert_date": m.before(20, 900), "dis_cert_place": "UBND xã Giao Long", "dis_kinds": []any{pick(m, "mobility", "vision", "hearing_speech", "mental")}, "dis_level": pick(m, "severe", "severe", "extreme"),
		"self_care": pick(m, "partly", "no"), "works": "no", "work_detail": "Không làm việc được", "marital": pick(m, "Chưa kết hôn", "Góa", "Có vợ chồng"), "direct_carer": m.name("female"),
		"pay_method": "cash", "receiver_is_other": false, "has_proxy": false,
	})
	if m.chance(50) {
		d.Answers = with(d.Answers, map[string]any{"pay_method": "bank", "bank_name": pick(m, "Agribank", "Vietcombank", "BIDV", "VietinBank", "Sacombank"), "bank_account": m.digits(13)})
	}
	if m.chance(45) {
		proxy := m.person(pick(m, "male", "female"), 25, 60).relative(p)
		d.Submitter = &proxy
		d.Answers = with(d.Answers, map[string]any{"has_proxy": true, "proxy_name": proxy.Name, "proxy_id": proxy.ID, "proxy_id_issue_date": proxy.Issue, "proxy_id_issue_place": proxy.issuer(), "proxy_relation": pick(m, "parent", "child", "sibling"), "proxy_address": proxy.Address()})
	}
	d.Papers = []Paper{
		{File: "Tờ khai trợ giúp xã hội.jpg", Component: "p1", Originals: 1, Title: "TỜ KHAI ĐỀ NGHỊ TRỢ GIÚP XÃ HỘI", Lines: []string{"1. Họ và tên: " + p.Name, "Ngày/tháng/năm sinh: " + vn(p.Birth), "2. Nơi thường trú: " + p.Line()}},
		m.idCard(p, "p2"),
		{File: "Giấy xác nhận khuyết tật.jpg", Component: "p3", Copies: 1, Title: "GIẤY XÁC NHẬN KHUYẾT TẬT", Lines: []string{"Số: " + d.Answers["dis_cert_number"].(string), "Họ và tên: " + p.Name, "Mức độ khuyết tật: nặng"}},
	}
	d.States = states(nil, notHere, "p4")
	return d
}

type trade struct{ name, code, sign string }

var trades = []trade{{"Bán lẻ lương thực, thực phẩm, đồ uống", "4711", "TẠP HÓA"}, {"Dịch vụ ăn uống", "5610", "QUÁN ĂN"}, {"Sửa chữa mô tô, xe máy", "4542", "SỬA XE"}, {"Cắt tóc, gội đầu", "9631", "TIỆM TÓC"},
	{"Bán lẻ hàng may mặc", "4771", "SHOP QUẦN ÁO"}, {"Bán buôn dừa và trái cây", "4620", "VỰA DỪA"}, {"May trang phục", "1410", "TIỆM MAY"}, {"Dịch vụ phục vụ đồ uống", "5630", "CÀ PHÊ"}}

func business(m *maker) Dossier {
	p := m.person(pick(m, "male", "female"), 22, 60)
	p.Commune = giaoLong
	words := strings.Fields(p.Name)
	tr := pick(m, trades...)
	rows := []any{map[string]any{"activity_name": tr.name, "activity_code": tr.code, "activity_main": true}}
	if m.chance(30) {
		second := pick(m, trades...)
		rows = append(rows, map[string]any{"activity_name": second.name, "activity_code": second.code, "activity_main": false})
	}
	d := Dossier{Case: "individual", Applicant: p}
	d.Answers = with(m.contact(p), map[string]any{
		"owner_name": p.Name, "owner_birth_date": p.Birth, "owner_sex": p.Sex, "owner_id": p.ID, "owner_phone": p.Phone, "owner_ethnicity": p.Ethnicity, "owner_nationality": "VN", "owner_permanent": p.Address(), "owner_current": p.Address(),
		"business_name": "HỘ KINH DOANH " + tr.sign + " " + strings.ToUpper(strings.Join(words[len(words)-2:], " ")), "hq_address": p.Address(), "hq_phone": p.Phone, "no_business_at_hq": false, "activities": rows,
		"capital_number": (2 + m.IntN(60)) * 5_000_000, "start_date": iso(m.day.AddDate(0, 0, 5+m.IntN(40))), "labour_count": 1 + m.IntN(4), "founder_kind": "individual",
	})
	d.Papers = []Paper{{File: "Giấy đề nghị đăng ký hộ kinh doanh.jpg", Component: "p1", Originals: 1, Title: "GIẤY ĐỀ NGHỊ ĐĂNG KÝ HỘ KINH DOANH", Lines: []string{"Tôi là: " + strings.ToUpper(p.Name), "Số định danh cá nhân: " + p.ID, "Tên: " + d.Answers["business_name"].(string), "Ngành, nghề: " + tr.name}}}
	d.States = states(nil, notHere, "p2", "p3", "p4")
	return d
}

// stories of neighbours; the names in them are filled in.
var stories = []struct{ kind, origin, use, events, cause, request string }{
	{"boundary", "Đất do cha mẹ để lại từ năm 1985.", "Gia đình tôi trồng dừa từ năm 1990 đến nay.", "Tháng 8 năm nay hộ bên cạnh cắm trụ ranh mới, lấn sang phần đất trồng dừa của tôi khoảng một mét theo suốt chiều dài thửa đất.", "Ranh cũ là hàng dừa đã đốn nên không còn dấu.", "Đề nghị đo lại ranh đất theo bản đồ và dời trụ về ranh cũ."},
	{"access", "Mua lại của người quen năm 2003, có giấy tay.", "Tôi ở và đi lối này từ năm 2003.", "Chủ đất phía trước rào lối đi chung từ ngày 10 tháng 9, gia đình tôi phải đi nhờ bờ mương, mùa nước không đi được.", "Hai bên không thống nhất bề rộng lối đi.", "Đề nghị mở lại lối đi chung rộng hai mét như trước."},
	{"inheritance", "Đất của ông bà, chưa chia.", "Anh em tôi cùng canh tác, từ năm 2015 em út đứng ra làm.", "Sau khi mẹ mất, em út làm hàng rào quanh cả thửa và không cho các anh chị vào thu hoạch bưởi da xanh.", "Cha mẹ mất không để lại di chúc.", "Đề nghị hòa giải để chia đất đều cho bốn anh em."},
	{"boundary", "Nhà nước cấp năm 1994.", "Nuôi tôm một vụ, trồng lúa một vụ từ đó đến nay.", "Hộ giáp ranh nạo vét mương bằng máy làm sạt bờ, mất của tôi khoảng nửa mét đất dọc mương.", "Máy đào sát ranh, không báo trước.", "Đề nghị đắp lại bờ mương và giữ ranh như bản đồ."},
}

func mediation(m *maker) Dossier {
	p := m.person(pick(m, "male", "female"), 30, 75)
	p.Commune = giaoLong
	other := m.person(pick(m, "male", "female"), 30, 70).at(p)
	st := pick(m, stories...)
	area := 300 + 10*m.IntN(400)
	d := Dossier{Applicant: p}
	if st.kind != "inheritance" {
		d.Case = st.kind
	} else {
		d.Case = "family_inheritance"
	}
	d.Answers = with(m.contact(p), map[string]any{
		"applicants":     []any{map[string]any{"a_name": p.Name, "a_birth_date": p.year(), "a_id": p.ID, "a_address": p.Address(), "a_phone": p.Phone}},
		"opponents":      []any{map[string]any{"o_name": other.Name, "o_address": other.Address(), "o_relation": pick(m, "neighbour", "neighbour", "family")}},
		"parcel_address": p.Address(), "parcel_number": m.digits(3), "map_sheet": m.digits(2), "parcel_area": area, "disputed_area": 10 + m.IntN(area/8), "land_type": pick(m, "garden", "garden", "residential", "rice"),
		"certificate_status": "applicant", "certificate_number": pick(m, "BK ", "CĐ ", "CS ", "DA ") + m.digits(6), "dispute_kind": st.kind, "origin": st.origin, "use_history": st.use, "events": st.events, "cause": st.cause,
		"self_settlement": pick(m, "self", "grassroots"), "request": st.request, "interpreter_needed": "none",
		"evidence_papers": []any{map[string]any{"state": "provided", "paper": "Giấy chứng nhận quyền sử dụng đất"}, map[string]any{"state": "provided", "paper": "Ảnh hiện trạng"}},
	})
	d.Papers = []Paper{
		{File: "Đơn yêu cầu hòa giải.jpg", Component: "p1", Originals: 1, Title: "ĐƠN YÊU CẦU HÒA GIẢI TRANH CHẤP ĐẤT ĐAI", Lines: []string{"Người yêu cầu: " + p.Name, "Người bị yêu cầu: " + other.Name, st.origin, st.request}},
		{File: "Sổ đỏ trang 1.jpg", Component: "p2", Copies: 1, Title: "GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT", Lines: []string{"Ông/Bà: " + p.Name, "Số: " + d.Answers["certificate_number"].(string), "Địa chỉ thửa đất: " + p.Line()}},
		{File: "Ảnh hiện trạng ranh đất.jpg", Component: "p2", Copies: 1, Title: "ẢNH HIỆN TRẠNG", Lines: []string{"Chụp ngày " + m.before(1, 20)}},
	}
	return d
}
