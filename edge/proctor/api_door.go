package proctor

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/evidence"
	"huyun.internal/protocol/display"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

func registerDoor(w *web.Web, a *API) {
	all := "/proctor/v1/sittings/{sitting}/candidates"
	web.Register(w, web.Op{
		ID: "seating.candidate.list", Method: http.MethodGet, Path: all, Perm: permDoorRead, Summary: "考生名单与入场状态",
	}, a.candidates)
	web.Register(w, web.Op{
		ID: "seating.candidate.get", Method: http.MethodGet, Path: all + "/{candidate}", Perm: permDoorRead, Summary: "考生记录",
	}, a.candidate)
	web.Register(w, web.Op{
		ID: "seating.candidate.reveal", Method: http.MethodPost, Path: all + "/{candidate}/reveal", Perm: permReveal,
		Summary: "查看完整身份证号（留痕）",
	}, a.reveal)
	web.Raw(w, web.Op{
		ID: "seating.candidate.photo", Method: http.MethodGet, Path: all + "/{candidate}/photo", Perm: permDoorRead, Summary: "预留照片",
	}, a.photo)
	web.Raw(w, web.Op{
		ID: "seating.checkin.face", Method: http.MethodPost, Path: all + "/{candidate}/face", Perm: permDoorDecide,
		MaxBody: evidence.MaxSize, Summary: "入场人脸核验：请求体为现场照片，参数 consent=true 表示本人同意",
	}, a.face)
	web.Register(w, web.Op{
		ID: "seating.checkin.decide", Method: http.MethodPost, Path: all + "/{candidate}/decision", Perm: permDoorDecide,
		Summary: "人工决定是否准入",
	}, a.decide)
	web.Register(w, web.Op{
		ID: "seating.seat.assign", Method: http.MethodPost, Path: all + "/{candidate}/seat", Perm: permDoorDecide,
		Summary: "登录前调整座位", Status: http.StatusNoContent,
	}, a.assign)
	web.Raw(w, web.Op{
		ID: "supervise.evidence.get", Method: http.MethodGet, Path: "/proctor/v1/pictures/{digest}", Perm: permDoorRead, Summary: "现场照片",
	}, a.picture)
	web.Raw(w, web.Op{
		ID: "supervise.evidence.put", Method: http.MethodPost, Path: "/proctor/v1/pictures", Perm: permIrregularity,
		MaxBody: evidence.MaxSize, Summary: "上传证据照片，返回编号",
	}, a.putPicture)
}

// candidate is a person as the door sees them.
type candidate struct {
	ID           string           `json:"id"`
	Admission    string           `json:"admission"`
	Name         string           `json:"name"`
	IDNumber     string           `json:"id_number" doc:"部分隐藏"`
	Seat         string           `json:"seat"`
	HasPhoto     bool             `json:"has_photo"`
	PhotoProblem string           `json:"photo_problem" doc:"预留照片为什么无法使用；空为可用或尚未检查"`
	Consent      bool             `json:"consent" doc:"报名时或入场时同意人脸核验，之后没有拒绝"`
	Standing     seating.Standing `json:"standing"`
	StandingName string           `json:"standing_name"`
	Deciders     int              `json:"deciders" doc:"需要几名监考员决定"`
	Last         string           `json:"last" doc:"最近一次核验"`
	By           string           `json:"by"`
	At           *time.Time       `json:"at"`
	Reason       string           `json:"reason"`
	Attempt      string           `json:"attempt"`
	AttemptState string           `json:"attempt_state"`
}

type doorIn struct {
	Sitting  string           `path:"sitting" maxLength:"64"`
	Standing seating.Standing `query:"standing" enum:"expected,pending,admitted,refused" required:"false"`
	Q        string           `query:"q" maxLength:"40" doc:"姓名或准考证号"`
}

