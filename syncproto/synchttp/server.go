package synchttp

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"bendo/syncproto"
)

// Options of a handler. The zero value works.
type Options struct {
	Limits syncproto.Limits // zero fields mean the protocol's
	Log    *slog.Logger     // nil: slog.Default(); never gets personal data
	// BodyDeadline is how long a body may stand still before its connection is
	// given up; zero means 30 s.
	BodyDeadline time.Duration
}

type server struct {
	portal  Portal
	limits  syncproto.Limits
	log     *slog.Logger
	idle    time.Duration
	appends appends
	pushes  turns
	follow  followers
}

// Handler serves the road for a portal.
func Handler(p Portal, o Options) http.Handler {
	s := &server{portal: p, limits: o.Limits.OrDefault(), log: o.Log, idle: o.BodyDeadline}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.idle <= 0 {
		s.idle = 30 * time.Second
	}
	s.appends.limit = s.limits.AppendsOpen
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+PathSync, s.sync)
	mux.HandleFunc("POST "+PathReplay, s.replay)
	mux.HandleFunc("POST "+PathEnrol, s.enrol)
	mux.HandleFunc("POST "+PathBlob+"{dossier}/{sha256}", s.append)
	mux.HandleFunc("GET "+PathBlob+"{dossier}/{sha256}", s.readBlob)
	mux.HandleFunc("GET "+PathObject+"{sha256}", s.object)
	mux.HandleFunc("GET "+PathTime, s.time)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		id, _ := requestID(r)
		s.refuse(w, r, id, syncproto.NewProblem(syncproto.Version, syncproto.CodeNoEndpoint, "%s %s", r.Method, r.URL.Path))
	})
	return mux
}

// refusals is the whole table of statuses. The status is for what stands between
// (a balancer may try another process on 503); a device reads the body only.
// Everything understood is 200, because middleboxes like to replace the bodies of
// errors by pages of their own.
var refusals = map[syncproto.Kind]int{
	syncproto.Transient:  http.StatusServiceUnavailable,
	syncproto.Correction: http.StatusOK,
	syncproto.Fork:       http.StatusOK,
	syncproto.Auth:       http.StatusOK,
	syncproto.Version:    http.StatusOK,
	syncproto.Limit:      http.StatusOK,
	syncproto.Domain:     http.StatusOK,
}

func (s *server) refuse(w http.ResponseWriter, r *http.Request, id syncproto.RequestID, err error) {
	p := syncproto.ProblemOf(err)
	if p == nil {
		// Our own failure: the chain is for our log, the device learns only that
		// trying again can help.
		if r.Context().Err() == nil {
			s.log.ErrorContext(r.Context(), "Request failed", "path", r.Pattern, "error", err)
		}
		p = &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeInternal}
	}
	body, err := syncproto.EncodeRefusal(id, p)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	status, ok := refusals[p.Kind]
	if !ok {
		status = http.StatusOK
	}
	if p.RetryAfterS > 0 {
		w.Header().Set("Retry-After", strconv.FormatUint(uint64(p.RetryAfterS), 10))
	}
	send(w, status, body)
}

func (s *server) answer(w http.ResponseWriter, r *http.Request, id syncproto.RequestID, message any, err error) {
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	body, err := syncproto.EncodeAnswer(id, message)
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	send(w, http.StatusOK, body)
}

func send(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", syncproto.ContentType)
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h["Date"] = nil // devices trust signed time only; 37 bytes saved
	w.WriteHeader(status)
	_, _ = w.Write(body) // a lost answer is the client's ordinary weather
}

// message reads one bounded request body of ours.
func (s *server) message(w http.ResponseWriter, r *http.Request, into any) (syncproto.RequestID, error) {
	if r.Header.Get("Content-Type") != syncproto.ContentType {
		return syncproto.RequestID{}, syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "content type is not %s", syncproto.ContentType)
	}
	if r.ContentLength < 0 || r.ContentLength > int64(s.limits.Message) {
		return syncproto.RequestID{}, syncproto.NewProblem(syncproto.Limit, syncproto.CodeTooLarge,
			"a request has a Content-Length of at most %d", s.limits.Message)
	}
	b := make([]byte, r.ContentLength)
	rc := http.NewResponseController(w)
	if _, err := io.ReadFull(&idleReader{r: r.Body, rc: rc, idle: s.idle}, b); err != nil {
		return syncproto.RequestID{}, &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeTruncated, Err: err}
	}
	// A waiting feed question must not be ended by the deadline of its body.
	_ = rc.SetReadDeadline(time.Time{})
	return syncproto.DecodeRequest(b, into)
}

func (s *server) sync(w http.ResponseWriter, r *http.Request) {
	var req syncproto.SyncRequest
	id, err := s.message(w, r, &req)
	if err == nil {
		req.ID = id
		err = req.Check()
	}
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	if req.Hello.Fresh && len(req.Hello.Session) > 0 && len(req.BlobStat) > 0 {
		// A new connection of a device that proved itself: its old one is done with.
		if device, err := s.portal.Authorize(r.Context(), req.Hello.Session); err == nil {
			s.appends.interrupt(r.Context(), device)
		}
	}
	resp, err := s.syncInTurn(r.Context(), req)
	if req.Hello.Fresh || len(req.Hello.Sig) > 0 {
		s.follow.answer(&req, &resp, err)
	}
	s.answer(w, r, id, resp, err)
}

