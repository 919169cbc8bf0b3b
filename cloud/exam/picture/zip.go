package picture

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huyun.internal/protocol/fault"
)

// Archive limits.
const (
	maxFiles    = 2000
	maxArchive  = 256 << 20 // bytes, all files unfolded
	maxNameLen  = 200
	macMetadata = "__MACOSX"
)

// Archive unfolds a zip of pictures in memory: base name without extension, in
// lower case, to content. Folders are flattened. Faults: exam.archive.format,
// exam.archive.size, exam.archive.name, exam.archive.twice.
func Archive(data []byte, perFile int) (map[string][]byte, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fault.New(fault.Invalid, "exam.archive.format", "照片包不是可读的 zip 文件，请重新压缩为 zip 后再上传").With(err)
	}
	if len(r.File) > maxFiles {
		return nil, fault.Newf(fault.TooLarge, "exam.archive.size", "照片包里的文件超过 %d 个，请拆分后再上传", maxFiles)
	}
	out, total := make(map[string][]byte, len(r.File)), 0
	for _, f := range r.File {
		name, skip, err := entry(f)
		if err != nil {
			return nil, err
		}
		if skip {
			continue
		}
		if _, twice := out[name]; twice {
			return nil, fault.New(fault.Invalid, "exam.archive.twice", "照片包里有同名的照片，请每人只保留一张后再上传")
		}
		content, err := unfold(f, perFile)
		if err != nil {
			return nil, err
		}
		if total += len(content); total > maxArchive {
			return nil, fault.New(fault.TooLarge, "exam.archive.size", "照片包展开后过大，请压缩照片后再上传")
		}
		out[name] = content
	}
	return out, nil
}

// entry names one file of the archive, or says that it is none of ours.
func entry(f *zip.File) (name string, skip bool, err error) {
	name = f.Name
	if f.NonUTF8 || !utf8.ValidString(name) {
		// Chinese Windows writes names in GBK and does not say so
		if s, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil {
			name = s
		}
	}
	name = strings.ReplaceAll(name, `\`, "/")
	if len(name) > maxNameLen || strings.ContainsRune(name, 0) || strings.HasPrefix(name, "/") || strings.Contains("/"+name+"/", "/../") || strings.Contains(name, ":") {
		return "", false, fault.New(fault.Invalid, "exam.archive.name", "照片包里有不安全的文件名，请重新打包后再上传")
	}
	if f.Mode()&fs.ModeType != 0 && !f.Mode().IsDir() {
		return "", false, fault.New(fault.Invalid, "exam.archive.name", "照片包里有链接或特殊文件，请只放照片后再上传")
	}
	base := path.Base(name)
	if f.Mode().IsDir() || strings.HasSuffix(name, "/") || strings.HasPrefix(name, macMetadata) || strings.HasPrefix(base, ".") || strings.EqualFold(base, "Thumbs.db") {
		return "", true, nil
	}
	return Key(base), false, nil
}

// Key is the name under which Archive files a picture: without extension,
// lower case.
func Key(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	return strings.TrimSuffix(name, path.Ext(name))
}

func unfold(f *zip.File, limit int) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fault.New(fault.Invalid, "exam.archive.format", "照片包无法展开，请用普通 zip 方式重新压缩后再上传").With(err)
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, fault.New(fault.Invalid, "exam.archive.format", "照片包不完整，请重新压缩后再上传").With(err)
	}
	if len(content) > limit {
		return nil, fault.Newf(fault.TooLarge, "exam.archive.size", "照片包里有照片超过 %d KB，请压缩后再上传", limit>>10)
	}
	return content, nil
}
