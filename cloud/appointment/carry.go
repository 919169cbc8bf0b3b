package appointment

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/scan"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// MaxFile is the largest file of a material in bytes.
const MaxFile = 20 << 20

// mostFiles is how many materials a booking carries.
const mostFiles = 20

// Material is a file that a booking brings along, for the application that it may
// become.
type Material struct {
	Code    string    `json:"code" db:"code"`
	Name    string    `json:"name" db:"name"`
	Kind    string    `json:"kind" db:"kind"`
	Size    int64     `json:"size" db:"size"`
	AddedAt time.Time `json:"added_at" db:"added_at"`
	Blob    []byte    `json:"-" db:"blob"`
}

// Attach adds a material to a booking, or puts a new file in its place. It checks
// no right: whoever calls knows who acts. Faults: missing, appointment.material.state,
// .code, .kind, .scripted, .damaged, .many.
func (s *Service) Attach(ctx context.Context, tx pgx.Tx, by By, key, code, name string, data []byte) (Material, error) {
	b, err := s.theirs(ctx, tx, by, key)
	if err != nil {
		return Material{}, err
	}
	kind, taken := scan.Kind(data)
	switch {
	case b.State != Booked:
		return Material{}, fault.Newf(fault.Conflict, "appointment.material.state", "预约当前为“%s”，不能再提交材料", stateNames[b.State])
	case len(code) != 3 || code[0] != 'M':
		return Material{}, fault.New(fault.Invalid, "appointment.material.code", "没有这种材料，请按材料清单提交")
	case !taken || len(data) > MaxFile:
		return Material{}, fault.New(fault.Invalid, "appointment.material.kind", "材料应为不超过 20 MB 的 PDF、JPEG 或 PNG 文件")
	case scan.Scripted(kind, data):
		return Material{}, fault.New(fault.Invalid, "appointment.material.scripted", "PDF 文件里有程序或启动其他程序的动作，不能接收；请重新扫描，或打印后拍照上传")
	case !scan.Opens(kind, data): // or the application that it is carried into leaves it out
		return Material{}, fault.New(fault.Invalid, "appointment.material.damaged", "文件已损坏、不完整或图片尺寸过大，打不开；请重新拍摄或扫描后上传")
	}
	data = scan.Bare(kind, data)
	n, err := db.Value[int](ctx, tx, countMaterialSQL, b.ID, code)
	if err != nil {
		return Material{}, err
	}
	if n >= mostFiles {
		return Material{}, fault.Newf(fault.Precondition, "appointment.material.many", "一个预约最多提交 %d 份材料", mostFiles)
	}
	clean, err := sheet.Text(name, 120)
	if err != nil || clean == "" {
		clean = "材料"
	}
	sealed, err := s.keys.SealAt([]string{placeFile, b.ID, code}, data)
	if err != nil {
		return Material{}, err
	}
	digest, _, err := s.blobs.Put(ctx, bytes.NewReader(sealed))
	if err != nil {
		return Material{}, err
	}
	m := Material{Code: code, Name: clean, Kind: kind, Size: int64(len(data)), AddedAt: s.now(), Blob: digest[:]}
	if _, err := tx.Exec(ctx, putMaterialSQL, b.ID, m.Code, m.Name, m.Kind, m.Size, m.Blob, m.AddedAt); err != nil {
		return m, err
	}
	return m, s.audit.Record(ctx, tx, "appointment.booking.material", b.ID, map[string]any{"number": b.Number, "code": code, "size": m.Size})
}

// Scan is Attach by a clerk, for what somebody sent or brought.
func (s *Service) Scan(ctx context.Context, id, code, name string, data []byte) (out Page, err error) {
	actor, err := auth.Require(ctx, PermBook)
	if err != nil {
		return out, err
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := s.Attach(ctx, tx, By{Caller: actor.ID, Channel: Window}, id, code, name, data); err != nil {
			return err
		}
		out, err = s.page(ctx, tx, id)
		return err
	})
}

// File is one material's content; that it was looked at is recorded. Faults:
// missing.
func (s *Service) File(ctx context.Context, id, code string) (m Material, data []byte, err error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return m, nil, err
	}
	if m, err = db.Row[Material](ctx, s.db, materialSQL, id, code); err != nil {
		return m, nil, err
	}
	if data, err = s.content(ctx, id, m); err != nil {
		return m, nil, err
	}
	return m, data, s.audit.RecordNow(ctx, "appointment.booking.file", id, map[string]any{"code": code})
}

func (s *Service) content(ctx context.Context, id string, m Material) ([]byte, error) {
	var d sm.Digest
	if copy(d[:], m.Blob) != len(d) {
		return nil, fault.New(fault.Internal, "appointment.material.blob", "材料的存放记录已损坏，请联系系统管理员")
	}
	sealed, err := blob.Read(ctx, s.blobs, d, MaxFile+1<<10)
	if err != nil {
		return nil, err
	}
	return s.keys.OpenAt([]string{placeFile, id, m.Code}, sealed)
}

const placeFile = "appointment_material.blob"

// Carried is what a booking brings along to an application.
type Carried struct {
	Booking   Booking
	Form      map[string]string
	Materials []Carry
}

// Carry is a material with its content.
type Carry struct {
	Material
	Data []byte
}

// Carried opens what a booking brings along; it checks no right but whose it is.
// Fault: missing.
func (s *Service) Carried(ctx context.Context, tx pgx.Tx, by By, key string) (out Carried, err error) {
	if out.Booking, err = s.theirs(ctx, tx, by, key); err != nil {
		return out, err
	}
	id := out.Booking.ID
	sealed, err := db.Value[[]byte](ctx, tx, formSQL, id)
	if err != nil {
		return out, err
	}
	out.Form = map[string]string{}
	if len(sealed) > 0 {
		raw, err := s.keys.OpenAt([]string{placeForm, id}, sealed)
		if err != nil {
			return out, err
		}
		if err := json.Unmarshal(raw, &out.Form); err != nil {
			return out, err
		}
	}
	list, err := db.All[Material](ctx, tx, materialsSQL, id)
	if err != nil {
		return out, err
	}
	for _, m := range list {
		data, err := s.content(ctx, id, m)
		if err != nil {
			return out, err
		}
		out.Materials = append(out.Materials, Carry{m, data})
	}
	return out, nil
}
