package calibration

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"huyun.internal/devices/vision"
	"huyun.internal/protocol/fault"
)

// Limits of what a technician sends. More people say more, but a venue's machine
// has to look at each photograph.
const (
	MaxZip      = 128 << 20 // bytes
	maxPeople   = 200
	maxPhotos   = 1000
	maxUnfolded = 512 << 20 // bytes
)

// unpacking is a zip on its way to dir.
type unpacking struct {
	dir        string
	folders    []string // one for each person, as the zip names them
	shots      []int    // photographs of each
	photos     int
	size, most int64
}

// unpack writes the photographs to dir, a folder for each person. Names do not
// reach the disk: people are numbered, in whatever encoding their folders are
// named. Faults: face.calibrate.zip, .size, .few.
func unpack(data []byte, dir string) (people, photographs int, err error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return 0, 0, fault.Invalidf("face.calibrate.zip", "不是可读的 zip 文件，请重新压缩后上传").With(err)
	}
	u := &unpacking{dir: dir, most: maxUnfolded}
	for _, f := range r.File {
		if err := u.file(f); err != nil {
			return 0, 0, err
		}
	}
	if len(u.folders) < 2 || slices.Max(u.shots) < 2 {
		return 0, 0, fault.Invalidf("face.calibrate.few", "照片太少：每人一个文件夹，至少两个人，每人两张以上；直接放在压缩包根目录的照片不算")
	}
	return len(u.folders), u.photos, nil
}

// file takes one entry; what is no photograph in somebody's folder is passed over.
func (u *unpacking) file(f *zip.File) error {
	name := strings.ReplaceAll(f.Name, `\`, "/")
	folder, base := path.Dir(name), path.Base(name)
	ext := strings.ToLower(path.Ext(base))
	if !f.Mode().IsRegular() || folder == "." || strings.HasPrefix(base, ".") || strings.Contains(name, "__MACOSX") ||
		!slices.Contains([]string{".jpg", ".jpeg", ".png"}, ext) {
		return nil
	}
	i := slices.Index(u.folders, folder)
	if i < 0 {
		i = len(u.folders)
		u.folders, u.shots = append(u.folders, folder), append(u.shots, 0)
	}
	if len(u.folders) > maxPeople || u.photos == maxPhotos {
		return fault.TooLargef("face.calibrate.size", "最多 %d 人、%d 张照片，请减少后重新上传", maxPeople, maxPhotos)
	}
	u.photos++
	u.shots[i]++
	return u.write(f, filepath.Join(u.dir, fmt.Sprintf("p%03d", i+1)), fmt.Sprintf("%03d%s", u.shots[i], ext))
}

func (u *unpacking) write(f *zip.File, dir, name string) error {
	in, err := f.Open()
	if err != nil {
		return fault.Invalidf("face.calibrate.zip", "压缩包无法展开，请用普通 zip 方式、不加密码重新压缩").With(err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, vision.MaxPicture+1))
	if err != nil {
		return fault.Invalidf("face.calibrate.zip", "压缩包不完整，请重新压缩后上传").With(err)
	}
	u.size += int64(len(data))
	if len(data) > vision.MaxPicture || u.size > u.most {
		return fault.TooLargef("face.calibrate.size", "照片每张最大 %d MB，总共最大 %d MB，请压缩照片后重新上传", vision.MaxPicture>>20, u.most>>20)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), data, 0o600)
}
