package appointment

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/listing"
	"huyun.internal/cloud/platform/transfer"
	"huyun.internal/cloud/platform/web"
)

type (
	// SlotIn and BookingIn are filters as requests carry them; huma reads only
	// exported parts.
	SlotIn struct {
		From  string `query:"from" maxLength:"10"`
		To    string `query:"to" maxLength:"10"`
		Place string `query:"place" maxLength:"40"`
		Group string `query:"group" maxLength:"20"`
		State string `query:"state" enum:"OPEN,CLOSED" required:"false"`
	}
	// BookingIn is the filter of bookings.
	BookingIn struct {
		From    string `query:"from" maxLength:"10"`
		To      string `query:"to" maxLength:"10"`
		Place   string `query:"place" maxLength:"40"`
		State   string `query:"state" enum:"BOOKED,ARRIVED,NO_SHOW,CANCELLED,CONVERTED" required:"false"`
		Matter  string `query:"matter" maxLength:"8"`
		Slot    string `query:"slot" maxLength:"40"`
		Channel string `query:"channel" enum:"ONESTOP,WINDOW,OWN" required:"false"`
	}
	slotsIn struct {
		db.Page
		SlotIn
	}
	slotsOut struct{ Body db.List[Slot] }
	listIn   struct {
		db.Page
		BookingIn
	}
	listOut struct{ Body db.List[Booking] }
	// IDIn names a slot or booking; exported, as above.
	IDIn struct {
		ID string `path:"id" maxLength:"40"`
	}
	orderIn struct {
		IDIn
		Body Order
	}
	bookingOut struct{ Body Booking }
	pageOut    struct{ Body Page }
	slotOut    struct{ Body Slot }
	revealIn   struct {
		IDIn
		Body struct {
			Reason string `json:"reason" minLength:"2" maxLength:"100"`
		}
	}
	revealOut struct {
		Body struct {
			Mobile string `json:"mobile"`
		}
	}
)

const (
	base       = "/api/v1/appointment"
	slots      = base + "/slots"
	oneSlot    = slots + "/{id}"
	bookings   = base + "/bookings"
	oneBooking = bookings + "/{id}"

	revealsPerMin = 10
)

// Register adds the operations of the calendar and of bookings.
func Register(w *web.Web, s *Service) {
	registerSlots(w, s)
	registerBookings(w, s)
	registerMarks(w, s)
	registerFiles(w, s)
	listing.Export(w, web.Op{ID: "appointment.slot.export", Path: slots, Perm: PermSlots}, s.slotSheet(), s.audit.RecordNow,
		func(ctx context.Context, in *slotsIn) (db.List[Slot], error) {
			return s.Slots(ctx, SlotFilter(in.SlotIn), in.Page)
		})
	listing.Export(w, web.Op{ID: "appointment.booking.export", Path: bookings, Perm: PermList}, bookingSheet(), s.audit.RecordNow,
		func(ctx context.Context, in *listIn) (db.List[Booking], error) {
			return s.List(ctx, Filter(in.BookingIn), in.Page)
		})
}

func registerSlots(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermSlots, Method: http.MethodGet, Path: slots, Summary: "查询号源"},
		func(ctx context.Context, in *slotsIn) (*slotsOut, error) {
			out, err := s.Slots(ctx, SlotFilter(in.SlotIn), in.Page)
			return &slotsOut{out}, err
		})
	web.Register(w, web.Op{ID: "appointment.words", Method: http.MethodGet, Path: base + "/words", Perm: PermSlots, Summary: "预约的字典"},
		func(ctx context.Context, _ *struct{}) (*struct{ Body Words }, error) {
			out, err := s.Words(ctx)
			return &struct{ Body Words }{out}, err
		})
	web.Register(w, web.Op{ID: PermSave, Method: http.MethodPost, Path: slots, Summary: "新增一个号源", Status: http.StatusNoContent},
		func(ctx context.Context, in *struct{ Body Draft }) (*struct{}, error) {
			return nil, s.Add(ctx, in.Body)
		})
	web.Register(w, web.Op{ID: "appointment.slot.generate", Method: http.MethodPost, Path: base + "/slot-weeks", Perm: PermSave, Summary: "按周生成号源"},
		func(ctx context.Context, in *struct{ Body Pattern }) (*struct{ Body Generated }, error) {
			out, err := s.Generate(ctx, in.Body)
			return &struct{ Body Generated }{out}, err
		})
	web.Register(w, web.Op{ID: "appointment.slot.resize", Method: http.MethodPut, Path: oneSlot, Perm: PermSave, Summary: "修改号源名额"},
		func(ctx context.Context, in *struct {
			IDIn
			Body Change
		},
		) (*slotOut, error) {
			out, err := s.Resize(ctx, in.ID, in.Body)
			return &slotOut{out}, err
		})
	web.Register(w, web.Op{ID: "appointment.slot.close", Method: http.MethodPost, Path: oneSlot + "/close", Perm: PermSave, Summary: "关闭号源"},
		func(ctx context.Context, in *struct {
			IDIn
			Body Closing
		},
		) (*struct{ Body Shut }, error) {
			out, err := s.Close(ctx, in.ID, in.Body)
			return &struct{ Body Shut }{out}, err
		})
	web.Register(w, web.Op{ID: "appointment.slot.open", Method: http.MethodPost, Path: oneSlot + "/open", Perm: PermSave, Summary: "重新开放号源"},
		func(ctx context.Context, in *struct {
			IDIn
			Body struct {
				Version int `json:"version" minimum:"1"`
			}
		},
		) (*slotOut, error) {
			out, err := s.Reopen(ctx, in.ID, in.Body.Version)
			return &slotOut{out}, err
		})
}

