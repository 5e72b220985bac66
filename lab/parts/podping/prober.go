package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

const (
	echoRequest, echoReply = 8, 0
	headerBytes            = 8
	// Number of the request, so that it outlasts ICMP's 16 bits, after a word that tells our replies from others'.
	payloadBytes = 16
	magic        = 0x6e6574706c617931
)

type prober struct {
	socket  net.PacketConn
	targets []*target
	start   time.Time
	timeout time.Duration
	lock    sync.Mutex
}

func makeTargets(addresses []string) ([]*target, error) {
	if len(addresses) == 0 {
		return nil, errors.New("no address to ping")
	}
	var targets []*target
	for index, text := range addresses {
		address := net.ParseIP(text).To4()
		if address == nil {
			return nil, fmt.Errorf("%q is no IPv4 address", text)
		}
		targets = append(targets, &target{address: &net.IPAddr{IP: address}, id: uint16(os.Getpid()*64 + index)})
	}
	return targets, nil
}

func (p *prober) send(interval time.Duration, stop <-chan struct{}) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for round := 0; ; round++ {
		for _, t := range p.targets {
			p.lock.Lock()
			t.sentAt = append(t.sentAt, time.Since(p.start))
			t.answeredAfter = append(t.answeredAfter, unanswered)
			packet := echo(t.id, uint64(len(t.sentAt)-1))
			p.lock.Unlock()
			// A request that could not leave (no route, link gone) is one without an answer.
			if _, err := p.socket.WriteTo(packet, t.address); err != nil {
				t.lastError = err.Error()
			}
		}
		if round == 0 {
			fmt.Println("ready")
		}
		select {
		case <-stop:
			return
		case <-ticks.C:
		}
	}
}

func (p *prober) receive() {
	packet := make([]byte, 1500)
	for {
		length, from, err := p.socket.ReadFrom(packet)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || length < headerBytes+payloadBytes || packet[0] != echoReply {
			continue
		}
		body := packet[headerBytes:]
		if binary.BigEndian.Uint64(body) != magic {
			continue
		}
		p.answered(from.String(), binary.BigEndian.Uint16(packet[4:]), binary.BigEndian.Uint64(body[8:]))
	}
}

func (p *prober) answered(from string, id uint16, number uint64) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, t := range p.targets {
		if t.id == id && t.address.String() == from && number < uint64(len(t.sentAt)) && t.answeredAfter[number] == unanswered {
			t.answeredAfter[number] = time.Since(p.start) - t.sentAt[number]
		}
	}
}

// waitForLast gives the last requests their time, and no more than they need.
func (p *prober) waitForLast() {
	deadline := time.Now().Add(p.timeout)
	for time.Now().Before(deadline) && p.isWaiting() {
		time.Sleep(5 * time.Millisecond)
	}
}

func (p *prober) isWaiting() bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	now := time.Since(p.start)
	for _, t := range p.targets {
		for i := len(t.sentAt) - 1; i >= 0 && now-t.sentAt[i] < p.timeout; i-- {
			if t.answeredAfter[i] == unanswered {
				return true
			}
		}
	}
	return false
}

func (p *prober) reports() []report {
	p.lock.Lock()
	defer p.lock.Unlock()
	reports := []report{}
	for _, t := range p.targets {
		reports = append(reports, t.report(p.start, p.timeout))
	}
	return reports
}

// echo is an ICMP echo request (RFC 792) that carries its number.
func echo(id uint16, number uint64) []byte {
	packet := make([]byte, headerBytes+payloadBytes)
	packet[0] = echoRequest
	binary.BigEndian.PutUint16(packet[4:], id)
	binary.BigEndian.PutUint16(packet[6:], uint16(number))
	binary.BigEndian.PutUint64(packet[headerBytes:], magic)
	binary.BigEndian.PutUint64(packet[headerBytes+8:], number)
	binary.BigEndian.PutUint16(packet[2:], checksum(packet))
	return packet
}

func checksum(packet []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(packet); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(packet[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
