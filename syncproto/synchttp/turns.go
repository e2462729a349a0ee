package synchttp

import "sync"

// turns tells those who came too early when another of the same name has ended.
type turns struct {
	mu   sync.Mutex
	next map[string]chan struct{} // closed at the next end; guarded by mu
}

// watch gives what will be closed at the next end of the name.
func (t *turns) watch(name string) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == nil {
		t.next = map[string]chan struct{}{}
	}
	if t.next[name] == nil {
		t.next[name] = make(chan struct{})
	}
	return t.next[name]
}

// end wakes whoever watches; nothing of the name is kept.
func (t *turns) end(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.next[name]; c != nil {
		close(c)
		delete(t.next, name)
	}
}