func registerBookings(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermList, Method: http.MethodGet, Path: bookings, Summary: "查询预约"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out, err := s.List(ctx, Filter(in.BookingIn), in.Page)
			return &listOut{out}, err
		})
	web.Register(w, web.Op{ID: "appointment.booking.show", Method: http.MethodGet, Path: oneBooking, Perm: PermList, Summary: "查看预约"},
		func(ctx context.Context, in *IDIn) (*pageOut, error) {
			out, err := s.Show(ctx, in.ID)
			return &pageOut{out}, err
		})
	web.Register(w, web.Op{ID: PermBook, Method: http.MethodPost, Path: bookings, Summary: "代为预约", Status: http.StatusCreated},
		func(ctx context.Context, in *struct{ Body Call }) (*bookingOut, error) {
			out, err := s.Take(ctx, in.Body)
			return &bookingOut{out}, err
		})
	web.Register(w, web.Op{ID: "appointment.booking.cancel", Method: http.MethodPost, Path: oneBooking + "/cancel", Perm: PermBook, Summary: "取消预约"},
		func(ctx context.Context, in *orderIn) (*bookingOut, error) {
			out, err := s.CallOff(ctx, in.ID, in.Body)
			return &bookingOut{out}, err
		})
}

func registerMarks(w *web.Web, s *Service) {
	web.Register(w, web.Op{ID: PermMark, Method: http.MethodPost, Path: oneBooking + "/arrive", Summary: "登记到场"},
		func(ctx context.Context, in *orderIn) (*bookingOut, error) {
			out, err := s.Arrive(ctx, in.ID, in.Body)
			return &bookingOut{out}, err
		})
	web.Register(w, web.Op{ID: "appointment.booking.missed", Method: http.MethodPost, Path: oneBooking + "/missed", Perm: PermMark, Summary: "登记未到"},
		func(ctx context.Context, in *orderIn) (*bookingOut, error) {
			out, err := s.Missed(ctx, in.ID, in.Body)
			return &bookingOut{out}, err
		})
	web.Register(w, web.Op{ID: PermReveal, Method: http.MethodPost, Path: oneBooking + "/reveal", Summary: "查看预约人手机号", PerMin: revealsPerMin},
		func(ctx context.Context, in *revealIn) (*revealOut, error) {
			out := &revealOut{}
			var err error
			out.Body.Mobile, err = s.Reveal(ctx, in.ID, in.Body.Reason)
			return out, err
		})
}

func registerFiles(w *web.Web, s *Service) {
	web.Raw(w, web.Op{ID: "appointment.booking.slip", Method: http.MethodGet, Path: oneBooking + "/slip", Perm: PermList, Summary: "打印预约凭条"}, func(c *gin.Context) {
		name, data, err := s.PrintSlip(c.Request.Context(), c.Param("id"))
		transfer.Show(c, name, data, err)
	})
	const path = oneBooking + "/materials/{code}"
	web.Raw(w, web.Op{ID: "appointment.booking.material", Method: http.MethodPost, Path: path, Perm: PermBook, Summary: "为预约提交材料", MaxBody: MaxFile + 1<<20},
		func(c *gin.Context) {
			files, err := transfer.Receive(c.Request, map[string]int64{"file": MaxFile})
			if err != nil {
				web.Fail(c, err)
				return
			}
			out, err := s.Scan(c.Request.Context(), c.Param("id"), c.Param("code"), files["file"].Name, files["file"].Data)
			transfer.Answer(c, out, err)
		})
	web.Raw(w, web.Op{ID: "appointment.booking.file", Method: http.MethodGet, Path: path, Perm: PermList, Summary: "查看预约的材料"},
		func(c *gin.Context) {
			m, data, err := s.File(c.Request.Context(), c.Param("id"), c.Param("code"))
			transfer.Show(c, m.Name, data, err)
		})
}
