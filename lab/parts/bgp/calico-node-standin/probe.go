package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// probe answers what a readiness probe asks `calico-node` for. Source: networking.md 3.2 and recorded/calicoctl-v3.31.txt.
func probe(args []string) error {
	threshold := 30 * time.Second
	for at, arg := range args {
		if arg == "-threshold-time" && at+1 < len(args) {
			threshold, _ = time.ParseDuration(args[at+1])
		}
	}
	for _, arg := range args {
		if err := probeOne(strings.TrimLeft(arg, "-"), threshold); err != nil {
			return fmt.Errorf("calico/node is not ready: %w", err)
		}
	}
	return nil
}

func probeOne(what string, threshold time.Duration) error {
	switch what {
	case "felix-ready":
		return felixAnswers("readiness", "felix is not ready: readiness probe reporting %d")
	case "felix-live":
		return felixAnswers("liveness", "Felix is not live: liveness probe reporting %d")
	case "bird-live":
		if _, err := birdc("show", "status"); err != nil {
			return fmt.Errorf("bird is not live: %w", err)
		}
	case "bird-ready":
		return birdReady(threshold)
	}
	return nil
}

func felixAnswers(path, complaint string) error {
	client := http.Client{Timeout: 5 * time.Second}
	port := withDefault("FELIX_HEALTHPORT", "9099")
	response, err := client.Get(fmt.Sprintf("http://localhost:%s/%s", port, path))
	if err != nil {
		return fmt.Errorf("felix is not ready: %w", err)
	}
	response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf(complaint, response.StatusCode)
	}
	return nil
}

// birdReady: with no peers at all it is ready, and so it is with one Established peer once the threshold is over.
func birdReady(threshold time.Duration) error {
	status, err := birdc("show", "status")
	if err != nil {
		return fmt.Errorf("BIRD is not ready: %w", err)
	}
	if strings.Contains(status, "Graceful restart recovery in progress") {
		return fmt.Errorf("BIRD is not ready: graceful restart recovery in progress")
	}
	protocols, err := birdc("show", "protocols")
	if err != nil {
		return fmt.Errorf("BIRD is not ready: %w", err)
	}
	established, missing := peersIn(protocols)
	fmt.Printf("%s [INFO][%d] node/health.go 206: Number of node(s) with BGP peering established = %d\n", now(), os.Getpid(), established)
	if len(missing) == 0 || established > 0 && upFor() > threshold {
		return nil
	}
	return fmt.Errorf("BIRD is not ready: BGP not established with %s", strings.Join(missing, ","))
}

func peersIn(protocols string) (established int, missing []string) {
	for _, line := range strings.Split(protocols, "\n") {
		words := strings.Fields(line)
		if len(words) < 2 || words[1] != "BGP" {
			continue
		}
		if len(words) > 5 && words[5] == "Established" {
			established++
			continue
		}
		_, address, _ := strings.Cut(words[0], "_")
		missing = append(missing, strings.ReplaceAll(address, "_", "."))
	}
	return established, missing
}

func birdc(words ...string) (string, error) {
	output, err := exec.Command("/bin/birdcl", append([]string{"-s", birdSocket}, words...)...).CombinedOutput()
	return string(output), err
}

// upFor is the age of BIRD: it makes its socket at its start.
func upFor() time.Duration {
	info, err := os.Stat(birdSocket)
	if err != nil {
		return 0
	}
	return time.Since(info.ModTime())
}
