package syncproto

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// SessionKey makes and checks session tokens without a table: any process of the
// portal that holds the key accepts any other's. A token is 32 bytes: device id
// (16) ‖ expiry in unix minutes (4) ‖ the first 12 bytes of an HMAC-SHA256.
//
// A token names a device and nothing else. Whether that device may still speak
// is looked up at every request, so revoking needs no list of tokens. Drawing a
// new key ends every session; devices then sign a hello (CodeSession).
type SessionKey [32]byte

// Issue makes a token that ends at untilMS (unix ms, the portal's clock).
func (k SessionKey) Issue(device DeviceID, untilMS int64) []byte {
	t := append([]byte(nil), device[:]...)
	t = binary.BigEndian.AppendUint32(t, uint32(untilMS/60_000))
	return append(t, k.mac(t)...)
}

func (k SessionKey) mac(head []byte) []byte {
	m := hmac.New(sha256.New, k[:])
	m.Write([]byte(tagSession))
	m.Write(head)
	return m.Sum(nil)[:12]
}

// Check gives the device of a token that this key issued and that has not ended.
// Everything else is the correction "sign a hello".
func (k SessionKey) Check(token []byte, nowMS int64) (DeviceID, error) {
	if len(token) != MaxSession || !hmac.Equal(token[20:], k.mac(token[:20])) {
		return DeviceID{}, NewProblem(Correction, CodeSession, "unknown session")
	}
	if nowMS/60_000 > int64(binary.BigEndian.Uint32(token[16:20])) {
		return DeviceID{}, NewProblem(Correction, CodeSession, "session has ended")
	}
	return DeviceID(token[:16]), nil
}
