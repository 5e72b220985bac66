package main

import (
	"net"
	"time"
)

const unanswered = time.Duration(-1)

// maxSpans bounds a report of a path that flaps for hours.
const maxSpans = 20

type target struct {
	address       *net.IPAddr
	id            uint16
	sentAt        []time.Duration
	answeredAfter []time.Duration
	lastError     string
}

// report is what one target did. Times are milliseconds; a span's are since the epoch.
type report struct {
	Target       string     `json:"target"`
	Sent         int        `json:"sent"`
	Lost         int        `json:"lost"`
	LongestGapMs float64    `json:"longestGapMs"`
	LostSpans    []lostSpan `json:"lostSpans"`
	LastError    string     `json:"lastError,omitempty"`
}

// lostSpan is a run of requests without an answer: when the first and the last of them left.
type lostSpan struct {
	FromMs float64 `json:"fromMs"`
	ToMs   float64 `json:"toMs"`
	Lost   int     `json:"lost"`
}

// report takes for the longest gap the longest time between the sending of two requests that were answered with none
// answered in between; before the first and after the last, the time to the edge of the measurement.
func (t *target) report(start time.Time, timeout time.Duration) report {
	r := report{Target: t.address.String(), Sent: len(t.sentAt), LastError: t.lastError, LostSpans: []lostSpan{}}
	var lastAnswered, longest time.Duration
	var open *lostSpan
	for i, sent := range t.sentAt {
		longest = max(longest, sent-lastAnswered)
		if after := t.answeredAfter[i]; after != unanswered && after <= timeout {
			lastAnswered, open = sent, nil
			continue
		}
		r.Lost++
		if i == 0 || open == nil && lastAnswered == t.sentAt[i-1] {
			open = r.newSpan(milliseconds(time.Duration(start.UnixNano()) + sent))
		}
		if open != nil {
			open.ToMs = milliseconds(time.Duration(start.UnixNano()) + sent)
			open.Lost++
		}
	}
	r.LongestGapMs = milliseconds(longest)
	return r
}

// newSpan opens one more span, nil when there are enough.
func (r *report) newSpan(fromMs float64) *lostSpan {
	if len(r.LostSpans) == maxSpans {
		return nil
	}
	r.LostSpans = append(r.LostSpans, lostSpan{FromMs: fromMs})
	return &r.LostSpans[len(r.LostSpans)-1]
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}
