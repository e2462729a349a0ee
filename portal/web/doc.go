// Package web is the portal's door for people: officers behind a sign-in, and
// the public status page.
//
// It promises: an officer's every question is limited to the officer's office,
// and what lies outside it is answered as if it did not exist; the public page
// tells a stranger nothing (an unknown slip and a wrong second fact get the same
// answer, five wrong tries per slip and hour); wrong tries are kept, so that a
// restart forgives nobody; nothing is cached and no request leaves the machine.
//
// It refuses requests from other sites, bodies that are not what they say, and a
// scan's wish to be shown as anything but a picture.
//
// It keeps nothing of its own: a power cut ends no session and loses no step.
//
// Cán bộ = officer, tra cứu = looking up, số phiếu = slip number.
package web
