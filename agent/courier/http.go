package courier

import (
	"time"

	"bendo/syncproto/synchttp"
)

// Over makes a road of a client.
func Over(c *synchttp.Client) Road { return overHTTP{c} }

type overHTTP struct{ *synchttp.Client }

// Another is a client with connections of its own.
func (r overHTTP) Another(dial time.Duration) Road { return overHTTP{r.Client.Another(dial)} }
