package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/portal/casework"
	"bendo/portal/store"
	"bendo/syncproto"
)

type scanBody struct {
	SHA256   syncproto.Digest `json:"sha256"`
	Name     string           `json:"name"`
	Length   int64            `json:"length"`
	MIME     string           `json:"mime"`
	Complete bool             `json:"complete"`
}

type componentBody struct {
	ID        string                 `json:"id"`
	Name      text                   `json:"name"`
	State     dossier.ComponentState `json:"state"`
	Originals int                    `json:"originals"`
	Copies    int                    `json:"copies"`
	Scans     []scanBody             `json:"scans"`
}

type journalBody struct {
	At   int64  `json:"at"`
	Type string `json:"type"`
	Who  string `json:"who"`
	Text text   `json:"text"`
}

type reasonBody struct {
	Component string `json:"component,omitempty"`
	Name      *text  `json:"name,omitempty"`
	Code      string `json:"code"`
	Text      string `json:"text,omitempty"`
}

type supplementBody struct {
	N       int          `json:"n"`
	At      int64        `json:"at"`
	Reasons []reasonBody `json:"reasons"`
	Text    string       `json:"text,omitempty"`
}

type requestBody struct {
	Event  syncproto.EventID `json:"event"`
	Type   string            `json:"type"`
	At     int64             `json:"at"`
	N      int               `json:"n,omitempty"`
	Reason string            `json:"reason,omitempty"`
}

type submissionBody struct {
	N          int   `json:"n"`
	At         int64 `json:"at"`
	CompleteAt int64 `json:"complete_at,omitempty"`
}

type detailBody struct {
	inboxRow
	Revision    int64             `json:"revision"`
	SubmittedAt int64             `json:"submitted_at,omitempty"`
	FiledAt     int64             `json:"filed_at"`
	Channel     string            `json:"channel"`
	Case        string            `json:"case,omitempty"`
	Reference   string            `json:"reference,omitempty"`
	DueCalendar string            `json:"due_calendar,omitempty"`
	Person      dossier.Person    `json:"applicant"`
	Submitter   *dossier.Person   `json:"submitter,omitempty"`
	Helper      *dossier.Person   `json:"helper,omitempty"`
	Answers     []answerSection   `json:"answers"`
	Components  []componentBody   `json:"components"`
	Signature   *signatureBody    `json:"signature,omitempty"`
	Verdict     []dossier.Verdict `json:"verdict"`
	Note        string            `json:"note,omitempty"`
	Journal     []journalBody     `json:"journal"`
	Legal       []string          `json:"legal"`
	Supplement  *supplementBody   `json:"supplement,omitempty"`
	Requests    []requestBody     `json:"requests"`
	Submissions []submissionBody  `json:"submissions"`
	Decision    *dossier.Decision `json:"decision,omitempty"`
	OriginalDue int64             `json:"original_due,omitempty"` // where another date stands now
	Proposals   int               `json:"proposals,omitempty"`
	Petition    *petitionBody     `json:"petition,omitempty"` // in place of answers
	CallBack    *callBackBody     `json:"call_back,omitempty"`
}

type signatureBody struct {
	Kind string    `json:"kind"`
	Scan *scanBody `json:"scan,omitempty"`
}

func (s *server) dossier(w http.ResponseWriter, r *http.Request, o casework.Officer) {
	id, err := syncproto.ParseDossierID(r.PathValue("id"))
	if err != nil {
		s.refuse(w, notFound)
		return
	}
	body, err := s.detail(r.Context(), o, id)
	if err == nil {
		err = s.note(r.Context(), o, store.Viewed, id)
	}
	s.answer(w, r, body, err)
}

// folder is a dossier as the page needs it, read in one moment.
type folder struct {
	one         store.Case
	office      string
	events      []store.StoredEvent
	state       dossier.State
	filing      *dossier.SubmittedPayload
	blobs       map[syncproto.Digest]store.Blob
	submissions []store.Submission
	generation  uint64 // of the portal: an older receipt does not count
}

// open reads a dossier of the officer's office; of another office it is not found.
func (s *server) open(ctx context.Context, office string, id syncproto.DossierID) (*folder, error) {
	f := &folder{blobs: map[syncproto.Digest]store.Blob{}}
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if f.one, err = tx.FindCase(office, id); err != nil {
			return err
		}
		if f.office, err = tx.OfficeName(office); err != nil {
			return err
		}
		if f.events, err = tx.EventsOf(office, id); err != nil {
			return err
		}
		blobs, err := tx.BlobsOf(office, id)
		if err != nil {
			return err
		}
		for _, b := range blobs {
			f.blobs[b.Ref.SHA256] = b
		}
		if f.generation, err = tx.Generation(); err != nil {
			return err
		}
		f.submissions, err = tx.SubmissionsOf(office, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound
	}
	if err != nil {
		return nil, err
	}
	f.state = dossier.Fold(store.Entries(f.events))
	if f.filing = store.Filing(f.events); f.filing == nil {
		return nil, notFound
	}
	return f, nil
}

