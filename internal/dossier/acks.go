package dossier

import "bendo/syncproto"

// AckCode names one of the four honest acknowledgements.
type AckCode string

// The four acknowledgements of one submission.
const (
	SavedAtCommune   AckCode = "saved_at_commune"
	LeftCommune      AckCode = "left_commune"
	ProvinceComplete AckCode = "province_complete"
	OfficerTookIn    AckCode = "officer_took_in"
)

// Reason says why an acknowledgement is not there yet. Stable; append only.
type Reason string

// The reasons.
const (
	ReasonNone           Reason = ""
	ReasonNotSaved       Reason = "not_saved"       // this book does not hold the submission
	ReasonNotEnrolled    Reason = "not_enrolled"    // the machine does not belong to a province yet
	ReasonWaitingLine    Reason = "waiting_line"    // no line
	ReasonAgentStopped   Reason = "agent_stopped"   // the program that sends is not running
	ReasonCaptive        Reason = "captive"         // a sign-in page or a wrong server answers
	ReasonSuspended      Reason = "suspended"       // the province stopped this machine
	ReasonFrozen         Reason = "frozen"          // the log is a fork; IT looks at it
	ReasonClock          Reason = "clock"           // the clock must be set first
	ReasonVersion        Reason = "version"         // the program must be updated first
	ReasonLimit          Reason = "limit"           // the province asked to wait
	ReasonDamaged        Reason = "damaged"         // a record failed its check; nothing of it is sent
	ReasonInQueue        Reason = "in_queue"        // there is a line; its turn comes
	ReasonSendingScans   Reason = "sending_scans"   // papers are on the way
	ReasonElsewhere      Reason = "elsewhere"       // its papers are neither on this machine nor whole at the province
	ReasonConfirming     Reason = "confirming"      // everything sent, the receipt is awaited
	ReasonPortalRestored Reason = "portal_restored" // an older receipt must be confirmed again
	ReasonWaitingOfficer Reason = "waiting_officer"
	ReasonDeclined       Reason = "declined" // an officer looked and did not accept this supplement
	ReasonClosedEarlier  Reason = "closed_earlier"
)

// AckFact is a portal-signed ack as the book keeps it: everything up to Applied of
// the log of Epoch was durable at the portal.
type AckFact struct {
	Epoch      uint32
	Applied    uint64
	Generation uint64
	At         int64 // server time of the first ack of this generation that covered the event, unix ms
}

// ReceiptFact is a verified completeness receipt of one manifest.
type ReceiptFact struct {
	Manifest   syncproto.Digest
	Generation uint64
	At         int64 // server time, unix ms
}

// Facts are everything the four acknowledgements of one submission depend on. They
// come from the book: signed receipts and the local commit, never the network.
type Facts struct {
	SavedAt    int64  // when this book committed it, unix ms; 0 when it is not in this book
	Epoch      uint32 // where the event stands in the log; 0 when it came by the feed
	Seq        uint64
	Generation uint64 // the portal's current generation as this book last saw it; 0 never
	Acked      *AckFact
	Receipt    *ReceiptFact
	BytesLeft  int64  // of its scans, not yet acknowledged
	Elsewhere  bool   // some of those are not on this machine
	Obstacle   Reason // what the agent reports as standing in the way; none = the line is there
}

// Ack is one acknowledgement as it is shown.
type Ack struct {
	Code   AckCode
	Done   bool
	At     int64  // unix ms, when Done
	Office string // of OfficerTookIn
	Reason Reason // when not Done
}

// Acks derives the four acknowledgements. Each stands on its own fact and none is
// inferred from another. A receipt of an older generation does not count, and
// neither does one above what the portal says it applied: a restored portal must
// confirm again, and the dossier falls back with that reason.
func Acks(sub Submission, f Facts) [4]Ack {
	return [4]Ack{saved(f), left(f), complete(sub, f), tookIn(sub, f)}
}

func saved(f Facts) Ack {
	if f.SavedAt == 0 {
		return Ack{Code: SavedAtCommune, Reason: ReasonNotSaved}
	}
	return Ack{Code: SavedAtCommune, Done: true, At: f.SavedAt}
}

func (f Facts) ackCounts() bool {
	return f.Acked != nil && f.Seq > 0 && f.Acked.Epoch == f.Epoch &&
		f.Acked.Applied >= f.Seq && f.Acked.Generation == f.Generation && f.Generation > 0
}

// behind says that the portal, in its current generation, told that it applied less
// than this event.
func (f Facts) behind() bool {
	return f.Acked != nil && f.Acked.Epoch == f.Epoch && f.Acked.Generation == f.Generation && f.Acked.Applied < f.Seq
}

func left(f Facts) Ack {
	a := Ack{Code: LeftCommune}
	switch {
	case f.ackCounts():
		a.Done, a.At = true, f.Acked.At
	case f.Acked != nil && f.Acked.Epoch == f.Epoch && f.Acked.Generation < f.Generation && f.Acked.Applied >= f.Seq && f.Seq > 0:
		a.Reason = ReasonPortalRestored
	default:
		a.Reason = f.waiting()
	}
	return a
}

