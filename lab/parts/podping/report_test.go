package main

import (
	"net"
	"testing"
	"time"
)

const ms = time.Millisecond

func of(answeredAfter ...time.Duration) report {
	t := &target{address: &net.IPAddr{IP: net.IPv4(10, 0, 0, 1)}, answeredAfter: answeredAfter}
	for i := range answeredAfter {
		t.sentAt = append(t.sentAt, time.Duration(i)*10*ms)
	}
	return t.report(time.Unix(0, 0), 2*time.Second)
}

func TestNothingLost(t *testing.T) {
	if r := of(ms, ms, ms); r.Lost != 0 || r.LongestGapMs != 10 || len(r.LostSpans) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestALateAnswerIsALoss(t *testing.T) {
	if r := of(ms, 2001*ms, ms); r.Lost != 1 || r.LongestGapMs != 20 {
		t.Errorf("%+v", r)
	}
}

func TestSpans(t *testing.T) {
	r := of(unanswered, ms, unanswered, unanswered, ms, unanswered)
	if r.Lost != 4 || r.LongestGapMs != 30 || len(r.LostSpans) != 3 || r.LostSpans[1] != (lostSpan{FromMs: 20, ToMs: 30, Lost: 2}) {
		t.Errorf("%+v", r)
	}
}

func TestMoreSpansThanToldAreStillCounted(t *testing.T) {
	answers := []time.Duration{}
	for i := 0; i < maxSpans+5; i++ {
		answers = append(answers, ms, unanswered, unanswered)
	}
	if r := of(answers...); r.Lost != 2*(maxSpans+5) || len(r.LostSpans) != maxSpans || r.LostSpans[maxSpans-1].Lost != 2 {
		t.Errorf("%+v", r)
	}
}
