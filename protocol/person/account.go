package person

import "time"

// Signing in, at the centre and at the venues alike (GB/T 22239 7.1.4.1,
// 登录失败处理): so many wrong passwords in a row lock an account for so long.
// Texts on screens take their numbers from here.
const (
	MaxWrong    = 5
	LockFor     = 15 * time.Minute
	LockMinutes = int(LockFor / time.Minute)
)