func (a *API) candidates(_ context.Context, in *doorIn) (*listOf[candidate], error) {
	roll, err := a.Exam.Candidates(in.Sitting)
	if err != nil {
		return nil, err
	}
	return list(read(a, func(r store.Reader) ([]candidate, error) {
		entries, err := seating.Entries(r, in.Sitting)
		if err != nil {
			return nil, err
		}
		pictures, err := a.portraits(r, in.Sitting)
		if err != nil {
			return nil, err
		}
		out := []candidate{}
		for _, c := range roll {
			e, ok := entries[c.ID]
			if !ok {
				e.Standing = seating.Expected
			}
			if in.Standing != "" && e.Standing != in.Standing || !matches(c, in.Q) {
				continue
			}
			line := lineOf(c, e)
			line.PhotoProblem = pictures.Bad[c.ID]
			at, ok, err := attempt.Of(r, in.Sitting, c.ID)
			if err != nil {
				return nil, err
			}
			if ok {
				line.sits(at)
			}
			out = append(out, line)
		}
		return out, nil
	}))
}

func (a *API) portraits(r store.Reader, sitting string) (exam.Portraits, error) {
	st, err := exam.Get(r, sitting)
	if err != nil {
		return exam.Portraits{}, err
	}
	return exam.PortraitsIn(r, st)
}

func matches(c exam.Candidate, q string) bool {
	q = strings.TrimSpace(q)
	return q == "" || strings.Contains(c.Name, q) || strings.Contains(c.Admission, q)
}

func lineOf(c exam.Candidate, e seating.Entry) candidate {
	out := candidate{
		ID: c.ID, Admission: c.Admission, Name: c.Name, IDNumber: person.MaskNumber(c.IDNumber), Seat: c.Seat, HasPhoto: c.Photo != "",
		Consent: (c.Consent || e.Consent) && !e.Declined, Standing: e.Standing, StandingName: e.Standing.Name(), Deciders: e.Deciders, Last: e.Last,
		By: e.By, At: moment(e.At), Reason: e.Reason,
	}
	if e.Seat != "" {
		out.Seat = e.Seat
	}
	return out
}

// sits adds where somebody is who has logged in; a move may have taken them there.
func (c *candidate) sits(at attempt.Attempt) {
	c.Attempt, c.AttemptState, c.Seat = at.ID, at.State.Name(), at.Seat
}

type candidateIn struct {
	Sitting   string `path:"sitting" maxLength:"64"`
	Candidate string `path:"candidate" maxLength:"64"`
}

// record is everything the venue holds about a candidate.
type record struct {
	Candidate      candidate                `json:"candidate"`
	Verifications  []seating.Verification   `json:"verifications"`
	Attempt        *attempt.Attempt         `json:"attempt"`
	Irregularities []supervise.Irregularity `json:"irregularities"`
}

type recordOut struct{ Body record }

func (a *API) candidate(_ context.Context, in *candidateIn) (*recordOut, error) {
	c, err := a.Exam.Candidate(in.Sitting, in.Candidate)
	if err != nil {
		return nil, err
	}
	rec, err := read(a, func(r store.Reader) (record, error) {
		rec := record{Irregularities: []supervise.Irregularity{}}
		e, err := seating.EntryOf(r, in.Sitting, in.Candidate)
		if err != nil {
			return rec, err
		}
		pictures, err := a.portraits(r, in.Sitting)
		if err != nil {
			return rec, err
		}
		rec.Candidate = lineOf(c, e)
		rec.Candidate.PhotoProblem = pictures.Bad[c.ID]
		if rec.Verifications, err = seating.Verifications(r, in.Sitting, in.Candidate); err != nil {
			return rec, err
		}
		at, ok, err := attempt.Of(r, in.Sitting, in.Candidate)
		if err != nil {
			return rec, err
		}
		if ok {
			at.Session = "" // names a credential; nobody here needs it
			rec.Attempt = &at
			rec.Candidate.sits(at)
		}
		all, err := supervise.Irregularities(r, in.Sitting)
		for _, irr := range all {
			if irr.Candidate == in.Candidate {
				rec.Irregularities = append(rec.Irregularities, irr)
			}
		}
		return rec, err
	})
	return &recordOut{Body: rec}, err
}

type revealOut struct {
	Body struct {
		IDNumber string `json:"id_number"`
	}
}

