package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
)

// photographs are how many of each person a calibration is offered.
const photographs = 6

// aboutPhotos lies in the zip beside the folders, where a calibration passes it over.
const aboutPhotos = "演示数据：供“人脸校准”页面试用。照片出自开源软件自带的测试图片，按明暗、远近和角度变化而成；\r\n" +
	"两个人，每人几张，只能看到流程。测出的阈值没有意义，不能用于真实考场。\r\n"

// photosOf is where a demonstration offers photographs for a calibration.
func photosOf(s *stack.Stack) string { return filepath.Join(s.Dir, "演示数据-校准照片.zip") }

// offerPhotos writes them once for each folder.
func offerPhotos(ctx context.Context, s *stack.Stack) error {
	if _, err := os.Stat(photosOf(s)); err == nil {
		return nil
	}
	return portraits(ctx, photosOf(s))
}

// portraits writes the zip that a calibration takes: a folder for each of two people.
func portraits(ctx context.Context, path string) error {
	faces, err := seed.Faces(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, data []byte) error {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	}
	if err := add("说明（演示数据）.txt", []byte("\ufeff"+aboutPhotos)); err != nil {
		return err
	}
	for _, p := range []struct{ person, folder string }{{seed.Developer, "演示人员甲"}, {seed.Stranger, "演示人员乙"}} {
		for n := range uint64(photographs) {
			picture, err := seed.Camera(faces, p.person, n)
			if err == nil {
				err = add(fmt.Sprintf("%s/%d.jpg", p.folder, n+1), picture)
			}
			if err != nil {
				return err
			}
		}
	}
	return errors.Join(z.Close(), os.WriteFile(path, b.Bytes(), 0o600))
}
