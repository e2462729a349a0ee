package agent

import (
	"context"
	"hash/fnv"
	"net"
	"slices"
	"time"
)

// watchLink tells when the machine's network came or went, by its addresses: a modem
// that dialled again, a cable, another Wi-Fi. It costs nothing and asks nobody.
func (o *Office) watchLink(ctx context.Context, link chan<- bool) {
	t := time.NewTicker(linkEvery)
	defer t.Stop()
	last, _ := addresses()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		now, up := addresses()
		if now == last {
			continue
		}
		last = now
		select {
		case link <- up:
		case <-ctx.Done():
			return
		}
	}
}

// addresses is a sum over the machine's own addresses; up when there is one beyond
// loopback. What cannot be read counts as unchanged silence: the courier tries anyway.
func addresses() (sum uint64, up bool) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return 0, true
	}
	var texts []string
	for _, a := range list {
		n, ok := a.(*net.IPNet)
		if !ok || n.IP.IsLoopback() || n.IP.IsLinkLocalUnicast() {
			continue
		}
		texts = append(texts, n.String())
	}
	slices.Sort(texts)
	h := fnv.New64a()
	for _, s := range texts {
		h.Write([]byte(s + "\n"))
	}
	return h.Sum64(), len(texts) > 0
}
