package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	birdConfig = "/etc/calico/confd/config/bird.cfg"
	birdSocket = "/var/run/calico/bird.ctl"
)

// now in the form of calico's log.
func now() string { return time.Now().UTC().Format("2006-01-02 15:04:05.000") }

// supervise is process 1 of the container: it registers the host, then keeps the daemons running until it is stopped.
func supervise(ctx context.Context) error {
	logf("%s", about)
	for _, folder := range []string{"/etc/calico/confd/config", "/var/run/calico", "/var/lib/calico", "/run/bird"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	// birdcl without -s looks here.
	if err := os.Symlink(birdSocket, "/run/bird/bird.ctl"); err != nil && !os.IsExist(err) {
		return err
	}
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGTERM, syscall.SIGINT)
	settings, err := fromEnvironment()
	if err != nil {
		return err
	}
	ready := make(chan error, 1)
	go func() { ready <- prepare(ctx, settings) }()
	select {
	case <-stopped:
		return nil
	case err := <-ready:
		if err != nil {
			return err
		}
	}
	running := &children{processes: map[string]*os.Process{}}
	for _, argv := range daemons(settings) {
		go running.keep(argv)
	}
	<-stopped
	// As the image's supervisor ends it, and not cleanly: BIRD would tell its peers goodbye, and they would drop our routes.
	running.kill()
	return nil
}

func prepare(ctx context.Context, settings *settings) error {
	world, err := settings.world()
	if err != nil {
		return err
	}
	if err := world.register(ctx); err != nil {
		return err
	}
	if err := world.claim(ctx); err != nil {
		return err
	}
	return world.renderOnce(ctx)
}

func daemons(settings *settings) [][]string {
	bird := []string{"/usr/sbin/bird", "-R", "-s", birdSocket, "-d", "-c", birdConfig}
	felix, confd := []string{"/bin/calico-node", "-felix"}, []string{"/bin/calico-node", "-confd"}
	if settings.kind != current {
		felix, confd = []string{"/usr/bin/calico-felix"}, []string{"/usr/bin/confd"}
	}
	var running [][]string
	if settings.kind != routeReflector {
		running = append(running, felix)
	}
	if settings.backend == "bird" {
		running = append(running, confd, bird)
	}
	return running
}

// children are the daemons that run, by their command.
type children struct {
	lock      sync.Mutex
	processes map[string]*os.Process
	isOver    bool
}

// keep starts a daemon, and starts it again a second after it has ended.
func (c *children) keep(argv []string) {
	name := strings.Join(argv, " ")
	for {
		command := exec.Command(argv[0], argv[1:]...)
		command.Stdout, command.Stderr = os.Stdout, os.Stderr
		if !c.start(name, command) {
			return
		}
		logf("%s ended (%v), starting it again in a second", name, command.Wait())
		time.Sleep(time.Second)
	}
}

func (c *children) start(name string, command *exec.Cmd) bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.isOver {
		return false
	}
	if err := command.Start(); err != nil {
		logf("%s: %v", name, err)
		return true
	}
	c.processes[name] = command.Process
	return true
}

// kill ends them all, and lets none begin.
func (c *children) kill() {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.isOver = true
	for _, process := range c.processes {
		_ = process.Kill()
	}
}
