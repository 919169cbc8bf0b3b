package onestop

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"huyun.internal/protocol/sm"
)

// nodes of a case, as agreed.
var nodes = map[string]string{
	"01": "收件", "02": "受理", "03": "不予受理", "04": "补正", "05": "审批", "06": "特别程序", "07": "延期", "08": "办结-准予", "09": "办结-不予",
	"10": "制证", "11": "送达", "12": "撤回", "13": "终止", "14": "预审退回",
}

// statusBody is the body of case/status.
type statusBody struct {
	ApplyNo     string `json:"applyNo"`
	Seq         int    `json:"seq"`
	Node        string `json:"node"`
	NodeName    string `json:"nodeName"`
	OpTime      string `json:"opTime"`
	Operator    string `json:"operator"`
	OrgCode     string `json:"orgCode"`
	Opinion     string `json:"opinion"`
	RemainDays  *int   `json:"remainDays"`
	AcceptTime  string `json:"acceptTime"`
	PromiseTime string `json:"promiseTime"`
	FinishTime  string `json:"finishTime"`
	Result      string `json:"result"`
}

type correctionBody struct {
	ApplyNo string   `json:"applyNo"`
	Seq     int      `json:"seq"`
	OpTime  string   `json:"opTime"`
	DueTime string   `json:"dueTime"`
	Defects []defect `json:"defects"`
}

type defect struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
	HowTo  string `json:"howTo"`
}

type resultBody struct {
	Data     resultData `json:"data"`
	Filedata []fileBody `json:"filedata"`
}

type resultData struct {
	ApplyNo          string `json:"applyNo"`
	Seq              int    `json:"seq"`
	Result           string `json:"result"`
	Suggestion       string `json:"suggestion"`
	SldwCode         string `json:"sldwCode"`
	SldwName         string `json:"sldwName"`
	ReceiveApplyTime string `json:"receiveApplyTime"`
	FinishTime       string `json:"finishTime"`
}

type fileBody struct {
	DocumentType string `json:"documentType"`
	FileName     string `json:"fileName"`
	File         string `json:"file"`
	SM3          string `json:"sm3"`
	Sealed       bool   `json:"sealed"`
}

type documentBody struct {
	ApplyNo string `json:"applyNo"`
	Seq     int    `json:"seq"`
	Number  string `json:"number"`
	fileBody
}

// receipt is the answer to a message; again says that it was given before.
type receipt struct {
	Receipt string `json:"receipt"`
	again   bool
}

func (s *System) caseStatus(body []byte) (any, error) {
	in, err := read[statusBody](body)
	if err != nil {
		return nil, err
	}
	if name, ok := nodes[in.Node]; !ok || in.NodeName != name {
		return nil, refuse("NODE_UNKNOWN", "node、nodeName 不在约定之内")
	}
	if in.OpTime == "" {
		return nil, refuse("FIELDS", "opTime 不能为空")
	}
	return s.message("case/status", in.ApplyNo, in.Seq, in, body, nil)
}

func (s *System) caseCorrection(body []byte) (any, error) {
	in, err := read[correctionBody](body)
	if err != nil {
		return nil, err
	}
	if in.OpTime == "" || in.DueTime == "" || len(in.Defects) == 0 {
		return nil, refuse("FIELDS", "opTime、dueTime、defects 不能为空")
	}
	for _, d := range in.Defects {
		if d.Name == "" || d.Reason == "" || d.HowTo == "" {
			return nil, refuse("FIELDS", "每处补正应写明名称、原因和怎样补")
		}
	}
	return s.message("case/correction", in.ApplyNo, in.Seq, in, body, nil)
}

func (s *System) caseResult(body []byte) (any, error) {
	in, err := read[resultBody](body)
	if err != nil {
		return nil, err
	}
	if in.Data.Result != "通过" && in.Data.Result != "不通过" {
		return nil, refuse("FIELDS", "result 应为 通过 或 不通过")
	}
	files, err := s.receive(in.Filedata)
	if err != nil {
		return nil, err
	}
	return s.message("case/result", in.Data.ApplyNo, in.Data.Seq, in.Data, body, files)
}

func (s *System) caseDocument(body []byte) (any, error) {
	in, err := read[documentBody](body)
	if err != nil {
		return nil, err
	}
	files, err := s.receive([]fileBody{in.fileBody})
	if err != nil {
		return nil, err
	}
	files[0].Number = in.Number
	in.File = ""
	return s.message("case/document", in.ApplyNo, in.Seq, in, body, files)
}

