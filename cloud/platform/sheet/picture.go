package sheet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// isPictureCell recognises the one formula we accept: the marker that WPS and
// Excel leave in a cell for a picture placed in it.
func isPictureCell(text string) bool {
	t := strings.ToUpper(strings.TrimLeft(strings.TrimSpace(text), "="))
	t = strings.TrimPrefix(t, "_XLFN.")
	return strings.HasPrefix(t, "DISPIMG(") && strings.HasSuffix(t, ")") && strings.Count(t, "(") == 1
}

// picturesByRow collects the pictures anchored in or placed into each row.
func picturesByRow(f *excelize.File, name string) (map[int][][]byte, error) {
	cells, err := f.GetPictureCells(name)
	if err != nil {
		return nil, broken(err)
	}
	out, seen := map[int][][]byte{}, map[string]bool{}
	for _, cell := range cells {
		if seen[cell] {
			continue
		}
		seen[cell] = true
		_, row, err := excelize.CellNameToCoordinates(cell)
		if err != nil {
			return nil, broken(err)
		}
		pictures, err := f.GetPictures(name, cell)
		if err != nil {
			return nil, broken(err)
		}
		for _, p := range pictures {
			out[row] = append(out[row], p.File)
		}
	}
	return out, nil
}

// Picture is one to be written into a cell, PNG or JPEG.
type Picture struct {
	Extension string // ".png" or ".jpeg"
	Data      []byte
}

// Pictures are the pictures of a sheet's rows, counted from 0, all in the column
// of that name.
type Pictures struct {
	Column string
	ByRow  map[int][]Picture
}

const pictureHeight = 60 // points of a row that has any

func (p Pictures) height(row int) excelize.RowOpts {
	if len(p.ByRow[row]) == 0 {
		return excelize.RowOpts{}
	}
	return excelize.RowOpts{Height: pictureHeight}
}

// place puts every picture into its cell as it is, shown small.
func (p Pictures) place(f *excelize.File, sheet string, columns []Column) error {
	col := slices.IndexFunc(columns, func(c Column) bool { return c.Name == p.Column }) + 1
	for row, pictures := range p.ByRow {
		cell, err := excelize.CoordinatesToCellName(col, row+2)
		if err != nil {
			return fmt.Errorf("picture cell: %w", err)
		}
		for _, one := range pictures {
			format := &excelize.GraphicOptions{AutoFit: true, LockAspectRatio: true}
			if err := f.AddPictureFromBytes(sheet, cell, &excelize.Picture{Extension: one.Extension, File: one.Data, Format: format}); err != nil {
				return fmt.Errorf("place picture: %w", err)
			}
		}
	}
	return nil
}
