package exam

// flow is a flow through a grid: source → rows → cells → columns → sink. Row
// and column totals never fall while it is filled.
type flow struct {
	rows, cols int
	x          []int64 // through each cell, row by row
	row, col   []int64 // totals
}

func newFlow(rows, cols int) *flow {
	return &flow{rows, cols, make([]int64, rows*cols), make([]int64, rows), make([]int64, cols)}
}

func (f *flow) total() int64 {
	n := int64(0)
	for _, v := range f.row {
		n += v
	}
	return n
}

// fill augments along shortest paths until no more fits within the limits.
func (f *flow) fill(rowLimit, colLimit, cellLimit []int64) {
	from := make([]int, f.rows+f.cols) // node a path came from; rows first, then columns
	queue := make([]int, 0, len(from))
	for {
		end := f.search(from, queue, rowLimit, colLimit, cellLimit)
		if end < 0 {
			return
		}
		f.push(from, end, rowLimit, colLimit, cellLimit)
	}
}

const (
	unseen = -2
	source = -1
)

// search finds a column that has room and can be reached from a row that has
// room, or -1.
func (f *flow) search(from, queue []int, rowLimit, colLimit, cellLimit []int64) int {
	for i := range from {
		from[i] = unseen
	}
	queue = queue[:0]
	for r := range f.rows {
		if f.row[r] < rowLimit[r] {
			from[r] = source
			queue = append(queue, r)
		}
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if n < f.rows {
			for d := range f.cols {
				if i := n*f.cols + d; from[f.rows+d] == unseen && f.x[i] < cellLimit[i] {
					from[f.rows+d] = n
					queue = append(queue, f.rows+d)
				}
			}
			continue
		}
		d := n - f.rows
		if f.col[d] < colLimit[d] {
			return n
		}
		for r := range f.rows {
			if from[r] == unseen && f.x[r*f.cols+d] > 0 {
				from[r] = n
				queue = append(queue, r)
			}
		}
	}
	return -1
}

// push sends as much as fits along the path that ends in column node end.
func (f *flow) push(from []int, end int, rowLimit, colLimit, cellLimit []int64) {
	amount := colLimit[end-f.rows] - f.col[end-f.rows]
	n := end
	for ; from[n] != source; n = from[n] {
		if n >= f.rows {
			i := from[n]*f.cols + n - f.rows
			amount = min(amount, cellLimit[i]-f.x[i])
		} else {
			amount = min(amount, f.x[n*f.cols+from[n]-f.rows])
		}
	}
	amount = min(amount, rowLimit[n]-f.row[n])
	f.row[n] += amount
	f.col[end-f.rows] += amount
	for n = end; from[n] != source; n = from[n] {
		if n >= f.rows {
			f.x[from[n]*f.cols+n-f.rows] += amount
		} else {
			f.x[n*f.cols+from[n]-f.rows] -= amount
		}
	}
}
