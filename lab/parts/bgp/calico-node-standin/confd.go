package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// confd writes BIRD's configuration anew whenever something in etcd changes, and has BIRD read it.
func confd(ctx Context) error {
	settings, err := fromEnvironment()
	if err != nil {
		return err
	}
	world, err := settings.world()
	if err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	go world.watch(ctx, func() { nudge(changed) })
	for range changed {
		// Changes come in bunches: a label and an address, the nodes of a booting cluster.
		time.Sleep(100 * time.Millisecond)
		if err := errors.Join(world.claim(ctx), world.renderOnce(ctx)); err != nil {
			logf("rendering: %v", err)
		}
	}
	return nil
}

// writeConfig writes the configuration if it is another than last time, and tells BIRD where it runs.
func writeConfig(v *view, written *string) error {
	if !v.self.address.IsValid() {
		// A node without a resource of its own: it is being deleted, or has not registered yet.
		return fmt.Errorf("this node has no address in the datastore")
	}
	return writeText(v.birdConfig(), written)
}

func writeText(text string, written *string) error {
	if text == *written {
		return nil
	}
	// Renamed into place: BIRD never reads half of it.
	if err := os.WriteFile(birdConfig+".new", []byte(text), 0o644); err != nil {
		return err
	}
	if err := os.Rename(birdConfig+".new", birdConfig); err != nil {
		return err
	}
	*written = text
	return tellBird()
}

func tellBird() error {
	if _, err := os.Stat(birdSocket); err != nil {
		return nil
	}
	answer, err := exec.Command("/usr/sbin/birdc", "-s", birdSocket, "configure").CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(answer)), "\n")
	logf("birdc configure: %s", lines[len(lines)-1])
	if err != nil {
		// Left over by a BIRD that was killed: the next one reads the file at its start.
		logf("birdc: %v", err)
	}
	return nil
}
