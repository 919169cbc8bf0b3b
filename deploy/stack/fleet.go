package stack

import (
	"context"
	"fmt"
	"net/http"
)

// Place is a venue that is on the centre's books, with the one-time code that
// makes a device of it.
type Place struct {
	Venue string
	Name  string
	Room  string
	Code  string
}

// Fleet makes accounts and so many venues through the console, and a code for
// each, asked for by one person and approved by another. It returns them with
// the person who watches over exams.
func (s *Stack) Fleet(ctx context.Context, venues, seats int) ([]Place, *Client, error) {
	logins, err := s.makePeople(ctx, s.venue(1))
	if err != nil {
		return nil, nil, err
	}
	var by [3]*Client
	for i, who := range []string{"zhang.kaowu", "sysadmin", "secadmin"} {
		by[i], err = s.SignIn(ctx, logins[who])
		if err != nil {
			return nil, nil, err
		}
	}
	places := make([]Place, venues)
	for i := range places {
		places[i], err = place(ctx, by[0], fmt.Sprint(201+i), fmt.Sprintf("第 %d 分考场", 201+i), seats)
		if err == nil {
			places[i].Code, err = newCode(ctx, by[1], by[2], places[i].Venue)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("venue %d: %w", i+1, err)
		}
	}
	return places, by[0], nil
}

// place puts one venue with one room on the books.
func place(ctx context.Context, admin *Client, code, name string, seats int) (Place, error) {
	p := Place{Name: name, Room: venueRoom}
	names := make([]string, seats)
	for i := range names {
		names[i] = fmt.Sprintf("%03d", i+1)
	}
	var made struct{ ID string }
	err := admin.Do(ctx, http.MethodPost, "/api/v1/exam/venues", map[string]any{
		"code": code, "name": p.Name, "district": "浦东新区", "address": "演示路 1 号", "contact": "陈负责",
		"rooms": []map[string]any{{"name": p.Room, "seats": names}},
	}, &made)
	p.Venue = made.ID
	return p, err
}

// newCode is asked for by one person and approved by another.
func newCode(ctx context.Context, sys, sec *Client, venue string) (string, error) {
	var code struct{ ID, Code string }
	err := sys.Do(ctx, http.MethodPost, "/api/v1/node-enrolments", map[string]string{"venue": venue, "name": "考场服务器"}, &code)
	if err == nil {
		err = sec.Do(ctx, http.MethodPost, "/api/v1/node-enrolments/"+code.ID+"/approve", nil, nil)
	}
	return code.Code, err
}
