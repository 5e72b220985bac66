// Command podping pings several pods from inside one pod's network namespace: netplay lab ping runs one for each pod.
//
// It prints "ready" once the first requests are out, goes on until its standard input is closed or it gets SIGINT or
// SIGTERM, waits for the last answers, and prints one line of JSON: a report for each target.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	interval := flag.Duration("interval", 10*time.Millisecond, "time between two requests to one target")
	timeout := flag.Duration("timeout", 2*time.Second, "a request not answered by then is lost")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "podping: the prober of netplay's lab\nUsage: podping [OPTION]... ADDRESS...\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	reports, err := ping(flag.Args(), *interval, *timeout, stopSignal())
	if err != nil {
		fmt.Fprintln(os.Stderr, "podping:", err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(reports); err != nil {
		os.Exit(1)
	}
}

func ping(addresses []string, interval, timeout time.Duration, stop <-chan struct{}) ([]report, error) {
	targets, err := makeTargets(addresses)
	if err != nil {
		return nil, err
	}
	socket, err := net.ListenPacket("ip4:icmp", "0.0.0.0")
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	p := &prober{socket: socket, targets: targets, start: time.Now(), timeout: timeout}
	go p.receive()
	p.send(interval, stop)
	p.waitForLast()
	return p.reports(), nil
}

// stopSignal also fires when the one who started us has died: our standard input is its pipe.
func stopSignal() <-chan struct{} {
	stop := make(chan struct{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); close(ended) }()
	go func() {
		select {
		case <-signals:
		case <-ended:
		}
		close(stop)
	}()
	return stop
}
