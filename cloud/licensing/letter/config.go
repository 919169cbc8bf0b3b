package letter

import (
	"bytes"
	"image"
	_ "image/png" // pictures of seals
	"net/url"
	"strings"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// DefaultAgency is the agency of a demonstration; a site configures its own.
func DefaultAgency() Agency {
	return Agency{
		Code: "310000", Name: "上海市交通委员会", Prefix: "沪交从", Review: "上海市人民政府", Court: "上海铁路运输法院", Phone: "12345", Address: "上海市",
	}
}

const maxSeal = 2 << 20

// check refuses an agency with which no letter could be written. Fault:
// licensing.letter.agency.
func (a Agency) check() error {
	for what, text := range map[string]string{
		"agency_code": a.Code, "agency": a.Name, "prefix": a.Prefix, "review": a.Review, "court": a.Court, "phone": a.Phone, "address": a.Address,
	} {
		if strings.TrimSpace(text) == "" || len([]rune(text)) > 60 || !person.Line(text) {
			return fault.Newf(fault.Invalid, "licensing.letter.agency", "法律文书的机关信息不完整，请检查配置 letter.%s（1 至 60 个字）", what)
		}
	}
	for what, link := range map[string]string{"verify": a.Verify, "progress": a.Progress} {
		if u, err := url.Parse(link); link != "" && (err != nil || u.Host == "" || len(link) > 120) {
			return fault.Newf(fault.Invalid, "licensing.letter.agency", "配置 letter.%s 须是完整的网址，且不超过 120 个字符", what)
		}
	}
	if len(a.Seal) == 0 {
		return nil
	}
	c, kind, err := image.DecodeConfig(bytes.NewReader(a.Seal))
	if err != nil || kind != "png" || len(a.Seal) > maxSeal || c.Width != c.Height || c.Width < 300 {
		return fault.New(fault.Invalid, "licensing.letter.agency", "配置 letter.seal 须是正方形的 PNG 图片，边长不少于 300 像素，文件不超过 2 MB").With(err)
	}
	return nil
}
