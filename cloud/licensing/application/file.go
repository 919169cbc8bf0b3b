package application

import (
	"bytes"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/scan"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// MaxFile is the largest file of a material in bytes: some twenty scanned pages.
const MaxFile = 20 << 20

const (
	placeFile = "licensing_material.file"

	// pledge is the promise, online, to bring the paper when the new one is fetched.
	pledge = "pledge"
)

// Attach takes a material: a scanned file, or with no file that the original was
// seen at the window. Only a draft, one that came back and one that is being
// corrected takes any. Faults: missing, licensing.case.material.state, .code,
// .kind, .damaged, .form, .large.
func (s *Service) Attach(ctx context.Context, id, code, name string, data []byte) (Page, error) {
	actor, err := auth.Require(ctx, PermSubmit)
	if err != nil {
		return Page{}, err
	}
	m := Material{Code: code, Form: "original", Name: "原件已核对", Source: "WINDOW", By: actor.ID}
	if len(data) > 0 {
		if m, err = scanned(code, name, data, "WINDOW", actor.ID); err != nil {
			return Page{}, err
		}
	}
	var out Page
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.attach(ctx, tx, &c, m, data); err != nil {
			return err
		}
		out, err = s.page(ctx, tx, actor, c)
		return err
	})
}

// attach keeps a material of a locked case.
func (s *Service) attach(ctx context.Context, tx pgx.Tx, c *Case, m Material, data []byte) (err error) {
	if err := s.wanted(c, m); err != nil {
		return err
	}
	if len(data) > 0 {
		data = scan.Bare(m.Kind, data)
		m.Size = int64(len(data))
		if err := room(ctx, tx, c, len(data)); err != nil {
			return err
		}
		if m.Blob, err = s.keep(ctx, c, data); err != nil {
			return err
		}
	}
	var b db.Batch
	if err := s.addMaterials(ctx, tx, &b, c, m); err != nil {
		return err
	}
	if err := b.Send(ctx, tx); err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, "licensing.case.material", c.ID, map[string]any{"apply_no": c.ApplyNo, "code": m.Code, "form": m.Form, "size": m.Size})
}

const handedSQL = `SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM licensing_material WHERE case_id = $1 AND size > 0`

// room refuses more files than a case can need. Fault: licensing.case.material.many.
func room(ctx context.Context, q db.Q, c *Case, size int) error {
	have, err := db.Row[struct{ Files, Bytes int64 }](ctx, q, handedSQL, c.ID)
	if err != nil || have.Files < maxFiles && have.Bytes+int64(size) <= maxBytes {
		return err
	}
	return fault.Newf(fault.Precondition, "licensing.case.material.many", "本办件已上传 %d 份文件、共 %d MB，不能再上传；请压缩后撤回重新申请，或到窗口办理", have.Files, have.Bytes>>20)
}

func scanned(code, name string, data []byte, source, by string) (Material, error) {
	kind, err := FileKind(data)
	if err != nil {
		return Material{}, err
	}
	if code == "M05" && !letter.Printable(data) {
		return Material{}, fault.New(fault.Invalid, "licensing.case.material.photo", "照片的像素太多，不能印在申请表上；请改用 JPEG 格式，或缩小后上传")
	}
	clean, err := sheet.Text(name, 120)
	if err != nil || clean == "" {
		clean = "材料"
	}
	return Material{Code: code, Form: "scan", Name: clean, Kind: kind, Size: int64(len(data)), Source: source, By: by}, nil
}