// syncInTurn lets one push of a warm session follow the other. One that is handled before
// its predecessor, although it was sent after it, waits for it. A warm request may be asked
// of the portal twice: it changes nothing the second time.
func (s *server) syncInTurn(ctx context.Context, req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	if len(req.Push) == 0 || len(req.Hello.Session) == 0 || req.Hello.Fresh {
		return s.portal.Sync(ctx, req)
	}
	key := string(req.Hello.Session)
	defer s.pushes.end(key)
	limit := time.NewTimer(gapWait)
	defer limit.Stop()
	for {
		next := s.pushes.watch(key)
		resp, err := s.portal.Sync(ctx, req)
		if err != nil || !tooEarly(&resp) {
			return resp, err
		}
		select {
		case <-next:
			continue
		case <-limit.C:
		case <-ctx.Done():
		}
		return resp, err
	}
}

// tooEarly says that a batch came before the one it continues.
func tooEarly(resp *syncproto.SyncResponse) bool {
	for i := range resp.Problems {
		if p := &resp.Problems[i]; p.Kind == syncproto.Correction && p.Code == syncproto.CodeSeq {
			return true
		}
	}
	return false
}

func (s *server) replay(w http.ResponseWriter, r *http.Request) {
	var req syncproto.ReplayRequest
	id, err := s.message(w, r, &req)
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	req.ID = id
	device, err := s.caller(r)
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	resp, err := s.portal.Replay(r.Context(), device, req)
	s.answer(w, r, id, resp, err)
}

func (s *server) enrol(w http.ResponseWriter, r *http.Request) {
	var req syncproto.EnrolRequest
	id, err := s.message(w, r, &req)
	if err == nil {
		req.ID = id
		err = req.Verify()
	}
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	resp, err := s.portal.Enrol(WithSource(r.Context(), sourceOf(r.RemoteAddr)), req)
	s.answer(w, r, id, resp, err)
}

func (s *server) time(w http.ResponseWriter, r *http.Request) {
	id, err := requestID(r)
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	t, err := s.portal.Time(r.Context(), id)
	s.answer(w, r, id, t, err)
}

func (s *server) readBlob(w http.ResponseWriter, r *http.Request) {
	key, err := blobKey(r)
	s.read(w, r, err, func(ctx context.Context, device syncproto.DeviceID, off int64, p []byte) (int, int64, error) {
		return s.portal.ReadBlob(ctx, device, key, off, p)
	})
}

func (s *server) object(w http.ResponseWriter, r *http.Request) {
	sha, err := syncproto.ParseDigest(r.PathValue("sha256"))
	s.read(w, r, err, func(ctx context.Context, device syncproto.DeviceID, off int64, p []byte) (int, int64, error) {
		return s.portal.Object(ctx, device, sha, off, p)
	})
}

// read answers with a head and raw bytes. The place stands in the query and not
// in a Range header: the body is framed, and nothing between may cut or join it.
func (s *server) read(w http.ResponseWriter, r *http.Request, bad error,
	read func(ctx context.Context, device syncproto.DeviceID, off int64, p []byte) (int, int64, error)) {
	id, err := requestID(r)
	if err == nil && bad != nil {
		err = &syncproto.Problem{Kind: syncproto.Version, Code: syncproto.CodeFormat, Err: bad, Detail: "path"}
	}
	var device syncproto.DeviceID
	var off, length int64
	if err == nil {
		device, err = s.caller(r)
	}
	if err == nil {
		off, length, err = place(r)
	}
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	p := make([]byte, min(length, MaxRead))
	n, total, err := read(r.Context(), device, off, p)
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	body, err := syncproto.EncodeAnswer(id, syncproto.DataAnswer{Off: off, Length: int64(n), Total: total})
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	send(w, http.StatusOK, append(body, p[:n]...))
}

// append is the one place where a body is consumed as it comes.
func (s *server) append(w http.ResponseWriter, r *http.Request) {
	id, err := requestID(r)
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	a, digest, err := s.readAppend(r)
	if err != nil {
		s.refuse(w, r, id, err)
		return
	}
	ans, err := s.appendInTurn(w, r, a, digest)
	s.answer(w, r, id, ans, err)
}

// appendInTurn lets one append of a blob follow the other. One that is handled before its
// predecessor, although it was sent after it, waits for it without reading.
func (s *server) appendInTurn(w http.ResponseWriter, r *http.Request, a Append, digest [32]byte) (syncproto.BlobAnswer, error) {
	limit := time.NewTimer(gapWait)
	defer limit.Stop()
	for {
		slot, err := s.appends.enter(r.Context(), a, http.NewResponseController(w))
		if err != nil {
			return syncproto.BlobAnswer{}, err
		}
		reader := &slotReader{slot: slot, body: r.Body, idle: s.idle}
		ans, err := s.portal.AppendBlob(r.Context(), a, newChunk(reader, a.Length, digest))
		taken, next := s.appends.leave(slot, err == nil && !ans.Complete && ans.Off < a.Off && !reader.begun)
		if taken {
			return ans, syncproto.NewProblem(syncproto.Transient, syncproto.CodeSuperseded, "a newer session continues this blob")
		}
		if next == nil {
			return ans, err
		}
		select {
		case <-next.done:
			continue
		case <-limit.C:
		case <-r.Context().Done():
		}
		s.appends.waited(slot.key, next)
		return ans, err
	}
}

