package catalog

import "bendo/internal/queue/plan"

// queueFile says for what the offices give queue numbers. A pack may do without it.
const queueFile = "queue.json"

// Queue is the plan of queue numbers in force: the pack's, else the built-in one.
func (p *Pack) Queue() plan.Plan {
	if p.queue == nil {
		return plan.Default()
	}
	return *p.queue
}

// queue reads queue.json where the manifest names one; earlier packs have none.
func (r *reader) queue() error {
	raw, there := r.files[queueFile]
	if !there {
		return nil
	}
	read, err := plan.Parse(raw)
	if err != nil {
		return err
	}
	r.pack.queue = &read
	return nil
}
