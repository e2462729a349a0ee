package bell

import (
	"syscall"
	"testing"

	"github.com/fsnotify/fsnotify"
)

// A system without watches leaves a listener that was rung once, hears nothing, and ends.
func TestDeaf(t *testing.T) {
	defer func() { newWatcher = fsnotify.NewWatcher }()
	newWatcher = func() (*fsnotify.Watcher, error) { return nil, syscall.EMFILE }
	dir := t.TempDir()
	l, err := Listen(dir)
	if err != nil || l.Deaf() == nil {
		t.Fatalf("%v, deaf %v", err, l.Deaf())
	}
	<-l.C()
	if err := Ring(dir); err != nil {
		t.Error(err)
	}
	select {
	case <-l.C():
		t.Error("a deaf listener heard a ring")
	default:
	}
	for range 2 {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
