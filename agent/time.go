package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"bendo/internal/clock"
	"bendo/internal/ledger"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// secondAfter is when a signed time that is more than a day away is asked for again: two answers an
// hour apart that agree are believed without a person.
const secondAfter = time.Hour

// secondAnswer asks the province for its time once more when an answer has waited long enough. A
// session may live for hours without a word about the time, so nobody else asks. Without a line the
// next minute asks again.
func (o *Office) secondAnswer(ctx context.Context) error {
	if o.Clock.Report().SecondMS < secondAfter.Milliseconds() {
		return nil
	}
	id, err := o.Book.Identity(ctx)
	if errors.Is(err, ledger.ErrNotEnrolled) {
		return nil
	}
	if err != nil {
		return err
	}
	client, err := synchttp.New(synchttp.Config{Base: id.Portal, Trust: synchttp.Trust{CA: id.CA}, Now: o.Clock.Handshake, Proxy: o.Proxy})
	if err != nil {
		return err
	}
	defer client.CloseConnections()
	answer, err := askTime(ctx, client)
	if err == nil {
		err = answer.Verify(answer.Nonce, id.PortalKey)
	}
	if syncproto.ProblemOf(err) != nil {
		return nil // no line, or somebody else's answer: the courier tells staff
	}
	if err != nil {
		return err
	}
	if err := (timepiece{o.Clock, o.Log}).Observe(ctx, answer); err != nil && !errors.Is(err, clock.ErrReplay) {
		return err
	}
	return nil
}

// askTime asks for signed time; the answer carries the nonce of this question, its signature is the
// caller's to check. The certificate's dates are not judged.
func askTime(ctx context.Context, client *synchttp.Client) (syncproto.TimeAnswer, error) {
	nonce, err := syncproto.NewRequestID(rand.Reader)
	if err != nil {
		return syncproto.TimeAnswer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, enrolTimeout)
	defer cancel()
	answer, err := client.Time(ctx, nonce)
	if err == nil && answer.Nonce != nonce {
		err = syncproto.NewProblem(syncproto.Intercepted, syncproto.CodeNoEcho, "signed time answers another question")
	}
	return answer, err
}

// enrolClient reaches the portal that the code pins. A machine that woke in 1970 or 2036 knows no
// key yet that could sign it the time, and somebody stands before it who can only be told to mend
// the clock: so where the certificate would be right at another time, the time of whoever holds the
// pinned authority's certificate is taken for this one handshake. It is not stored; the enrolment's
// answer brings the first signed time.
func (o *Office) enrolClient(ctx context.Context, portal string, pin syncproto.Pin, ask func(*synchttp.Client) error) error {
	open := func(now func() time.Time) (*synchttp.Client, error) {
		return synchttp.New(synchttp.Config{Base: portal, Trust: synchttp.Trust{Pin: &pin}, Now: now, Proxy: o.Proxy})
	}
	client, err := open(o.Clock.Time)
	if err != nil {
		return err
	}
	defer client.CloseConnections()
	err = ask(client)
	if p := syncproto.ProblemOf(err); p == nil || p.Kind != syncproto.Clock {
		return err
	}
	answer, asked := askTime(ctx, client)
	if asked != nil {
		return err
	}
	o.Log.Warn("this machine's clock does not fit the portal's certificate; the portal's time is used to enrol",
		"machine", o.Clock.Time().UTC().Format(time.RFC3339), "portal", time.UnixMilli(answer.At).UTC().Format(time.RFC3339))
	again, err := open(func() time.Time { return time.UnixMilli(answer.At) })
	if err != nil {
		return fmt.Errorf("enrolling by the portal's time: %w", err)
	}
	defer again.CloseConnections()
	return ask(again)
}
