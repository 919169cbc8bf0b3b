package dossier

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/wire"
)

// The words of the printed record; the console's page has the same ones.
var (
	stageWords    = map[string]string{wire.StageEntry: "入场", wire.StagePre: "开考前", wire.StageRandom: "考试中抽查", "CENTRE": "中心认定"}
	decisionWords = map[string]string{wire.DecisionPass: "通过", wire.DecisionFail: "不通过", wire.DecisionManual: "转人工"}
	reasonWords   = map[string]string{
		"face.match": "与预留照片相符", "face.unlike": "与预留照片不符", "face.unsure": "相似度不足以判定", "face.none": "没有检出人脸",
		"face.many": "检出多张人脸", "face.picture": "图像不可用", "face.reference": "没有可用的预留照片", "face.demo": "演示级引擎不作判定",
		"face.result": "引擎结果不可用", "face.machine.done": "多次不通过，须人工核对", "face.down": "核验服务不可用",
	}
	eventWords = map[string]string{
		wire.KindLogin: "登录", wire.KindSeatMoved: "换座", wire.KindPaused: "暂停", wire.KindResumed: "恢复", wire.KindTimeExtended: "补时",
	}
	handinWords = map[string]string{"candidate": "本人交卷", "time": "到时自动交卷", "proctor": "监考员强制交卷"}
	levelWords  = map[string]string{wire.AlarmRed: "红色告警", wire.AlarmYellow: "黄色告警"}
	breachWords = map[string]string{
		"V01": "迟到超过 15 分钟或未带证件", "V02": "携带的通讯设备未关闭", "V03": "交头接耳、旁窥", "V04": "擅离座位、扰乱秩序",
		"V05": "使用通讯设备或资料作弊", "V06": "替考", "V07": "暴力、泄题", "V08": "篡改设备、外联",
	}
	consequenceWords = map[conduct.Consequence]string{
		conduct.None: "不予处理", conduct.Warn: "警告，成绩有效", conduct.End: "终止本场，已答部分计分", conduct.Zero: "本场 0 分",
		conduct.Absent: "缺考处理", conduct.Void: "取消资格，成绩无效", conduct.Ban: "成绩无效，一年内不得报考",
	}
)

// word is a code in words, or itself: an old record must still be readable.
func word[K ~string](words map[K]string, code K) string {
	if w := words[code]; w != "" {
		return w
	}
	return string(code)
}

func maybe(t *time.Time) string {
	if t == nil {
		return "—"
	}
	return clock.Text(*t)
}

func minutes(ms int64) string { return fmt.Sprintf("%d 分 %d 秒", ms/60000, ms/1000%60) }

// told says an event in words: only what a person reads.
func (e Event) told() string {
	var d struct {
		Seat, From, To, Terminal, Reason string
		Extra                            time.Duration `json:"extra_ns"`
	}
	_ = json.Unmarshal(e.Detail, &d) // what cannot be read is told without details
	var out []string
	for _, p := range []struct{ name, value string }{{"座位", d.Seat}, {"从", d.From}, {"到", d.To}, {"原因：", d.Reason}} {
		if p.value != "" {
			out = append(out, p.name+" "+p.value)
		}
	}
	if d.Extra > 0 {
		out = append(out, "补 "+minutes(d.Extra.Milliseconds()))
	}
	if e.All {
		out = append(out, "全场")
	}
	return strings.Join(out, "，")
}
