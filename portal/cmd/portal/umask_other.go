//go:build !unix

package main

// privateFiles: files get the rights of their directory here.
func privateFiles() {}
