package web

import (
	"sync"

	"bendo/internal/vietnam"
	"bendo/portal/store"
	"bendo/syncproto"
)

// names remembers the applicants' names, folded for the search, so that a search
// opens a sealed card once and not with every key an officer presses. It holds
// what the process may read anyway, in memory only, of the offices that were
// searched last.
type names struct {
	mu      sync.Mutex
	offices map[string]*officeNames // guarded by mu
	clock   int64                   // guarded by mu
	held    int                     // names of all offices; guarded by mu
	most    int
}

type officeNames struct {
	used  int64
	known map[syncproto.DossierID]folded
}

// folded is a name as of one revision of its case.
type folded struct {
	revision int64
	name     string
}

// mostNames is about 60 MB.
const mostNames = 300_000

func newNames() *names { return &names{offices: map[string]*officeNames{}, most: mostNames} }

// of gives the folded name of a case; ok is false when it is not known as of
// this revision.
func (n *names) of(office string, line store.CaseLine) (name string, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	o := n.offices[office]
	if o == nil {
		return "", false
	}
	f, ok := o.known[line.ID]
	return f.name, ok && f.revision == line.Revision
}

func (n *names) learn(office string, cases []store.Case) {
	n.mu.Lock()
	defer n.mu.Unlock()
	o := n.offices[office]
	if o == nil {
		o = &officeNames{known: map[syncproto.DossierID]folded{}}
		n.offices[office] = o
	}
	n.clock++
	o.used = n.clock
	for _, c := range cases {
		if _, again := o.known[c.ID]; !again {
			n.held++
		}
		o.known[c.ID] = folded{c.Revision, vietnam.Fold(c.Card.Applicant)}
	}
	for n.held > n.most && len(n.offices) > 1 {
		n.forgetOldest()
	}
}

func (n *names) forgetOldest() {
	oldest := ""
	for office, o := range n.offices {
		if oldest == "" || o.used < n.offices[oldest].used {
			oldest = office
		}
	}
	n.held -= len(n.offices[oldest].known)
	delete(n.offices, oldest)
}
