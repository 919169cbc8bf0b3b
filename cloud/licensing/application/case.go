// Package application is the case (办件): one application of one person for one
// matter, from the draft to the archive, along the state machine of chapter 3 of
// the domain reference and under its clocks C1 to C5. It is used by the window,
// the officers' work queue, the online application and the kiosk (M11–M19,
// M39–M44).
//
// What a matter asks for is licensing/matter's; what is printed, licensing/letter's;
// what becomes of a licence, practitioner's. Here is what may happen next, who may
// do it, and until when.
package application
