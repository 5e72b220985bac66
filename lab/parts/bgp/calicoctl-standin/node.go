package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const birdSocket = "/var/run/calico/bird.ctl"

// node answers `node status`: the sessions of this host, as its BIRD tells them.
func node(_ context.Context, words *words) error {
	if words.arg(0) != "status" {
		return fmt.Errorf("the stand-in of netplay's lab knows `node status` alone")
	}
	if os.Getuid() != 0 {
		return fmt.Errorf("Need super user privileges: Operation not permitted")
	}
	if !felixRuns() {
		// As the real one: an exit status of 0.
		fmt.Fprintln(os.Stderr, "Calico process is not running.")
		return nil
	}
	fmt.Println("Calico process is running.")
	peers, err := birdPeers()
	fmt.Println("\nIPv4 BGP status")
	switch {
	case err != nil:
		fmt.Printf("Unable to query BIRD: %v\n", err)
	case len(peers) == 0:
		fmt.Println("No IPv4 peers found.")
	default:
		frame([]string{"PEER ADDRESS", "PEER TYPE", "STATE", "SINCE", "INFO"}, peers)
	}
	fmt.Print("\nIPv6 BGP status\nNo IPv6 peers found.\n\n")
	return nil
}

// felixRuns looks for what calicoctl looks for: a process `calico-felix`, or `calico-node -felix`.
func felixRuns() bool {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		argv := strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")
		program := filepath.Base(argv[0])
		if program == "calico-felix" || program == "calico-node" && len(argv) > 1 && argv[1] == "-felix" {
			return true
		}
	}
	return false
}

var peerTypes = map[string]string{"Mesh": "node-to-node mesh", "Node": "node specific", "Global": "global"}

var protocolRow = regexp.MustCompile(`^(Mesh|Node|Global)_(\S+)\s+BGP\s+\S+\s+(\S+)\s+(\S+)\s*(.*)$`)

func birdPeers() ([][]string, error) {
	answer, err := askBird("show protocols")
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, line := range answer {
		if row := protocolRow.FindStringSubmatch(line); row != nil {
			address := strings.ReplaceAll(row[2], "_", ".")
			rows = append(rows, []string{address, peerTypes[row[1]], row[3], row[4], strings.TrimSpace(row[5])})
		}
	}
	return rows, nil
}

// askBird speaks BIRD's own protocol: the answer's lines without their codes, which a line of four digits and a space ends.
func askBird(question string) ([]string, error) {
	connection, err := net.DialTimeout("unix", birdSocket, 2*time.Second)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := fmt.Fprintln(connection, question); err != nil {
		return nil, err
	}
	var lines []string
	scanner := bufio.NewScanner(connection)
	for scanner.Scan() {
		line := scanner.Text()
		// The greeting has a code of its own.
		if strings.HasPrefix(line, "0001 ") {
			continue
		}
		if ends.MatchString(line) {
			return lines, nil
		}
		lines = append(lines, codes.ReplaceAllString(line, ""))
	}
	return nil, fmt.Errorf("BIRD ended its answer early: %v", scanner.Err())
}

var (
	ends  = regexp.MustCompile(`^[089]\d{3}( |$)`)
	codes = regexp.MustCompile(`^(\d{4}[- ]| )`)
)
