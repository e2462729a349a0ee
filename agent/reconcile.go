package agent

import (
	"context"

	"bendo/internal/reconcile"
)

// Reconcile makes the signed sheet of a day as this office's book knows it.
func (o *Office) Reconcile(ctx context.Context, day reconcile.Day) (reconcile.Sheet, error) {
	id, err := o.Book.Identity(ctx)
	if err != nil {
		return reconcile.Sheet{}, err
	}
	key, err := o.Keys.EnrolledDeviceKey()
	if err != nil {
		return reconcile.Sheet{}, err
	}
	facts, err := o.Book.FiledOn(ctx, day)
	if err != nil {
		return reconcile.Sheet{}, err
	}
	now, quality := o.Clock.Now()
	s := reconcile.New(reconcile.Office, day, id.Book, facts)
	s.MadeAt, s.Clock, s.Commune, s.Device = now.UnixMilli(), quality.String(), id.CommuneCode, id.Device
	return s.Sign(key)
}
