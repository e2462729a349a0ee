package kiosk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"bendo/internal/feedback"
	"bendo/internal/ledger"
	"bendo/kiosk/voicenote"
)

// A spoken note (lời nói ghi âm) is for who does not write: a minute of speech beside a petition, in the
// place of its words or beside them. It is a scan like any other: sealed, named and carried. A voice
// names its speaker, so the province plays it to the officers at work on the petition and to nobody else,
// whatever may be published. A power cut while it is made leaves what was there before.

// noteTime bounds how long the encoder is waited for in all; a minute of speech takes it half a second.
const noteTime = 30 * time.Second

var noteRefusals = []struct {
	is   error
	code string
	text Text
}{
	{voicenote.ErrNotSound, "voice_unreadable", say("Máy không đọc được bản ghi âm. Xin ghi lại.", "The recording cannot be read. Please record it again.")},
	{voicenote.ErrShort, "voice_short", say("Ngắn quá, chưa nghe được gì. Bấm nút rồi nói, nói xong mới bấm dừng.", "Too short to hear anything. Press, speak, and stop when you have finished.")},
	{voicenote.ErrLong, "voice_long", say("Dài quá. Xin nói gọn lại.", "Too long. Please say it more briefly.")},
	{voicenote.ErrSilent, "voice_silent", say("Máy không nghe thấy tiếng nói. Đứng gần máy hơn rồi ghi lại.", "Nobody was heard. Stand closer and record it again.")},
}

// longestNote says how long a note may be, in seconds; 0 where this machine makes none.
func (d *Desk) longestNote() int {
	if d.EncodeNote == nil {
		return 0
	}
	return int(feedback.MaxNote.Seconds())
}

// addNote takes a recording (WAV, one channel, 16,000 samples a second) into a petition; one that is
// there already is replaced, the new one first: a crash in between leaves two, and judging says so.
func (d *Desk) addNote(w http.ResponseWriter, r *http.Request) error {
	id, err := d.mine(r)
	if err != nil {
		return err
	}
	if d.EncodeNote == nil {
		return problemNotFound.Because(voicenote.ErrNoEncoder)
	}
	draft, err := d.book().Draft(r.Context(), id)
	if err != nil {
		return err
	}
	if !feedback.IsPetition(draft.Procedure) {
		return problemUnfit.Because(errors.New("a spoken note for a dossier"))
	}
	data, err := body(r)
	if err != nil {
		return err
	}
	if err := d.enough(roomToAdd + int64(len(data))); err != nil {
		return err
	}
	note, err := d.note(r.Context(), data)
	if err != nil {
		return err
	}
	kept, err := d.book().AttachScan(r.Context(), id, ledger.NewScan{Component: feedback.Voice, Name: "loi-noi.ogg", MIME: voicenote.Mime, WasLength: int64(len(data))}, bytes.NewReader(note))
	if err != nil {
		return err
	}
	for _, s := range draft.Scans {
		if s.Component == feedback.Voice && s.SHA256 != kept.SHA256 {
			if err := d.book().DetachScan(r.Context(), id, s.SHA256); err != nil {
				return err
			}
		}
	}
	return ok(w, viewScan(kept, nil))
}

// note judges a recording and makes it small.
func (d *Desk) note(ctx context.Context, wav []byte) ([]byte, error) {
	pcm, err := voicenote.Judge(wav, feedback.MaxNote)
	for _, refusal := range noteRefusals {
		if errors.Is(err, refusal.is) {
			p := problemScan
			p.Code, p.Message, p.Next = refusal.code, refusal.text, Text{}
			return nil, p.Because(err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("judging a spoken note: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, noteTime)
	defer cancel()
	return d.EncodeNote(ctx, pcm)
}
