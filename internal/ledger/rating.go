package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/syncproto"
)

// Why a rating stands as it is.
var (
	ErrRated      = errors.New("the rating stands; it can no longer be changed")
	ErrRatedOften = errors.New("the rating was changed too often")
)

// Rating is a rating as the book keeps it.
type Rating struct {
	dossier.Rating
	// Stands: it can no longer be changed, because the province has signed for it or it is another book's.
	// One that is on its way, or that a province put back from a backup has not confirmed, may still be.
	Stands bool
}

// Opinion is what somebody touched: a score and chips; see package feedback.
type Opinion struct {
	Score   int
	Reasons []string
}

// Rate keeps the rating of a dossier of this book. The same again is harmless; another one
// replaces it until the province has acknowledged it (ErrRated), at most feedback.MaxChanges
// times (ErrRatedOften). One transaction: event and projection; then the bell. A crash before
// the commit leaves the rating as it was.
func (b *Book) Rate(ctx context.Context, id syncproto.DossierID, o Opinion) (Rating, error) {
	return b.rate(ctx, id, o, func(a author, s dossier.State, p dossier.RatedPayload, m dossier.Meta) (syncproto.Event, error) {
		return dossier.Ask(s, dossier.Rated, &p, m)
	})
}

// RateVisit keeps the rating of a visit under id, which the caller draws for the visit before the
// first call and forgets with it. It is no dossier: it has no slip, no name, and nobody finds it
// again. Repeated and changed as Rate.
func (b *Book) RateVisit(ctx context.Context, id syncproto.DossierID, o Opinion) (Rating, error) {
	return b.rate(ctx, id, o, func(_ author, s dossier.State, p dossier.RatedPayload, m dossier.Meta) (syncproto.Event, error) {
		if s.Version > 0 {
			return syncproto.Event{}, &dossier.StepError{Code: dossier.NotNow, Step: dossier.VisitRated}
		}
		return dossier.RateVisit(id, p, m)
	})
}

type rater func(author, dossier.State, dossier.RatedPayload, dossier.Meta) (syncproto.Event, error)

func (b *Book) rate(ctx context.Context, id syncproto.DossierID, o Opinion, make rater) (kept Rating, err error) {
	wrote := false
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		kept, wrote, err = b.putRating(ctx, tx, id, o, make)
		return err
	})
	if err != nil {
		return Rating{}, fmt.Errorf("keeping a rating: %w", err)
	}
	if wrote {
		b.ring(ctx)
	}
	return kept, nil
}

func (b *Book) putRating(ctx context.Context, tx *sql.Tx, id syncproto.DossierID, o Opinion, make rater) (Rating, bool, error) {
	a, err := b.author(ctx, tx)
	if err != nil {
		return Rating{}, false, err
	}
	s, err := b.state(ctx, tx, id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Rating{}, false, err
	}
	p := dossier.RatedPayload{Score: o.Score, Reasons: o.Reasons, N: 1}
	if s.Rating != nil {
		now, err := b.ratingOf(ctx, tx, a.holder(), *s.Rating)
		if err != nil {
			return Rating{}, false, err
		}
		switch {
		case now.Score == o.Score && slices.Equal(now.Reasons, o.Reasons):
			return now, false, nil // said again
		case now.Stands:
			return Rating{}, false, ErrRated
		case now.N > feedback.MaxChanges:
			return Rating{}, false, ErrRatedOften
		}
		p.N, p.Replaces = now.N+1, now.Event
	}
	m, err := b.meta(a, "kiosk")
	if err != nil {
		return Rating{}, false, err
	}
	ev, err := make(a, s, p, m)
	if err != nil {
		return Rating{}, false, err
	}
	key, err := b.ensureKey(ctx, tx, id)
	if err != nil {
		return Rating{}, false, err
	}
	if s, err = b.append(ctx, tx, a, key, ev); err != nil {
		return Rating{}, false, err
	}
	if s.Rating == nil || s.Rating.Event != ev.Header.ID {
		return Rating{}, false, errors.New("the rating took no effect")
	}
	return Rating{Rating: *s.Rating}, true, nil
}

// RatingOf reads the rating of a dossier or a visit, nil when there is none.
func (b *Book) RatingOf(ctx context.Context, id syncproto.DossierID) (found *Rating, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		s, err := b.state(ctx, tx, id)
		if err != nil || s.Rating == nil {
			return err
		}
		ident, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		r, err := b.ratingOf(ctx, tx, dossier.Book(ident.Book), *s.Rating)
		found = &r
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading a rating: %w", err)
	}
	return found, nil
}

// ratingOf adds whether it stands, by the same signed acks as the acknowledgements.
func (b *Book) ratingOf(ctx context.Context, tx *sql.Tx, own dossier.Holder, r dossier.Rating) (Rating, error) {
	if r.Author != own {
		return Rating{Rating: r, Stands: true}, nil
	}
	var epoch, seq sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT epoch, seq FROM event WHERE id = ?`, r.Event[:]).Scan(&epoch, &seq)
	if err != nil {
		return Rating{}, fmt.Errorf("reading the place of a rating: %w", err)
	}
	if !epoch.Valid || b.o.Practice { // displaced by a replay, or never sent
		return Rating{Rating: r}, nil
	}
	src, err := b.factSource(ctx, tx)
	if err != nil {
		return Rating{}, err
	}
	l, err := b.logRow(ctx, tx, uint32(epoch.Int64))
	if err != nil {
		return Rating{}, err
	}
	signed := src.proven(l) && l.Generation >= src.generation && uint64(seq.Int64) <= l.Acked
	return Rating{Rating: r, Stands: signed}, nil
}