// FileKind says what a file of a material is, by its bytes. Faults:
// licensing.case.material.kind, .damaged, .scripted.
func FileKind(data []byte) (string, error) {
	kind, taken := scan.Kind(data)
	if !taken {
		return "", fault.New(fault.Invalid, "licensing.case.material.kind", "材料应为 PDF、JPEG 或 PNG 文件，请重新扫描或另存后上传")
	}
	if !scan.Opens(kind, data) {
		return "", fault.New(fault.Invalid, "licensing.case.material.damaged", "文件已损坏、不完整或图片尺寸过大，打不开；请重新拍摄或扫描后上传")
	}
	if scan.Scripted(kind, data) {
		return "", fault.New(fault.Invalid, "licensing.case.material.scripted", "PDF 文件里有程序或启动其他程序的动作，不能接收；请重新扫描，或打印后拍照上传")
	}
	return kind, nil
}

const (
	// maxFiles and maxBytes are of one case, every revision counted: nobody fills the
	// disk with one application.
	maxFiles = 100
	maxBytes = 200 << 20
)

// wanted refuses a material that the matter does not ask for, in a form it does
// not take, or at a time when nothing is taken.
func (s *Service) wanted(c *Case, m Material) error {
	d, err := s.Matters.At(c.Matter, c.Version)
	if err != nil {
		return err
	}
	if !slices.Contains([]licensing.State{licensing.Draft, licensing.Returned, licensing.Correcting}, c.State) {
		return fault.Newf(fault.Conflict, "licensing.case.material.state", "办件当前为“%s”，不能再提交材料", d.StateName(c.State))
	}
	i := slices.IndexFunc(d.Materials, func(w matter.Material) bool { return w.Code == m.Code })
	if i < 0 {
		return fault.New(fault.Invalid, "licensing.case.material.code", "本事项不需要这项材料，请按材料清单提交")
	}
	if !slices.Contains(d.Materials[i].Forms, matter.MaterialForm(m.Form)) || m.Form == pledge && c.Channel != licensing.Online {
		return fault.New(fault.Invalid, "licensing.case.material.form", "本项材料不收这种形式，请按材料清单的说明提供")
	}
	return small(d.Materials[i], m)
}

// small holds whoever uploads to the size that the list of materials states. What a
// platform, a company's roster or another province sends is not theirs to make smaller.
// Fault: licensing.case.material.large.
func small(w matter.Material, m Material) error {
	most := w.MaxBytes()
	if most == 0 || m.Size <= most || !slices.Contains([]string{"WINDOW", "APPLICANT", "APPOINTMENT"}, m.Source) {
		return nil
	}
	return fault.Newf(fault.Invalid, "licensing.case.material.large", "文件有 %d KB，本项材料要求：%s；请裁剪或缩小后重新上传", m.Size>>10, w.Note)
}

func (s *Service) keep(ctx context.Context, c *Case, data []byte) ([]byte, error) {
	sealed, err := s.keys.SealAt([]string{placeFile, c.ID}, data)
	if err != nil {
		return nil, err
	}
	d, _, err := s.Blobs.Put(ctx, bytes.NewReader(sealed))
	return d[:], err
}

// File is a material as it was handed in; that it was looked at is recorded.
func (s *Service) File(ctx context.Context, id, code string) (Material, []byte, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return Material{}, nil, err
	}
	m, data, err := s.file(ctx, id, code)
	if err != nil {
		return m, nil, err
	}
	return m, data, s.Audit.RecordNow(ctx, "licensing.case.file", id, map[string]any{"code": code, "revision": m.Revision})
}

func (s *Service) file(ctx context.Context, id, code string) (Material, []byte, error) {
	m, err := db.Row[Material](ctx, s.DB, materialSQL, id, code)
	if err != nil {
		return m, nil, err
	}
	if m.Blob == nil {
		return m, nil, fault.New(fault.NotFound, "licensing.case.material.paper", "该材料没有电子文件：在窗口核对的原件，或由系统记录证明")
	}
	sealed, err := blob.Read(ctx, s.Blobs, sm.Digest(m.Blob), MaxFile+1<<10)
	if err != nil {
		return m, nil, err
	}
	data, err := s.keys.OpenAt([]string{placeFile, id}, sealed)
	return m, data, err
}
