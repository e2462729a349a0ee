package syncproto

import "crypto/ed25519"

// What a long run of the simulation is built with something else for (see
// internal/sim/signatures) stands in this file: sign and valid, the only places where a
// signature is made or checked, for which it has a model; and openPage, whose results it
// remembers, because fifty offices of one process read the same pages.
func sign(key ed25519.PrivateKey, message []byte) []byte { return ed25519.Sign(key, message) }

func valid(key ed25519.PublicKey, message, sig []byte) bool {
	return ed25519.Verify(key, message, sig)
}

func openPage(s SealedPage, portal ed25519.PublicKey, dicts Dicts, lim Limits) (FeedPage, error) {
	return readPage(s, portal, dicts, lim)
}
