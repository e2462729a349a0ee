package seal

// What the first release wrote, under testKey(1).
const (
	vectorRow    = "01d4e637756ca6ae70e01205c8dbd637dddf558557fc148218d8a019bb84427c70a7c2b51c"
	vectorStream = "424453016ec7c9f1387fc11f19bf84df2a3442427fe64c3c376beecbefc887484f328d732a5c72b3ddd494e7bb704a2c7c0821190d4426afaafa7671d33c5c"
)

var derivedVectors = map[string]string{
	"id":    "4368d94a19516e42",
	"index": "d4d0972429460465bdcefee6073e3f99",
	"name":  "f744a44ca223985172f5a8bf3d30e9452b045f7d79fc3aad9dd18fb8b0ca3a0b",
}
