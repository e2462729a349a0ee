package staff

import "sync"

// PracticeSecret is the password and PIN of everybody on the practice roster. It opens practice books only.
const PracticeSecret = "0000"

// Practice is the built-in roster by which staff practise on a machine without one: nobody on it exists, and
// it is signed by nobody, so no office's book ever takes it.
var Practice = sync.OnceValue(func() Roster {
	verifier := NewVerifier(PracticeSecret, Salt{}, Least)
	person := func(id, login, name string, roles ...Role) Member {
		return Member{ID: id, Login: login, Name: name, Roles: roles, Verifier: verifier}
	}
	return Roster{Commune: "00000", Version: 1, Issued: 1, Members: []Member{
		person("m-tap-su", "tap.su", "Tập Sự (một cửa)", Clerk),
		person("m-tap-chuyen", "tap.chuyen", "Tập Chuyên (chuyên môn)", Specialist),
		person("m-tap-truong", "tap.truong", "Tập Trưởng (lãnh đạo)", Head),
		person("m-tap-cong-an", "tap.congan", "Tập An (công an)", Police),
		person("m-tap-buu-dien", "tap.buudien", "Tập Bưu (bưu điện)", Post),
		person("m-tap-ho-tro", "tap.hotro", "Tập Giúp (hỗ trợ số)", Helper),
		person("m-tap-thanh-tra", "tap.thanhtra", "Tập Tra (kiểm tra)", Inspector),
	}}
})