func (s *server) detail(ctx context.Context, o casework.Officer, id syncproto.DossierID) (*detailBody, error) {
	f, err := s.open(ctx, o.Office, id)
	if err != nil {
		return nil, err
	}
	c, st := f.one, f.state
	body := &detailBody{
		inboxRow: inboxRow{ID: c.ID, Slip: c.Slip.String(), OfficialCode: c.OfficialCode, Procedure: s.procedure(c.Procedure),
			Applicant: c.Card.Applicant, ReceivedAt: c.ReceivedAt, Complete: c.Complete, DueAt: c.DueAt, Office: f.office,
			State: stateBody{string(st.Business), st.NationalCode, heldText(st.Holder, st.NationalCode, dossier.StateText(st))}, Holder: heldBy(st.Holder)},
		Revision: c.Revision, SubmittedAt: st.SubmittedAt, FiledAt: st.FiledAt, Channel: string(st.Channel), Case: st.Case,
		Reference: c.Card.Reference, DueCalendar: c.DueCalendar, Person: f.filing.Applicant, Submitter: f.filing.Submitter,
		Helper: f.filing.Helper, Answers: s.answers(f.filing), Components: s.components(f, o), Verdict: f.filing.Verdict,
		Note: f.filing.Note, Journal: []journalBody{}, Legal: []string{}, Requests: []requestBody{}, Submissions: []submissionBody{},
		Decision: st.Decision, Proposals: len(st.Proposals),
	}
	if body.Verdict == nil {
		body.Verdict = []dossier.Verdict{}
	}
	if first := st.OriginalDue(); first != st.Due {
		body.OriginalDue = first
	}
	if sig := f.filing.Signature; sig != nil {
		body.Signature = &signatureBody{Kind: sig.Kind}
		if sig.Blob != nil {
			scan := f.scan(*sig.Blob)
			body.Signature.Scan = &scan
		}
	}
	if o.Role == store.Officer {
		body.Legal = dossier.LegalSteps(st, dossier.Province)
	}
	s.describe(body, f)
	s.petition(body, f, o)
	s.callBack(body, f, o)
	return body, nil
}

func (s *server) describe(body *detailBody, f *folder) {
	for _, step := range f.state.Journal {
		if step.Type == dossier.Rated {
			continue // who rated, and when, would say which rating it was
		}
		body.Journal = append(body.Journal, journalBody{step.At, step.Type, f.who(step), dossier.Sentence(step)})
	}
	if open := f.state.OpenSupplement; open != nil {
		body.Supplement = &supplementBody{N: open.N, At: open.At, Text: open.Text, Reasons: []reasonBody{}}
		for _, r := range open.Reasons {
			reason := reasonBody{Component: r.Component, Code: r.Code, Text: r.Text}
			if r.Component != "" {
				name := s.componentName(f.state, r.Component, "")
				reason.Name = &name
			}
			body.Supplement.Reasons = append(body.Supplement.Reasons, reason)
		}
	}
	for _, r := range f.state.Pending {
		body.Requests = append(body.Requests, requestBody{r.Event, r.Type, r.At, r.N, s.wish(f.state, r)})
	}
	for _, sub := range f.state.Submissions {
		var complete int64
		for _, a := range dossier.Acks(sub, f.factsOf(sub)) {
			if a.Code == dossier.ProvinceComplete && a.Done {
				complete = a.At
			}
		}
		body.Submissions = append(body.Submissions, submissionBody{sub.N, sub.At, complete})
	}
}

// wish is what a request says in its own words; a look-up that was reported says which paper and what.
func (s *server) wish(st dossier.State, r dossier.Request) string {
	if r.Lookup == nil {
		return r.Reason
	}
	paper := s.componentName(st, r.Lookup.Component, "").VI
	if !r.Lookup.Found {
		return paper + ": tra cứu không thấy"
	}
	return paper + ": " + r.Lookup.Ref
}

// who names an office, never a person outside the province's own.
func (f *folder) who(step dossier.Step) string {
	if step.Author == dossier.Province {
		if step.Type == dossier.TakenIn && f.state.TakenIn != nil && f.state.TakenIn.Officer != "" {
			return f.state.TakenIn.Officer
		}
		if step.Office != "" {
			return step.Office
		}
	}
	return f.office
}

func (f *folder) scan(b dossier.Blob) scanBody {
	return scanBody{b.SHA256, b.Name, b.Length, b.MIME, b.Empty() || f.blobs[b.SHA256].Complete()}
}

