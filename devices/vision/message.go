package vision

import "huyun.internal/protocol/fault"

// What can be asked of the process.
const (
	AskInfo    = "info"
	AskCompare = "compare" // two pictures: reference, probe
	AskFind    = "find"    // one picture
)

// Request is the header of a question.
type Request struct {
	Ask   string `json:"ask"`
	Sizes []int  `json:"sizes,omitempty"` // bytes of each picture of the payload
}

// Split cuts the payload into the pictures that Sizes announces. False when
// they do not add up to it, or are not the number that this question has.
func (r Request) Split(payload []byte) ([][]byte, bool) {
	want, known := map[string]int{AskInfo: 0, AskCompare: 2, AskFind: 1}[r.Ask]
	if !known || len(r.Sizes) != want {
		return nil, false
	}
	pictures := make([][]byte, 0, want)
	for _, size := range r.Sizes {
		if size < 0 || size > len(payload) {
			return nil, false
		}
		pictures = append(pictures, payload[:size])
		payload = payload[size:]
	}
	return pictures, len(payload) == 0
}

// Reply is the header of an answer: exactly one part is set.
type Reply struct {
	Info   *Info   `json:"info,omitempty"`
	Result *Result `json:"result,omitempty"`
	Faces  *[]Face `json:"faces,omitempty"`
	Fault  *Fault  `json:"fault,omitempty"`
}

// Fault is a fault on the wire.
type Fault struct {
	Kind string `json:"kind"`
	Code string `json:"code"`
	Text string `json:"text"`
}

// FaultOf prepares an error for the wire. The cause stays in the process.
func FaultOf(err error) *Fault {
	f := fault.From(err)
	return &Fault{Kind: f.Kind.String(), Code: f.Code, Text: f.Text}
}

// Err turns it back.
func (f Fault) Err() error {
	kind, ok := fault.ParseKind(f.Kind)
	if !ok || f.Code == "" {
		return ErrReply
	}
	return fault.New(kind, f.Code, f.Text)
}

// PictureFault is a fault about one of the pictures of a request. part is
// reference, probe or picture; reason is bytes, format, pixels, small or
// damaged.
func PictureFault(part, reason string) *fault.Error {
	name := map[string]string{"reference": "参考照片", "probe": "现场照片"}[part]
	if name == "" {
		name = "照片"
	}
	kind, text := fault.Invalid, "已损坏或不完整，请重新拍摄或更换"
	switch reason {
	case "bytes":
		kind, text = fault.TooLarge, "超过 8 MB，请压缩后重试"
	case "pixels":
		kind, text = fault.TooLarge, "像素过大，请缩小到 4000 万像素以内"
	case "format":
		text = "格式不支持，请使用 JPEG 或 PNG"
	case "small":
		text = "尺寸过小，请重新拍摄"
	}
	return fault.New(kind, "vision."+part+"."+reason, name+text)
}