// receive takes documents in and checks that they arrived whole.
func (s *System) receive(list []fileBody) ([]Document, error) {
	out := make([]Document, len(list))
	for i, f := range list {
		data, err := base64.StdEncoding.DecodeString(f.File)
		switch {
		case err != nil || len(data) == 0:
			return nil, refuse("FILE", "文件内容不是 base64："+f.FileName)
		case sm.SumOf(data).String() != f.SM3:
			return nil, refuse("SM3_MISMATCH", "文件与 SM3 不一致："+f.FileName)
		case !bytes.HasPrefix(data, []byte("%PDF-")):
			return nil, refuse("FILE_TYPE", "文件应为 PDF："+f.FileName)
		case f.FileName == "" || f.DocumentType == "":
			return nil, refuse("FIELDS", "documentType、fileName 不能为空")
		}
		if err := s.keep(data); err != nil {
			return nil, err
		}
		out[i] = Document{DocumentType: f.DocumentType, FileName: f.FileName, SM3: f.SM3, Sealed: f.Sealed, At: s.Now()}
	}
	return out, nil
}

// content is what two messages are compared by: the same values in any order of
// fields.
func content(endpoint string, body []byte) (string, error) {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return "", err
	}
	raw, err := json.Marshal(v)
	return sm.SumOf(append([]byte(endpoint+"\n"), raw...)).String(), err
}

// message takes the next message of a case, or knows it already: in order, at
// least once, (applyNo, seq) is the key.
func (s *System) message(endpoint, applyNo string, seq int, kept any, body []byte, files []Document) (any, error) {
	digest, err := content(endpoint, body)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.state.cases[applyNo]
	if c == nil {
		return nil, errNoCase
	}
	next := c.seq() + 1
	switch {
	case seq < 1:
		return nil, refuse("FIELDS", "seq 从 1 起")
	case seq > next:
		return nil, &refusal{code: "SEQ_GAP", message: fmt.Sprintf("缺少第 %d 条", next), expected: next}
	case seq < next:
		old := c.Messages[seq-1]
		if old.Digest != digest {
			return nil, refuse("SEQ_REUSED", "这个序号已用于另一内容")
		}
		return receipt{old.Receipt, true}, nil
	}
	m := Message{
		ApplyNo: applyNo, Seq: seq, Endpoint: endpoint, Digest: digest, Receipt: fmt.Sprintf("YW%s%04d%.6s", applyNo, seq, digest), At: s.Now(), Body: raw, Documents: files,
	}
	return receipt{Receipt: m.Receipt}, s.record(event{Message: &m})
}

const mostAsked = 200

// known is a case in an answer to case/query.
type known struct {
	ApplyNo   string          `json:"applyNo"`
	Node      string          `json:"node"`
	OpTime    string          `json:"opTime"`
	Seq       int             `json:"seq"`
	Documents []knownDocument `json:"documents"`
}

type knownDocument struct {
	DocumentType string `json:"documentType"`
	Number       string `json:"number"`
	SM3          string `json:"sm3"`
}

// caseQuery tells what is known; a case that is not is left out.
func (s *System) caseQuery(body []byte) (any, error) {
	in, err := read[struct {
		ApplyNos []string `json:"applyNos"`
	}](body)
	if err != nil {
		return nil, err
	}
	if len(in.ApplyNos) > mostAsked {
		return nil, refuse("COUNT", "一次最多查询 200 个办件")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []known{}
	for _, no := range in.ApplyNos {
		c := s.state.cases[no]
		if c == nil {
			continue
		}
		k := known{ApplyNo: no, Seq: c.seq(), Documents: []knownDocument{}}
		if st, ok := c.newest(); ok {
			k.Node, k.OpTime = st.Node, st.OpTime
		}
		for _, d := range c.Documents {
			k.Documents = append(k.Documents, knownDocument{d.DocumentType, d.Number, d.SM3})
		}
		out = append(out, k)
	}
	return map[string]any{"cases": out}, nil
}

// newest is the last status.
func (c *Case) newest() (statusBody, bool) {
	for _, m := range slices.Backward(c.Messages) {
		if m.Endpoint == "case/status" {
			return as[statusBody](m), true
		}
	}
	return statusBody{}, false
}

// as reads the body of a message that was checked when it came.
func as[T any](m Message) (v T) {
	_ = json.Unmarshal(m.Body, &v)
	return v
}
