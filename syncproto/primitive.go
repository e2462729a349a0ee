package syncproto

import "crypto/ed25519"

// sign and valid are the only places where a signature is made or checked. They stand in
// a file of their own, so that a run of the simulation may be built with a model of them
// (see internal/sim/signatures).
func sign(key ed25519.PrivateKey, message []byte) []byte { return ed25519.Sign(key, message) }

func valid(key ed25519.PublicKey, message, sig []byte) bool {
	return ed25519.Verify(key, message, sig)
}
