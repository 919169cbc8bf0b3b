package main

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"huyun.internal/edge/app"
	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
)

type fsckCmd struct{}

// Run reads the whole store of a stopped venue and changes nothing.
func (fsckCmd) Run(cfg app.Config) error {
	r, err := store.Fsck(cfg.StoreDir())
	if err != nil {
		return err
	}
	show(r)
	if !r.OK() {
		return fault.Preconditionf("app.fsck", "存储有问题：请先备份整个数据目录，再运行 edge restore；不要删除任何文件")
	}
	fmt.Println("存储完好。")
	chain, err := app.FsckAudit(cfg)
	if err != nil {
		return err
	}
	fmt.Printf("操作审计记录 %d 条，逐条校验码（HMAC-SM3，密钥只在本机）相连、未被改动\n", chain.Entries)
	if chain.Entries > 0 {
		fmt.Printf("末条校验码 %.16s，可与中心“考场操作”核验结果中本机第 %d 条对照\n", chain.MAC, chain.Entries)
	}
	return nil
}

func show(r store.Report) {
	fmt.Printf("设备 %s，读取 %d 个值\n主文件到第 %d 组，连同备份段可到第 %d 组\n", r.Node, r.Values, r.Txn, r.Reached)
	for lane, p := range r.Heads {
		fmt.Printf("日志 %s 到第 %d 条 %s\n", lane, p.Seq, p.Hash)
	}
	for _, f := range r.Findings {
		fmt.Printf("[问题] %s：%s\n", f.Part, f.Text)
	}
	if r.Opens != nil {
		fmt.Printf("[问题] 不能打开：%s\n", r.Opens.Text)
	}
}

type restoreCmd struct {
	AllowLoss bool `help:"允许缺失：只能恢复到备份段所及之处，须先经中心同意"`
	Yes       bool `help:"不再询问"`
}

// Run rebuilds a store that does not open; what it replaces is kept.
func (c *restoreCmd) Run(cfg app.Config) error {
	if !c.Yes {
		fmt.Print("将用快照和备份段重建本机存储，原文件会保留在 damaged 目录。输入“恢复”继续：")
		word, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil || strings.TrimSpace(word) != "恢复" {
			return fault.Preconditionf("app.restore.cancelled", "已取消，未做任何改动")
		}
	}
	r, err := store.Restore(cfg.StoreDir(), store.RestoreOptions{AllowLoss: c.AllowLoss})
	if err != nil {
		return err
	}
	show(r)
	fmt.Printf("恢复完成，原文件保留在 %s\n", r.Kept)
	return nil
}

type exportCmd struct {
	Out string `arg:"" help:"写到哪个文件（U 盘）" type:"path"`
	All bool   `help:"包括中心已确认的记录"`
}

// Run writes what the centre has not confirmed into a sealed packet.
func (c *exportCmd) Run(cfg app.Config) error {
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Preconditionf("app.export.file", "不能写入 %s：文件已存在或 U 盘不可写", c.Out).With(err)
	}
	n, err := app.ExportFrom(cfg, f, c.All, slog.New(slog.DiscardHandler))
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(c.Out)
		return err
	}
	fmt.Printf("已导出 %d 条记录到 %s（已加密签名，只有中心能打开）\n", n, c.Out)
	return nil
}