func (s *server) readAppend(r *http.Request) (a Append, digest [32]byte, err error) {
	if follows := r.Header.Get(headerFollows); follows != "" {
		a.Device, a.Session, err = s.follower(r.Context(), follows)
	} else {
		a.Device, err = s.caller(r)
	}
	if err != nil {
		return a, digest, err
	}
	if a.Key, err = blobKey(r); err == nil {
		a.Off, a.Length, err = placeOfPiece(r)
	}
	if err == nil && a.Session == 0 {
		a.Session, err = strconv.ParseUint(r.URL.Query().Get("gen"), 10, 64)
	}
	if err == nil {
		digest, err = parseContentDigest(r.Header.Get(headerDigest))
	}
	if err != nil {
		return a, digest, &syncproto.Problem{Kind: syncproto.Version, Code: syncproto.CodeFormat, Err: err}
	}
	if r.ContentLength != a.Length {
		return a, digest, syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "Content-Length is not len")
	}
	if a.Length > int64(s.limits.AppendBytes) || a.Off+a.Length > syncproto.MaxBlobLength {
		return a, digest, syncproto.NewProblem(syncproto.Limit, syncproto.CodeTooLarge, "an append has at most %d bytes", s.limits.AppendBytes)
	}
	return a, digest, nil
}

func (s *server) caller(r *http.Request) (syncproto.DeviceID, error) {
	token, err := base64.RawURLEncoding.DecodeString(r.Header.Get(headerSession))
	if err != nil || len(token) == 0 || len(token) > syncproto.MaxSession {
		return syncproto.DeviceID{}, syncproto.NewProblem(syncproto.Correction, syncproto.CodeSession, "no session")
	}
	return s.portal.Authorize(r.Context(), token)
}

// follower is the device of the greeting a piece follows, and the blob session that it brought.
func (s *server) follower(ctx context.Context, follows string) (d syncproto.DeviceID, blobs uint64, err error) {
	id, err := parseRequestID(follows)
	if err != nil {
		return d, 0, err
	}
	session, blobs, err := s.follow.wait(ctx, id)
	if err == nil {
		d, err = s.portal.Authorize(ctx, session)
	}
	return d, blobs, err
}

func requestID(r *http.Request) (syncproto.RequestID, error) {
	return parseRequestID(r.Header.Get(headerRequest))
}

func parseRequestID(text string) (id syncproto.RequestID, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(id) {
		return id, syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "no request id")
	}
	return syncproto.RequestID(b), nil
}

func blobKey(r *http.Request) (k syncproto.BlobKey, err error) {
	if k.Dossier, err = syncproto.ParseDossierID(r.PathValue("dossier")); err != nil {
		return k, err
	}
	k.SHA256, err = syncproto.ParseDigest(r.PathValue("sha256"))
	return k, err
}

// placeOfPiece reads where a piece belongs from Bendo-Off and Content-Length, or from the
// query, where devices of before put it.
func placeOfPiece(r *http.Request) (off, length int64, err error) {
	text := r.Header.Get(headerOff)
	if text == "" {
		return place(r)
	}
	if off, err = strconv.ParseInt(text, 10, 64); err != nil || off < 0 || off > 1<<40 || r.ContentLength < 1 || r.ContentLength > 1<<40 {
		return 0, 0, syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "header %s or Content-Length", headerOff)
	}
	return off, r.ContentLength, nil
}

func place(r *http.Request) (off, length int64, err error) {
	q := r.URL.Query()
	if off, err = strconv.ParseInt(q.Get("off"), 10, 64); err == nil {
		length, err = strconv.ParseInt(q.Get("len"), 10, 64)
	}
	if err != nil || off < 0 || length < 1 || off > 1<<40 || length > 1<<40 {
		return 0, 0, syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "off and len of the query")
	}
	return off, length, nil
}

// parseContentDigest reads `sha-256=:BASE64:` (RFC 9530, one algorithm).
func parseContentDigest(s string) (d [32]byte, err error) {
	const head = "sha-256=:"
	if len(s) != len(head)+44+1 || s[:len(head)] != head || s[len(s)-1] != ':' {
		return d, errors.New("header Content-Digest is not sha-256=:BASE64: of 32 bytes")
	}
	b, err := base64.StdEncoding.DecodeString(s[len(head) : len(s)-1])
	if err != nil || len(b) != 32 {
		return d, errors.New("header Content-Digest is not sha-256=:BASE64: of 32 bytes")
	}
	return [32]byte(b), nil
}
