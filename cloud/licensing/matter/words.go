package matter

import "huyun.internal/cloud/licensing"

// Most decisions grant a licence, and states and events are named after that. What
// comes of some matters is none, and is not called one on any screen, in what the
// platforms are sent or in a refusal.
var called = map[string]map[string]string{ // by what comes of the case
	"ADMISSION": {
		string(licensing.Granted): "准予报名", string(licensing.Denied): "不予报名", string(licensing.Completed): "报名完成",
		string(licensing.Grant): "准予报名", string(licensing.Deny): "不予报名", string(licensing.ProposeRefusal): "拟不予报名",
		string(licensing.CertificateDone): "发放准考证", string(licensing.Deliver): "送达准考证",
	},
}

// StateName is what a state of a case of this matter is called.
func (d Definition) StateName(s licensing.State) string {
	return d.word(licensing.States(), string(s))
}

// EventName is what an event of a case of this matter is called.
func (d Definition) EventName(e licensing.Event) string {
	return d.word(licensing.Events(), string(e))
}

func (d Definition) word(all []licensing.Entry, code string) string {
	if own := called[d.Certificate][code]; own != "" {
		return own
	}
	return licensing.Name(all, code)
}

// Licenses says whether what is decided on is a licence, or anything that changes one.
func (d Definition) Licenses() bool { return called[d.Certificate] == nil }
