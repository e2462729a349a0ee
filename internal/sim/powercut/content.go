package powercut

import "maps"

const (
	pageSize   = 4096
	sectorSize = 512
)

// page is never changed once it is in a content: copies of a content share it.
type page = [pageSize]byte

// content is the bytes of a file; pages that are missing read as zeros.
type content struct {
	size  int64
	pages map[int64]*page
}

func (c content) clone() content { return content{c.size, maps.Clone(c.pages)} }

func (c *content) write(off int64, p []byte) {
	if c.pages == nil {
		c.pages = map[int64]*page{}
	}
	for len(p) > 0 {
		n, at := off/pageSize, off%pageSize
		fresh := new(page)
		if old := c.pages[n]; old != nil && (at != 0 || len(p) < pageSize) {
			*fresh = *old
		}
		done := copy(fresh[at:], p)
		c.pages[n] = fresh
		p, off = p[done:], off+int64(done)
	}
	c.size = max(c.size, off)
}

func (c *content) truncate(size int64) {
	for n, old := range c.pages {
		switch start := n * pageSize; {
		case start >= size:
			delete(c.pages, n)
		case start+pageSize > size:
			fresh := new(page)
			copy(fresh[:size-start], old[:])
			c.pages[n] = fresh
		}
	}
	c.size = size
}

// read fills p from off and says how many bytes there were.
func (c *content) read(off int64, p []byte) int {
	if off >= c.size {
		return 0
	}
	p = p[:min(int64(len(p)), c.size-off)]
	for done := 0; done < len(p); {
		at := off + int64(done)
		part := p[done:min(len(p), done+int(pageSize-at%pageSize))]
		if one := c.pages[at/pageSize]; one != nil {
			copy(part, one[at%pageSize:])
		} else {
			clear(part)
		}
		done += len(part)
	}
	return len(p)
}

// blocks is how many bytes of the disk the content takes.
func (c *content) blocks() int64 { return int64(len(c.pages)) * pageSize }

// piece is a change of a file's bytes that was not flushed yet: a write, or a new length.
type piece struct {
	off    int64
	data   []byte
	cut    bool // a new length instead of a write
	length int64
}

func (p piece) apply(c *content) {
	if p.cut {
		c.truncate(p.length)
		return
	}
	c.write(p.off, p.data)
}
