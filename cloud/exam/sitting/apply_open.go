package sitting

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

func scanText(row pgx.CollectableRow) (string, error) { return pgx.RowTo[string](row) }

// packReceived says that the venue holds a package and has verified it, or why
// it could not.
func (a *applier) packReceived(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.PackReceived) string { return b.Sitting })
	if err != nil {
		return err
	}
	text := "考题包已收齐并通过验证"
	if via := viaNames[b.Via]; via != "" {
		text += "，经 " + via
	}
	withdrawn := b.Reason == wire.PackGone
	switch {
	case withdrawn:
		text = "考场已作废该考题包，试题不能再打开"
	case b.Reason == wire.PackKept:
		text = "考场已经开考，考题包没有作废；如需停止请暂停场次"
	case !b.OK:
		text = "考题包验证未通过：" + b.Reason
	}
	known := true
	if b.OK {
		n, err := a.exec(ctx, packReceivedSQL, b.Sitting, b.Pack, a.s.Clock.Now(), ref(a.node, rec))
		if err != nil {
			return err
		}
		if known = n > 0; !known {
			text = "考场收到了中心没有下发过的考题包"
			if err := a.anomaly(ctx, rec, b.Sitting, "pack.unknown", text); err != nil {
				return err
			}
		}
	}
	a.ready[b.Sitting] = true
	return a.s.note(ctx, a.tx, b.Sitting, Receipt{
		Kind: ReceiptReceived, Ref: ref(a.node, rec), OK: b.OK && known || withdrawn, Text: text, At: rec.At,
		Detail: map[string]any{"pack": b.Pack, "size": b.Size, "via": b.Via},
	})
}

var viaNames = map[string]string{"h3": "HTTP/3 下载", "https": "HTTPS 下载", "usb": "U 盘导入"}

func (a *applier) preflight(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.Preflight) string { return b.Sitting })
	if err != nil {
		return err
	}
	failed := 0
	for _, c := range b.Checks {
		if !c.OK {
			failed++
		}
	}
	a.ready[b.Sitting] = true
	// a green light over a failed check is not green
	return a.s.note(ctx, a.tx, b.Sitting, Receipt{
		Kind: ReceiptPreflight, Ref: ref(a.node, rec), OK: b.Green && failed == 0, Text: preflightText(b, failed), At: rec.At,
		Detail: map[string]any{"checks": b.Checks},
	})
}

// preflightText names what a person let pass: a waived check counts as good for
// the release, and is not one that was good.
func preflightText(b *wire.Preflight, failed int) string {
	var waived, warned []string
	for _, c := range b.Checks {
		if c.OK && c.Warn {
			warned = append(warned, c.Name+"："+c.Detail)
		}
		if c.OK && c.Waived != "" {
			waived = append(waived, fmt.Sprintf("%s（%s）", c.Name, c.Waived))
		}
	}
	text := fmt.Sprintf("考前检查 %d 项全部通过", len(b.Checks))
	if !b.Green || failed > 0 {
		text = fmt.Sprintf("考前检查 %d 项中 %d 项未通过", len(b.Checks), failed)
	} else if len(waived) > 0 {
		text = fmt.Sprintf("考前检查 %d 项通过", len(b.Checks))
	}
	if len(waived) > 0 {
		text += fmt.Sprintf("，其中豁免 %d 项：%s", len(waived), strings.Join(waived, "、"))
	}
	if len(warned) > 0 {
		text += "；请注意" + strings.Join(warned, "；")
	}
	return text
}

func (a *applier) opened(ctx context.Context, rec journal.Record) error {
	b, err := wire.Decode[wire.Opened](rec.Body)
	if err != nil {
		return err
	}
	in, err := a.locked(ctx, rec, b.Sitting)
	if err != nil {
		return err
	}
	if _, err := a.exec(ctx, packOpenedSQL, b.Sitting, b.Pack, a.s.Clock.Now()); err != nil {
		return err
	}
	text := "考场已用放行密钥开卷"
	if b.By == "unlock-code" {
		text = "考场断网期间以解锁码开卷，请核对解锁码登记"
	}
	err = a.s.note(ctx, a.tx, b.Sitting, Receipt{
		Kind: ReceiptOpened, Ref: ref(a.node, rec), OK: b.By == "release", Text: text, At: rec.At, Detail: map[string]any{"pack": b.Pack, "by": b.By},
	})
	if err != nil {
		return err
	}
	// questions that can be read are released, whoever did it
	return a.s.place(ctx, a.tx, in, in.position().Fact(VerbRelease), in.Reason)
}

// ref names a record and sorts like its number.
func ref(node string, rec journal.Record) string { return fmt.Sprintf("%020d %s", rec.Seq, node) }
