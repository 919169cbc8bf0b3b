// Package transfer moves files between browsers and the domains: uploads
// read straight into memory, because questions and ID numbers must not lie in
// a temporary folder, and downloads with the headers that keep a browser from
// guessing. Used by the api.go of bank, sitting, score and class.
//
// It knows no workbook and no picture format.
package transfer

import (
	"errors"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/display"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// File is one uploaded file.
type File struct {
	Name string
	Data []byte
}

const maxName = 120

// Receive reads a multipart form whose parts are files with the given names and
// size limits in bytes. Other parts are refused. Faults: exam.upload.format,
// exam.upload.empty, exam.upload.size, exam.upload.missing.
func Receive(r *http.Request, limits map[string]int64) (map[string]File, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, fault.New(fault.Invalid, "exam.upload.format", "请通过页面选择文件上传").With(err)
	}
	out := map[string]File{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, interrupted(err)
		}
		limit, known := limits[part.FormName()]
		if _, twice := out[part.FormName()]; !known || twice {
			return nil, fault.New(fault.Invalid, "exam.upload.format", "请通过页面选择文件上传")
		}
		data, err := io.ReadAll(io.LimitReader(part, limit+1))
		if err != nil {
			return nil, interrupted(err)
		}
		if len(data) == 0 && part.FileName() != "" {
			return nil, fault.New(fault.Invalid, "exam.upload.empty", "“"+cleanName(part.FileName())+"”是空文件，请检查后重新选择")
		}
		if int64(len(data)) > limit {
			return nil, fault.Newf(fault.TooLarge, "exam.upload.size", "文件超过 %d MB，请拆分或压缩后再上传", limit>>20)
		}
		out[part.FormName()] = File{Name: cleanName(part.FileName()), Data: data}
	}
	if _, wanted := limits["workbook"]; (wanted && len(out["workbook"].Data) == 0) || len(out) == 0 {
		return nil, fault.New(fault.Invalid, "exam.upload.missing", "请选择要上传的文件")
	}
	return out, nil
}

func interrupted(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.New(fault.TooLarge, "exam.upload.size", "上传内容过大，请拆分或压缩后再上传").With(err)
	}
	return fault.New(fault.Invalid, "exam.upload.format", "上传中断或内容不完整，请检查网络后重试").With(err)
}

// cleanName keeps a file name for people to recognise, never to open.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if !person.Seen(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if runes := []rune(name); len(runes) > maxName {
		name = string(runes[:maxName])
	}
	return name
}

// Answer writes the result of an upload.
func Answer(c *gin.Context, v any, err error) {
	if err != nil {
		web.Fail(c, err)
		return
	}
	c.JSON(http.StatusOK, v)
}

// Workbook offers a workbook for saving.
func Workbook(c *gin.Context, name string, book []byte, err error) {
	if err != nil {
		web.Fail(c, err)
		return
	}
	display.Saved(c.Writer.Header(), sheet.Type, "export.xlsx", name)
	c.Data(http.StatusOK, sheet.Type, book)
}

// Show answers a file that can be looked at, printed and saved under its name,
// which may be empty.
func Show(c *gin.Context, name string, data []byte, err error) {
	if err != nil {
		web.Fail(c, err)
		return
	}
	display.File(c.Writer, name, data)
}
