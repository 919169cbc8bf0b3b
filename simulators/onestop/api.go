package onestop

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"huyun.internal/protocol/clock"
)

// Register adds everything: what we call, what people see, and the controls.
func (s *System) Register(mux *http.ServeMux) {
	for name, do := range map[string]take{
		"user/getAccessToken":           s.getAccessToken,
		"user/getUserInfoByAccessToken": s.getUserInfo,
		"getApplyNoByItemNo.do":         s.getApplyNo,
		"declare/saveApply.do":          s.saveApply,
		"declare/uploadStuff.do":        s.uploadStuff,
		"declare/submitApply.do":        s.submitApply,
		"case/status":                   s.caseStatus,
		"case/correction":               s.caseCorrection,
		"case/result":                   s.caseResult,
		"case/document":                 s.caseDocument,
		"case/query":                    s.caseQuery,
		"message/send":                  s.messageSend,
	} {
		mux.HandleFunc("POST /aci/"+name, s.serve(name, do))
	}
	s.control(mux)
	s.people(mux)
}

// A token is good once and for five minutes; an access token for half an hour.
const (
	tokenLife  = 5 * time.Minute
	accessLife = 30 * time.Minute
)

type token struct {
	user string
	till time.Time
}

func secret() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // it never fails
	return hex.EncodeToString(raw[:])
}

// Token signs a person on: whoever has it may be asked for once.
func (s *System) Token(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t, x := range s.tokens {
		if s.Now().After(x.till) {
			delete(s.tokens, t)
		}
	}
	t := secret()
	s.tokens[t] = token{user, s.Now().Add(tokenLife)}
	return t
}

