package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// felix does as much of Felix as pods without policy need: forwarding, rules that let pods of the pools talk, health.
func felix(ctx Context) error {
	settings, err := fromEnvironment()
	if err != nil {
		return err
	}
	world, err := settings.world()
	if err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1\n"), 0o644); err != nil {
		logf("ip_forward: %v", err)
	}
	if settings.healthEnabled {
		go serveHealth(settings)
	}
	changed := make(chan struct{}, 1)
	go world.watch(ctx, func() { nudge(changed) })
	rules := &rules{}
	for {
		if err := felixOnce(ctx, world, rules); err != nil {
			logf("felix: %v", err)
		}
		select {
		case <-changed:
			time.Sleep(100 * time.Millisecond)
		case <-time.After(felixEvery):
		}
	}
}

// felixEvery: what somebody else removed comes back within that.
const felixEvery = 10 * time.Second

func felixOnce(ctx Context, world world, rules *rules) error {
	pools, err := world.pools(ctx)
	if err != nil {
		return err
	}
	failed := errors.Join(rules.keep(pools), tellMTU(podMTU(pools)))
	if resources, is := world.(*worldV3); is {
		failed = errors.Join(failed, resources.keepVXLAN(ctx, podMTU(pools)))
	}
	return failed
}

// nudge wakes who waits for changes; one that has not been seen yet is enough.
func nudge(changed chan struct{}) {
	select {
	case changed <- struct{}{}:
	default:
	}
}

func serveHealth(s *settings) {
	ok := func(answer http.ResponseWriter, _ *http.Request) { answer.WriteHeader(http.StatusNoContent) }
	http.HandleFunc("/readiness", ok)
	http.HandleFunc("/liveness", ok)
	logf("health server: %v", http.ListenAndServe(net.JoinHostPort(s.healthHost, s.healthPort), nil))
}

// rulesFor gives Felix's chains: what comes from pods of the pools goes everywhere, and only answers and pods of the pools
// reach a pod, as with the profile that the CNI plugin makes. Source: networking.md 2.5.
func rulesFor(pools []pool) string {
	filter := "*filter\n:cali-FORWARD - [0:0]\n-A cali-FORWARD -i cali+ -j ACCEPT\n-A cali-FORWARD -o cali+ -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
	nat := "*nat\n:cali-POSTROUTING - [0:0]\n"
	for _, from := range pools {
		filter += fmt.Sprintf("-A cali-FORWARD -s %s -o cali+ -j ACCEPT\n", from.cidr)
		for _, to := range pools {
			nat += fmt.Sprintf("-A cali-POSTROUTING -s %s -d %s -j RETURN\n", from.cidr, to.cidr)
		}
		if from.masquerade {
			nat += fmt.Sprintf("-A cali-POSTROUTING -s %s -j MASQUERADE\n", from.cidr)
		}
	}
	return filter + "-A cali-FORWARD -o cali+ -j DROP\nCOMMIT\n" + nat + "COMMIT\n"
}

// rules remembers what was written last, and when.
type rules struct {
	written string
	at      time.Time
}

// keep writes the rules when they are others, and now and then in case somebody else removed them.
func (r *rules) keep(pools []pool) error {
	text := rulesFor(pools)
	if text == r.written && time.Since(r.at) < felixEvery {
		return nil
	}
	restore := exec.Command("iptables-restore", "--noflush", "--wait")
	restore.Stdin = strings.NewReader(text)
	if output, err := restore.CombinedOutput(); err != nil {
		return fmt.Errorf("iptables-restore: %w: %s", err, output)
	}
	if err := insertOnce("filter", "FORWARD", "cali-FORWARD"); err != nil {
		return err
	}
	r.written, r.at = text, time.Now()
	return insertOnce("nat", "POSTROUTING", "cali-POSTROUTING")
}

func insertOnce(table, chain, target string) error {
	rule := []string{chain, "-m", "comment", "--comment", "cali:netplay-lab-standin", "-j", target}
	if exec.Command("iptables", append([]string{"-w", "-t", table, "-C"}, rule...)...).Run() == nil {
		return nil
	}
	output, err := exec.Command("iptables", append([]string{"-w", "-t", table, "-I"}, rule...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("iptables -I %s: %w: %s", chain, err, output)
	}
	return nil
}
