//go:build !plant

package store

func (*seams) planted() {}
