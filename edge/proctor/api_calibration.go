package proctor

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/face/calibration"
	"huyun.internal/protocol/fault"
)

func registerCalibration(w *web.Web, a *API) {
	const path = "/proctor/v1/calibration"
	web.Register(w, web.Op{
		ID: "face.calibrate.latest", Method: http.MethodGet, Path: path, Perm: permCalibrate, Summary: "最近一次人脸核验校准",
	}, a.calibration)
	web.Raw(w, web.Op{
		ID: "face.calibrate", Method: http.MethodPost, Path: path, Perm: permCalibrate, Stream: true,
		Summary: "用已书面同意的照片校准人脸核验：请求体为 zip，每人一个文件夹；参数 consent=true、where 为同意书的存放",
	}, a.calibrate)
}

type calibrationOut struct {
	Body struct {
		Report *calibration.Report `json:"report,omitempty"`
	}
}

func (a *API) calibration(context.Context, *struct{}) (*calibrationOut, error) {
	out := &calibrationOut{}
	report, ok, err := a.Calibration.Latest()
	if ok {
		out.Body.Report = &report
	}
	return out, err
}

// calibrateLimit is for sending the photographs over a venue's own network.
const calibrateLimit = 10 * time.Minute

func (a *API) calibrate(c *gin.Context) {
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(calibrateLimit))
	data, err := io.ReadAll(io.LimitReader(c.Request.Body, calibration.MaxZip+1))
	if err != nil {
		web.Fail(c, fault.Invalidf("face.calibrate.zip", "上传中断，请重试").With(err))
		return
	}
	if len(data) > calibration.MaxZip {
		web.Fail(c, fault.TooLargef("face.calibrate.size", "压缩包超过 %d MB，请减少或压缩照片后重新上传", calibration.MaxZip>>20))
		return
	}
	report, err := a.Calibration.Measure(c.Request.Context(), data, c.Query("consent") == "true", c.Query("where"))
	if err != nil {
		web.Fail(c, err)
		return
	}
	c.JSON(http.StatusOK, report)
}