func (a *API) reveal(ctx context.Context, in *candidateIn) (*revealOut, error) {
	c, err := a.Exam.Candidate(in.Sitting, in.Candidate)
	if err != nil {
		return nil, err
	}
	err = a.Store.Update(ctx, func(tx *store.Tx) error {
		return a.Audit.Record(ctx, tx, "seating.candidate.reveal", c.ID, "")
	})
	if err != nil {
		return nil, err
	}
	out := &revealOut{}
	out.Body.IDNumber = c.IDNumber
	return out, nil
}

func (a *API) photo(c *gin.Context) {
	data, err := a.Exam.Photo(c.Param("sitting"), c.Param("candidate"))
	sendPicture(c, data, err)
}

func (a *API) picture(c *gin.Context) {
	data, err := a.Evidence.Get(c.Param("digest"))
	sendPicture(c, data, err)
}

func sendPicture(c *gin.Context, data []byte, err error) {
	if err != nil {
		web.Fail(c, err)
		return
	}
	display.File(c.Writer, "", data)
}

func (a *API) putPicture(c *gin.Context) {
	body, err := io.ReadAll(c.Request.Body)
	var digest string
	if err == nil {
		digest, err = a.Evidence.Put(body)
	}
	if err != nil {
		web.Fail(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"digest": digest})
}

// face is what the door shows after a comparison: both pictures side by side
// are fetched by the page from photo and picture.
type face struct {
	Verification seating.Verification `json:"verification"`
	Standing     seating.Standing     `json:"standing"`
	Deciders     int                  `json:"deciders"`
}

func (a *API) face(c *gin.Context) {
	picture, err := io.ReadAll(c.Request.Body)
	if err != nil {
		web.Fail(c, fault.Invalidf("request.invalid", "照片上传中断，请重试").With(err))
		return
	}
	v, e, err := a.Seating.Face(c.Request.Context(), c.Param("sitting"), c.Param("candidate"), picture, c.Query("consent") == "true")
	if err != nil {
		web.Fail(c, err)
		return
	}
	c.JSON(http.StatusOK, face{Verification: v, Standing: e.Standing, Deciders: e.Deciders})
}

type decideIn struct {
	Sitting   string `path:"sitting" maxLength:"64"`
	Candidate string `path:"candidate" maxLength:"64"`
	Body      struct {
		Admit    bool   `json:"admit"`
		Reason   string `json:"reason" maxLength:"200" doc:"核验依据"`
		Seen     string `json:"seen,omitempty" maxLength:"64" doc:"页面上最近一次核验的编号（last）；其后他人作出相反决定时拒绝"`
		Declined bool   `json:"declined,omitempty" doc:"考生不同意人脸核验：此后也不拍照"`
		Second   second `json:"second,omitempty" required:"false" doc:"需要两人决定时，另一名监考员的账号"`
	}
}

// second is another person's confirmation.
type second struct {
	Username string `json:"username,omitempty" maxLength:"60"`
	Password string `json:"password,omitempty" text:"secret" maxLength:"200"`
}

type decideOut struct {
	Body struct {
		Standing seating.Standing `json:"standing"`
		Seat     string           `json:"seat"`
	}
}

func (a *API) decide(ctx context.Context, in *decideIn) (*decideOut, error) {
	e, err := a.Seating.Decide(ctx, in.Sitting, in.Candidate, seating.Decision{
		Admit: in.Body.Admit, Reason: in.Body.Reason, Declined: in.Body.Declined, Seen: in.Body.Seen,
		SecondUser: in.Body.Second.Username, SecondPassword: in.Body.Second.Password,
	})
	if err != nil {
		return nil, err
	}
	out := &decideOut{}
	out.Body.Standing, out.Body.Seat = e.Standing, e.Seat
	return out, nil
}

type assignIn struct {
	Sitting   string `path:"sitting" maxLength:"64"`
	Candidate string `path:"candidate" maxLength:"64"`
	Body      struct {
		Seat    string `json:"seat" minLength:"1" maxLength:"20"`
		Confirm bool   `json:"confirm,omitempty" doc:"座位已安排给其他考生时，确认仍要使用"`
	}
}

func (a *API) assign(ctx context.Context, in *assignIn) (*struct{}, error) {
	return nil, a.Seating.AssignSeat(ctx, in.Sitting, in.Candidate, in.Body.Seat, in.Body.Confirm)
}
