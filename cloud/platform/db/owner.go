package db

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"huyun.internal/protocol/fault"
)

// findBinaries returns the directory of initdb and postgres: Debian keeps them
// off the PATH, the newest version that is complete wins.
func findBinaries() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return majorOf(b) - majorOf(a) })
	// 15 is the version this product is tested with.
	if i := slices.Index(dirs, "/usr/lib/postgresql/15/bin"); i > 0 {
		dirs = append([]string{dirs[i]}, dirs...)
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, d := range dirs {
		if executable(filepath.Join(d, "initdb")) && executable(filepath.Join(d, "postgres")) {
			return d, nil
		}
	}
	return "", fault.New(fault.Unavailable, "db.binaries",
		"本机没有安装 PostgreSQL，请执行 apt-get install postgresql-15，或在配置 database.dsn 中指定已有的数据库服务器")
}

func majorOf(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

// owner is the user that runs PostgreSQL. PostgreSQL refuses to run as root, so
// root hands it to postgres or nobody; anybody else runs it as themselves.
type owner struct {
	root     bool
	uid, gid uint32
}

func findOwner() (*owner, error) {
	if os.Geteuid() != 0 {
		return &owner{uid: uint32(os.Getuid()), gid: uint32(os.Getgid())}, nil //nolint:gosec // ids fit
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uerr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gerr := strconv.ParseUint(u.Gid, 10, 32)
		if uerr == nil && gerr == nil {
			return &owner{root: true, uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return nil, fault.New(fault.Unavailable, "db.owner",
		"以 root 启动时需要系统中有 postgres 或 nobody 用户来运行数据库，请创建该用户，或改用普通用户启动")
}

func (o *owner) apply(cmd *exec.Cmd, dir string) {
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if o.root {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: o.uid, Gid: o.gid, NoSetGroups: false}
	}
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
}

// makeDir makes a directory that only the owner can read.
func (o *owner) makeDir(dir string) error {
	// Parents are made traversable, the last one private.
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // must be traversable by the owner
		return fault.Newf(fault.Precondition, "db.dir", "无法建立数据库目录 %s，请检查上级目录的权限", dir).With(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fault.Newf(fault.Precondition, "db.dir", "无法建立数据库目录 %s，请检查上级目录的权限", dir).With(err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at %s: %w", dir, err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || (ok && st.Uid != o.uid && st.Uid != uint32(os.Geteuid())) { //nolint:gosec // ids fit
		return fault.Newf(fault.Precondition, "db.dir", "目录 %s 属于别的用户，为安全起见不予使用，请删除它或另设目录", dir)
	}
	if !o.root {
		return os.Chmod(dir, 0o700) //nolint:gosec // a directory
	}
	if err := os.Chown(dir, int(o.uid), int(o.gid)); err != nil {
		return fault.New(fault.Precondition, "db.owner", "当前环境不允许把数据库目录交给普通用户（常见于受限容器），请改用普通用户启动").With(err)
	}
	return os.Chmod(dir, 0o700) //nolint:gosec // a directory
}

// canReach checks that the owner can walk down to dir.
func (o *owner) canReach(dir string) error {
	if !o.root {
		return nil
	}
	for p := filepath.Dir(dir); ; p = filepath.Dir(p) {
		info, err := os.Stat(p)
		if err != nil {
			return fmt.Errorf("look at %s: %w", p, err)
		}
		if !o.traverses(info) {
			return fault.Newf(fault.Precondition, "db.dir",
				"数据库以普通用户运行，但它进不了目录 %s；请把数据目录设在 /var/lib/huyun 之类的位置，或执行 chmod o+x %s", p, p)
		}
		if p == filepath.Dir(p) {
			return nil
		}
	}
}

func (o *owner) traverses(info os.FileInfo) bool {
	mode := info.Mode().Perm()
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case ok && st.Uid == o.uid:
		return mode&0o100 != 0
	case ok && st.Gid == o.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}

// zombie tells a dead child that was not waited for from a living process.
func zombie(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, ok := strings.Cut(string(raw), ") ")
	return ok && strings.HasPrefix(after, "Z")
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
