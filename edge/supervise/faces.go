package supervise

import "fmt"

const (
	// maxFaces keeps a venue clear of the 100,000 people at which face data must
	// be registered with the authority (人脸识别技术应用安全管理办法).
	maxFaces  = 80_000
	manyFaces = maxFaces * 8 / 10
)

// facesItem tells of the pictures kept here. It warns and refuses nothing: a
// candidate at the door is not turned away for it.
func facesItem(n int) Item {
	i := Item{Code: "faces", Name: "人脸照片", Level: green, Text: fmt.Sprintf("已存 %d 张（含预留照片），上限 %d", n, maxFaces), alarm: "venue.faces.many"}
	switch {
	case n >= maxFaces:
		i.Level = red
	case n >= manyFaces:
		i.Level = yellow
	default:
		return i
	}
	i.Stops = "考试不受影响；达到十万人的人脸信息须向网信部门备案"
	i.Do = "请技术员检查照片保存期限的设置，到期照片由系统自动删除；仍超限请联系中心"
	return i
}
