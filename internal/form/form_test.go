package form

import (
	"encoding/json"
	"strings"
	"testing"
)

const small = `{"code":"9.000001","version":"1","name":{"vi":"Tờ khai thử"},
"sections":[{"id":"s","title":{"vi":"Mục"},"fields":[
 {"id":"who","label":{"vi":"Ai"},"type":"enum","required":true,"options":[{"value":"a","label":{"vi":"A"}},{"value":"other","label":{"vi":"Khác"}}],"confidence":"verified","origin":"paper_form"},
 {"id":"who_other","label":{"vi":"Ghi rõ"},"type":"text","required":true,"when":{"text":{"vi":"khi khác"},"expr":"who == 'other'"},"confidence":"verified","origin":"paper_form"},
 {"id":"born","label":{"vi":"Ngày sinh"},"type":"partial_date","required":true,"validation":[{"expr":"value <= today()","code":"in_future","message":{"vi":"Sau hôm nay."}}],"confidence":"verified","origin":"paper_form"},
 {"id":"kind","label":{"vi":"Loại"},"type":"enum","required":true,"options":[{"value":"on_time","label":{"vi":"Đúng hạn"}},{"value":"late","label":{"vi":"Quá hạn"}}],"derive":"days_between(born, today()) <= 60 ? 'on_time' : 'late'","confidence":"verified","origin":"kiosk"},
 {"id":"docs","label":{"vi":"Giấy"},"type":"repeat","min_items":1,"max_items":3,"confidence":"verified","origin":"paper_form","items":[
   {"id":"pages","label":{"vi":"Trang"},"type":"integer","required":true,"confidence":"verified","origin":"paper_form"},
   {"id":"copies","label":{"vi":"Bản"},"type":"integer","required":true,"confidence":"verified","origin":"paper_form"},
   {"id":"fee","label":{"vi":"Phí"},"type":"money","derive":"certified_copy_fee(item.pages) * item.copies","read_only":true,"confidence":"verified","origin":"kiosk"}]},
 {"id":"total","label":{"vi":"Tổng"},"type":"money","derive":"sum(docs.fee)","read_only":true,"confidence":"verified","origin":"kiosk"}
]}]}`

func TestSmallForm(t *testing.T) {
	f, err := Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	v := Judge(f, map[string]any{"who": "other", "born": "2026-10", "docs": []any{map[string]any{"pages": 4, "copies": 3}, map[string]any{"pages": 1, "copies": 2}}}, Context{Today: "2026-11-22"})
	if got := strings.Join(v.Codes(), " "); got != "who_other:required" {
		t.Errorf("codes %q", got)
	}
	if v.Derived["total"] != 22000.0 || v.Derived["kind"] != "on_time" {
		t.Errorf("derived %v", v.Derived)
	}
	out, _ := json.Marshal(f)
	if _, err := Parse(out); err != nil {
		t.Errorf("the form as the browser gets it does not parse again: %v", err)
	}
}
