// Command gen writes what the project keeps of generated data: the sample
// dossiers of the demo, the manifest of the pack, the training set of the road's preset dictionary, the
// held-out corpus its size is measured on, and the dictionary itself.
//
// It promises that the same command writes the same bytes with the same Go
// release. It refuses to write samples into a folder that is not empty. It is run by
// hand, never by a build; a run that is cut short is removed and run again.
package main

import (
	"errors"
	"fmt"
	"os"
)

const usage = `usage: go run ./internal/catalog/gen COMMAND
  dossiers DIR          12 sample dossiers with scans
  train DIR             payloads for zstd --train, one file each
  corpus FILE           held-out payloads, one a line
  dict ZSTD-DICT FILE   the content of a trained dictionary, ready for flate
  manifest DIR          write a pack's manifest anew after its files were edited
  measure FILE CORPUS   deflated size of every payload with the dictionary
`

var errUsage = errors.New("no such command, or not its arguments")

func main() {
	if err := run(os.Args[1:]); err != nil {
		if errors.Is(err, errUsage) {
			fmt.Fprint(os.Stderr, usage)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	commands := map[string]struct {
		args int
		fn   func(a []string) error
	}{"dossiers": {1, dossiers}, "train": {1, train}, "corpus": {1, corpus}, "dict": {2, dict}, "manifest": {1, manifest}, "measure": {2, measure}}
	if len(args) == 0 || commands[args[0]].fn == nil || len(args)-1 != commands[args[0]].args {
		return errUsage
	}
	return commands[args[0]].fn(args[1:])
}
