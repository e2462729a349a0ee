// Package demo tells the life of twelve dossiers with the real programs: a portal, an agent, a
// kiosk, each its own process, and a bad line between them.
//
// It promises that what it prints happened: it files through the same HTTP calls as the
// screens, cuts and raises the line between agent and portal, kills the agent, and compares
// every digest the kiosk stored with what the province holds. It returns nil only if every
// dossier is at the province exactly once and every byte of every scan arrived.
//
// It refuses to touch a data directory that is not its own: everything lives in one temporary
// directory, which is removed at the end. Whoever it starts it stops and waits for. A power
// cut leaves that directory and nothing else.
package demo