func complete(sub Submission, f Facts) Ack {
	a := Ack{Code: ProvinceComplete}
	r := f.Receipt
	ours := r != nil && r.Manifest == sub.Manifest
	switch {
	case ours && r.Generation == f.Generation && f.Generation > 0 && !f.behind():
		a.Done, a.At = true, r.At
	case ours:
		a.Reason = ReasonPortalRestored
	case !f.ackCounts():
		a.Reason = f.waiting()
	case f.Obstacle != ReasonNone:
		a.Reason = f.Obstacle
	case f.Elsewhere: // a copy of this disk filed it, or the machine this one replaces
		a.Reason = ReasonElsewhere
	case f.BytesLeft > 0:
		a.Reason = ReasonSendingScans
	default:
		a.Reason = ReasonConfirming
	}
	return a
}

func tookIn(sub Submission, f Facts) Ack {
	a := Ack{Code: OfficerTookIn}
	switch {
	case sub.TookIn != nil:
		a.Done, a.At, a.Office = true, sub.TookIn.At, sub.TookIn.Office
	case sub.Declined != "":
		a.Reason = ReasonDeclined
	case !f.ackCounts():
		a.Reason = f.waiting()
	default:
		a.Reason = ReasonWaitingOfficer
	}
	return a
}

func (f Facts) waiting() Reason {
	if f.Obstacle != ReasonNone {
		return f.Obstacle
	}
	return ReasonInQueue
}

// AckLabel is the acknowledgement in the words residents know.
func AckLabel(code AckCode) Text {
	switch code {
	case SavedAtCommune:
		return Text{"Đã lưu tại xã", "Saved at the commune"}
	case LeftCommune:
		return Text{"Đã rời xã", "Left the commune"}
	case ProvinceComplete:
		return Text{"Tỉnh đã nhận đủ", "Complete at the province"}
	case OfficerTookIn:
		return Text{"Cán bộ đã tiếp nhận", "Taken in by an officer"}
	}
	return Text{}
}

// ReasonText says a reason plainly.
func ReasonText(r Reason) Text {
	if t, ok := reasonTexts[r]; ok {
		return t
	}
	return Text{}
}

var reasonTexts = map[Reason]Text{
	ReasonNotSaved:       {"Máy này không giữ hồ sơ.", "This machine does not hold the dossier."},
	ReasonNotEnrolled:    {"Máy chưa được đăng ký với tỉnh.", "This machine is not registered with the province yet."},
	ReasonWaitingLine:    {"Đang chờ đường truyền.", "Waiting for the line."},
	ReasonAgentStopped:   {"Phần gửi hồ sơ của máy đang tắt, cán bộ cần bật lại; hồ sơ vẫn được giữ an toàn.", "The part that sends is switched off; staff should start it again. The dossier is kept safe."},
	ReasonCaptive:        {"Có mạng nhưng chưa tới được máy chủ của tỉnh; cần người kiểm tra mạng.", "There is a network, but not the province's server; somebody should look at it."},
	ReasonSuspended:      {"Tỉnh đang tạm dừng nhận từ máy này; hồ sơ vẫn được giữ an toàn.", "The province has paused this machine; the dossier is kept safe."},
	ReasonFrozen:         {"Việc gửi tạm dừng để tỉnh kiểm tra máy này; hồ sơ vẫn được giữ an toàn.", "Sending is paused while the province checks this machine; the dossier is kept safe."},
	ReasonClock:          {"Đồng hồ của máy cần được chỉnh lại trước khi gửi.", "The machine's clock must be set before sending."},
	ReasonVersion:        {"Phần mềm cần được cập nhật trước khi gửi.", "The program must be updated before sending."},
	ReasonLimit:          {"Máy chủ của tỉnh đang bận; sẽ tự gửi lại.", "The province's server is busy; it will be sent again by itself."},
	ReasonElsewhere:      {"Ảnh giấy tờ không nằm trên máy này và tỉnh chưa báo nhận đủ. Nếu máy khác của xã đã nhận hồ sơ này, cần bật máy đó lên để gửi nốt.", "The papers are not on this machine and the province has not confirmed them all. If another machine of the commune took this dossier, switch it on so that it sends the rest."},
	ReasonDamaged:        {"Bản ghi bị hỏng nên không gửi; cán bộ cần báo cho tỉnh.", "The record is damaged and is not sent; staff should tell the province."},
	ReasonInQueue:        {"Đang chờ tới lượt gửi.", "Waiting for its turn to be sent."},
	ReasonSendingScans:   {"Đang gửi giấy tờ.", "The papers are being sent."},
	ReasonConfirming:     {"Đã gửi hết, đang chờ tỉnh xác nhận.", "Everything is sent; waiting for the province to confirm."},
	ReasonPortalRestored: {"Tỉnh vừa khôi phục dữ liệu, đang xác nhận lại.", "The province has restored its data and is confirming again."},
	ReasonWaitingOfficer: {"Đang chờ cán bộ tiếp nhận.", "Waiting for an officer to take it in."},
	ReasonDeclined:       {"Cán bộ chưa chấp nhận phần bổ sung này.", "An officer did not accept this supplement."},
	ReasonClosedEarlier:  {"Hồ sơ đã kết thúc trước đó.", "The dossier had already been closed."},
}
