package calendar

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/fault"
)

type (
	yearsOut struct{ Body Years }
	daysIn   struct {
		db.Page
		Year  int    `query:"year" minimum:"0" maximum:"2100"`
		Kind  string `query:"kind" enum:"holiday,makeup" required:"false"`
		Since string `query:"since" format:"date" required:"false" doc:"从这一天起"`
	}
	daysOut struct{ Body db.List[Day] }
)

const (
	base     = "/api/v1/licensing/calendar"
	daysPath = base + "/days"

	maxWorkbook = 4 << 20
)

// Register adds the operations of the calendar.
func Register(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: base + "/years", Summary: "工作日历各年"},
		func(ctx context.Context, _ *struct{}) (*yearsOut, error) {
			out, err := s.Years(ctx)
			return &yearsOut{out}, err
		})
	web.Register(w, web.Op{ID: "licensing.calendar.days", Method: http.MethodGet, Path: daysPath, Perm: PermList, Summary: "放假与调休上班的日子"},
		func(ctx context.Context, in *daysIn) (*daysOut, error) {
			out, err := s.Days(ctx, Filter{in.Year, in.Kind, in.Since}, in.Page)
			return &daysOut{out}, err
		})
	listing.Export(w, web.Op{ID: "licensing.calendar.export", Path: daysPath, Perm: PermList}, listing.Sheet[Day]{Name: "工作日历", Columns: []listing.Column[Day]{
		listing.Col("日期", 14, func(d Day) any { return d.date().String() }),
		listing.Col("安排", 10, func(d Day) any { return kindNames[d.Kind] }),
		listing.Col("节日", 16, func(d Day) any { return d.Name }),
	}}, s.audit.RecordNow, func(ctx context.Context, in *daysIn) (db.List[Day], error) {
		return s.Days(ctx, Filter{in.Year, in.Kind, in.Since}, in.Page)
	})
	web.Raw(w, web.Op{ID: PermImport, Method: http.MethodPost, Path: base + "/years/{year}/import", Summary: "导入一年的工作日历", MaxBody: maxWorkbook},
		func(c *gin.Context) {
			year, err := yearOf(c)
			var files map[string]transfer.File
			if err == nil {
				files, err = transfer.Receive(c.Request, map[string]int64{"workbook": maxWorkbook})
			}
			if err != nil {
				web.Fail(c, err)
				return
			}
			out, err := s.Import(c.Request.Context(), year, files["workbook"].Name, files["workbook"].Data)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "licensing.calendar.template", Method: http.MethodGet, Path: base + "/years/{year}/template", Perm: PermImport, Summary: "下载工作日历模板"},
		func(c *gin.Context) {
			year, err := yearOf(c)
			var book []byte
			if err == nil {
				book, err = s.Template(c.Request.Context(), year)
			}
			transfer.Workbook(c, fmt.Sprintf("%d年工作日历.xlsx", year), book, err)
		})
}

func yearOf(c *gin.Context) (int, error) {
	year, err := strconv.Atoi(c.Param("year"))
	if err != nil || year < 2000 || year > 2100 {
		return 0, fault.New(fault.Invalid, "licensing.calendar.import.year", "年份应为四位数字，如 2027")
	}
	return year, nil
}
