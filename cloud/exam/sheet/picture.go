package sheet

import (
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