// components shows the papers as folded: the filing's and what supplements added; not what o may not hear.
func (s *server) components(f *folder, o casework.Officer) []componentBody {
	list := []componentBody{}
	for _, c := range f.state.Components {
		if f.unheard(c, o) {
			continue
		}
		body := componentBody{ID: c.ID, Name: s.componentName(f.state, c.ID, c.Name), State: c.State, Originals: c.Originals, Copies: c.Copies, Scans: []scanBody{}}
		for _, b := range c.Blobs {
			body.Scans = append(body.Scans, f.scan(b))
		}
		list = append(list, body)
	}
	return list
}

func (s *server) componentName(st dossier.State, id, own string) text {
	if feedback.IsPetition(st.Procedure) {
		return text(feedback.ComponentName(id))
	}
	if c, ok := s.pack.Component(st.Procedure, st.Case, id); ok {
		return text{VI: c.Name.VI, EN: c.Name.EN}
	}
	if own == "" {
		own = id
	}
	return text{VI: own, EN: own}
}

// stepIn is what the pages send with a step; each step reads its own part.
type stepIn struct {
	Revision     int64                      `json:"revision,omitempty"`
	OfficialCode string                     `json:"official_code,omitempty"`
	Reasons      []dossier.SupplementReason `json:"reasons,omitempty"`
	Text         string                     `json:"text,omitempty"`
	Event        json.RawMessage            `json:"event,omitempty"`
	Accept       bool                       `json:"accept,omitempty"`
	Reason       string                     `json:"reason,omitempty"`
	Outcome      string                     `json:"outcome,omitempty"`
	Where        string                     `json:"where,omitempty"`
	Component    string                     `json:"component,omitempty"`
	Found        bool                       `json:"found,omitempty"`
	Ref          string                     `json:"ref,omitempty"`
	NewDue       int64                      `json:"new_due,omitempty"`
}

// steps are the officers' steps by their path.
func (s *server) steps() map[string]page {
	type take func(context.Context, casework.Officer, casework.Step, stepIn) error
	all := map[string]take{
		"take-in": func(ctx context.Context, o casework.Officer, st casework.Step, in stepIn) error {
			return s.work.TakeIn(ctx, o, st, in.OfficialCode)
		},
		"supplement": func(ctx context.Context, o casework.Officer, st casework.Step, in stepIn) error {
			return s.work.AskSupplement(ctx, o, st, in.Reasons, in.Text)
		},
		"answer": func(ctx context.Context, o casework.Officer, st casework.Step, in stepIn) error {
			var request syncproto.EventID
			if err := json.Unmarshal(in.Event, &request); err != nil {
				return badRequest
			}
			return s.work.Answer(ctx, o, st, request, in.Accept, in.Reason)
		},
		"decide": func(ctx context.Context, o casework.Officer, st casework.Step, in stepIn) error {
			return s.work.Decide(ctx, o, st, in.Outcome, in.Reason)
		},
		"reply": func(ctx context.Context, o casework.Officer, st casework.Step, in stepIn) error {
			return s.work.Reply(ctx, o, st, in.Text)
		},
		"called": func(ctx context.Context, o casework.Officer, st casework.Step, in stepIn) error {
			return s.work.Called(ctx, o, st, in.Outcome, in.Text)
		},
		"result-ready": func(ctx context.Context, o casework.Officer, st casework.Step, in stepIn) error {
			return s.work.ResultReady(ctx, o, st, in.Where)
		},
		"looked-up": func(ctx context.Context, o casework.Officer, st casework.Step, in stepIn) error {
			return s.work.LookedUp(ctx, o, st, in.Component, in.Found, in.Ref)
		},
		"apologise": func(ctx context.Context, o casework.Officer, st casework.Step, in stepIn) error {
			return s.work.Apologise(ctx, o, st, in.NewDue, in.Reason)
		},
		"give-back": func(ctx context.Context, o casework.Officer, st casework.Step, _ stepIn) error {
			return s.work.GiveBack(ctx, o, st)
		},
		"returned": func(ctx context.Context, o casework.Officer, st casework.Step, _ stepIn) error {
			return s.work.Return(ctx, o, st)
		},
		"refuse": func(ctx context.Context, o casework.Officer, st casework.Step, in stepIn) error {
			return s.work.Refuse(ctx, o, st, in.Reason)
		},
	}
	pages := map[string]page{}
	for path, do := range all {
		pages[path] = func(w http.ResponseWriter, r *http.Request, o casework.Officer) {
			id, err := syncproto.ParseDossierID(r.PathValue("id"))
			if err != nil {
				s.refuse(w, notFound)
				return
			}
			var in stepIn
			if err := decode(w, r, &in); err != nil {
				s.fail(w, r, err)
				return
			}
			if err := do(r.Context(), o, casework.Step{Dossier: id, Revision: in.Revision}, in); err != nil {
				s.fail(w, r, err)
				return
			}
			body, err := s.detail(r.Context(), o, id)
			s.answer(w, r, body, err)
		}
	}
	return pages
}
