//go:build !unix

package main

// privateFiles has nothing to do: files inherit the access list of the data directory.
func privateFiles() {}
