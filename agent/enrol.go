package agent

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"bendo/internal/ledger"
	"bendo/internal/vietnam"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// enrolTimeout is for one attempt: a dial, a handshake and two kilobytes each way.
const enrolTimeout = 90 * time.Second

// Enrol makes this machine an office's book. The key and the id are made here; the code
// pins the portal. Asking again, after a lost answer or by mistake, gives the same book.
func (o *Office) Enrol(ctx context.Context, portal, code string) (ledger.Identity, error) {
	c, err := syncproto.ParseCode(code)
	if err != nil {
		return ledger.Identity{}, fmt.Errorf("the code was not typed correctly: %w", err)
	}
	key, err := o.Keys.DeviceKey() // durable before the portal hears of it
	if err != nil {
		return ledger.Identity{}, err
	}
	var resp syncproto.EnrolResponse
	err = o.enrolClient(ctx, portal, c.Pin, func(client *synchttp.Client) (err error) {
		resp, err = o.ask(ctx, client, c, key)
		return err
	})
	if err != nil {
		return ledger.Identity{}, o.explain(ctx, err)
	}
	id, err := identityOf(resp, portal)
	if err != nil {
		return ledger.Identity{}, err
	}
	// A crash before this: the next run gets the same answer. After: enrolled.
	if err := o.Book.SetIdentity(ctx, id); err != nil {
		return ledger.Identity{}, err
	}
	if err := (timepiece{o.Clock, o.Log}).Observe(ctx, resp.Time); err != nil {
		o.Log.Warn("the machine's clock and the province's differ; look at the status", "error", err)
	}
	return o.Book.Identity(ctx)
}

func (o *Office) ask(ctx context.Context, client *synchttp.Client, c syncproto.Code, key ed25519.PrivateKey) (syncproto.EnrolResponse, error) {
	id, err := syncproto.NewRequestID(rand.Reader)
	if err != nil {
		return syncproto.EnrolResponse{}, err
	}
	name, err := os.Hostname()
	if err != nil || len(name) > 64 {
		name = "" // only a hint for IT
	}
	req := syncproto.SignEnrol(syncproto.EnrolRequest{ID: id, Secret: c.Secret, Device: device(key.Public().(ed25519.PublicKey)),
		Name: name, Program: o.Program, Proto: syncproto.Proto}, key)
	ctx, cancel := context.WithTimeout(ctx, enrolTimeout)
	defer cancel()
	return client.Enrol(ctx, req)
}

// explain says what to do. A machine that is enrolled already is told so.
func (o *Office) explain(ctx context.Context, err error) error {
	p := syncproto.ProblemOf(err)
	if p == nil {
		return err
	}
	if id, e := o.Book.Identity(ctx); e == nil && p.Kind == syncproto.Auth {
		return fmt.Errorf("this machine is enrolled already (book %s at %s); a machine is enrolled once: %w", id.Book, id.Portal, err)
	}
	what := "try again later"
	switch {
	case p.Code == syncproto.CodeEnrolUsed:
		what = "the code was used by another machine; ask provincial IT for a new one"
	case p.Code == syncproto.CodeEnrolExpired, p.Code == syncproto.CodeEnrolCode:
		what = "the code is not known or has ended; ask provincial IT for a new one"
	case p.Kind == syncproto.Intercepted:
		what = "something other than the province's portal answered; check the address, and sign in to the network if it asks for it"
	case p.Kind == syncproto.Clock:
		what = "set this machine's clock, then try again"
	case p.Kind == syncproto.Version:
		what = "this program and the portal do not fit; update this program"
	case p.Kind == syncproto.Transient:
		what = "the portal could not be reached; check the line and try the same code again"
	}
	return fmt.Errorf("%s: %w", what, err)
}

func identityOf(r syncproto.EnrolResponse, portal string) (ledger.Identity, error) {
	if len(r.PortalKey) != ed25519.PublicKeySize {
		return ledger.Identity{}, errors.New("the enrolment answer has no portal key")
	}
	grant, err := json.Marshal(r.Grant)
	if err != nil {
		return ledger.Identity{}, err
	}
	enrolled, err := syncproto.EncodeEnrolled(r)
	if err != nil {
		return ledger.Identity{}, err
	}
	id := ledger.Identity{
		Device: r.Device, Book: r.Book, Epoch: r.Grant.Epoch, Prefix: r.Grant.SlipPrefix,
		CommuneCode: r.Commune, OfficeName: r.Office, CommuneName: r.Office, Portal: portal,
		CA: r.CA, PortalKey: r.PortalKey, Generation: r.Generation, FeedEpoch: r.Feed.Epoch,
		Grant: grant, EnrolledAt: r.Time.At, Replaces: r.Replaces, Enrolled: enrolled,
	}
	if r.Carry != "" {
		id.Carry = []string{r.Carry}
	}
	if r.Recovery != "" {
		id.Recovery = []string{r.Recovery}
	}
	if !r.Pack.IsZero() {
		id.Pack = r.Pack.SHA256.String()
	}
	if c, ok := vietnam.FindCommune(vietnam.CommuneCode(r.Commune)); ok {
		id.CommuneName = c.FullName()
		if p, ok := vietnam.FindProvince(c.Province); ok {
			id.ProvinceName = p.Name
		}
	}
	return id, nil
}
