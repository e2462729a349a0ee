package main

// privateFiles has nothing to do: on Windows the installer's access list on the data directory
// names the service's user, and files inherit it.
func privateFiles() {}