func (s *System) getAccessToken(body []byte) (any, error) {
	in, err := read[struct {
		TokenSNO string `json:"tokenSNO"`
	}](body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tokens[in.TokenSNO]
	delete(s.tokens, in.TokenSNO)
	if !ok || s.Now().After(t.till) {
		return nil, refuse("TOKEN_INVALID", "令牌不存在、已使用或已过期")
	}
	access := secret()
	s.access[access] = token{t.user, s.Now().Add(accessLife)}
	return map[string]any{"accessToken": access, "expiresIn": int(accessLife.Seconds())}, nil
}

func (s *System) getUserInfo(body []byte) (any, error) {
	in, err := read[struct {
		AccessToken string `json:"accessToken"`
	}](body)
	if err != nil {
		return nil, err
	}
	list, err := s.lists()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	t, ok := s.access[in.AccessToken]
	s.mu.Unlock()
	if !ok || s.Now().After(t.till) {
		return nil, refuse("TOKEN_INVALID", "访问令牌不存在或已过期")
	}
	a, ok := list.account(t.user)
	if !ok {
		return nil, refuse("USER_UNKNOWN", "没有这个用户")
	}
	return a.Account, nil
}

const (
	platformSerials = 5_000_000 // the platform's serials are below, the centre's from here
	mostNumbers     = 100
)

var (
	itemForm  = regexp.MustCompile(`^\d{12}$`)
	applyForm = regexp.MustCompile(`^\d{15}$`)
	bare      = regexp.MustCompile(`\d{17}[\dXx]`)
)

func (s *System) knownItem(item string) error {
	list, err := s.lists()
	if err != nil {
		return err
	}
	if _, ok := list.matter(item); !itemForm.MatchString(item) || !ok && len(list.Matters) > 0 {
		return refuse("ITEM_UNKNOWN", "平台没有这个事项编码")
	}
	return nil
}

func (s *System) getApplyNo(body []byte) (any, error) {
	in, err := read[struct {
		ItemCode string `json:"itemCode"`
		Count    int    `json:"count"`
	}](body)
	if err != nil {
		return nil, err
	}
	if in.Count < 1 || in.Count > mostNumbers {
		return nil, refuse("COUNT", "一次取 1 到 100 个编码")
	}
	if err := s.knownItem(in.ItemCode); err != nil {
		return nil, err
	}
	head := in.ItemCode[:6] + fmt.Sprintf("%02d", clock.DateOf(s.Now()).Year%100)
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.state.last[head] + 1
	if first+in.Count > platformSerials {
		return nil, refuse("NUMBERS", "本年度编码已用完")
	}
	if err := s.record(event{Numbers: &numbers{Head: head, Last: first + in.Count - 1}}); err != nil {
		return nil, err
	}
	out := make([]string, in.Count)
	for i := range out {
		out[i] = fmt.Sprintf("%s%07d", head, first+i)
	}
	return map[string]any{"aplyNos": out}, nil
}

// issued tells whether a number can be one: ours were given away here.
func (s *state) issued(applyNo string) bool {
	var serial int
	if _, err := fmt.Sscanf(applyNo[8:], "%07d", &serial); err != nil {
		return false
	}
	return serial >= platformSerials || serial >= 1 && serial <= s.last[applyNo[:8]]
}

func (s *System) saveApply(body []byte) (any, error) {
	in, err := read[apply](body)
	if err != nil {
		return nil, err
	}
	if err := s.knownItem(in.ItemCode); err != nil {
		return nil, err
	}
	switch {
	case !applyForm.MatchString(in.ApplyNo) || in.ApplyNo[:6] != in.ItemCode[:6]:
		return nil, refuse("APPLYNO_FORM", "统一审批编码应为 15 位数字，前 6 位与事项一致")
	case in.Source != "网上申请" && in.Source != "窗口":
		return nil, refuse("SOURCE", "source 应为 网上申请 或 窗口")
	case in.ItemName == "" || in.TargetName == "" || in.TargetType != "个人" && in.TargetType != "法人":
		return nil, refuse("FIELDS", "itemName、targetName 不能为空，targetType 应为 个人 或 法人")
	case in.TargetType == "个人" && bare.MatchString(in.TargetNo):
		return nil, refuse("UNMASKED", "targetNo 应脱敏")
	case in.Draft != 0 && in.Draft != 1:
		return nil, refuse("FIELDS", "draft 应为 0 或 1")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.state.issued(in.ApplyNo) {
		return nil, refuse("APPLYNO_UNKNOWN", "这个编码没有发放过")
	}
	if old := s.state.cases[in.ApplyNo]; old != nil {
		if old.ItemCode != in.ItemCode || old.UserID != in.UserID {
			return nil, refuse("APPLYNO_TAKEN", "这个编码已用于另一办件")
		}
		if old.Submitted {
			in.Draft = 0
		}
	}
	return map[string]any{"applyNo": in.ApplyNo}, s.record(event{Apply: &in})
}

var errNoCase = refuse("APPLYNO_UNKNOWN", "平台没有这个办件，请先保存申请")

func (s *System) uploadStuff(body []byte) (any, error) {
	in, err := read[stuff](body)
	if err != nil {
		return nil, err
	}
	if in.StuffCode == "" || in.StuffName == "" || in.StuffType < 0 || in.StuffType > 2 || in.Size < 0 {
		return nil, refuse("FIELDS", "stuffCode、stuffName 不能为空，stuffType 应为 0、1 或 2")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.state.cases[in.ApplyNo]
	if c == nil {
		return nil, errNoCase
	}
	if in.StuffID == "" {
		in.StuffID = fmt.Sprintf("%s-%02d", in.ApplyNo, len(c.Stuff)+1)
	}
	return map[string]any{"stuffId": in.StuffID}, s.record(event{Stuff: &in})
}

func (s *System) submitApply(body []byte) (any, error) {
	in, err := read[submit](body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.state.cases[in.ApplyNo]
	if c == nil {
		return nil, errNoCase
	}
	if c.Submitted {
		return nil, nil //nolint:nilnil // said before, and no data
	}
	return nil, s.record(event{Submit: &in})
}
