package synchttp

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bendo/syncproto"
)

// TestFollowersAreBounded: whoever names greetings that never come holds little, for a short time,
// and nothing is remembered of it, nor of greetings long ago.
func TestFollowersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f followers
		var work sync.WaitGroup
		begun := time.Now()
		for i := range mostHold + 50 {
			work.Go(func() {
				if _, _, err := f.wait(t.Context(), syncproto.RequestID{byte(i), byte(i >> 8), 1}); !errors.Is(err, notFollowed) {
					t.Errorf("a piece behind nobody: %v", err)
				}
			})
		}
		synctest.Wait()
		if f.held != mostHold {
			t.Errorf("%d pieces are held", f.held)
		}
		work.Wait()
		if took := time.Since(begun); took != followFor || f.held != 0 || len(f.greets) != 0 {
			t.Errorf("after %v %d are held, %d greetings are known", took, f.held, len(f.greets))
		}

		req := &syncproto.SyncRequest{ID: syncproto.RequestID{7}}
		f.answer(req, &syncproto.SyncResponse{Welcome: &syncproto.Welcome{Session: []byte{1}, BlobSession: 9}}, nil)
		if session, blobs, err := f.wait(context.Background(), req.ID); err != nil || len(session) != 1 || blobs != 9 {
			t.Errorf("a late piece: %v %v %v", session, blobs, err)
		}
		f.answer(req, &syncproto.SyncResponse{}, errors.New("a copy")) // changes nothing
		if _, _, err := f.wait(context.Background(), req.ID); err != nil {
			t.Error("a copied greeting took the session away")
		}
		for range mostFollow {
			work.Go(func() { _, _, _ = f.wait(t.Context(), syncproto.RequestID{8}) })
		}
		synctest.Wait()
		if _, _, err := f.wait(t.Context(), syncproto.RequestID{8}); !errors.Is(err, notFollowed) {
			t.Error("one greeting is followed without end")
		}
		work.Wait()
		time.Sleep(2 * followFor)
		synctest.Wait()
		if len(f.greets) != 0 {
			t.Errorf("%d greetings are remembered", len(f.greets))
		}
	})
}
