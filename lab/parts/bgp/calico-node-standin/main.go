// Command calico-node-standin STANDS IN for what runs in the images calico/node and calico/routereflector, in netplay's lab.
//
// It is their entry point and their daemons: it registers the host in etcd, claims a block of addresses, writes BIRD's
// configuration from etcd and lets a real BIRD (Debian's 1.6) speak BGP. One binary, told apart by the name it is called by.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const about = "calico-node: STAND-IN of netplay's lab for the image's programs, with a real BIRD; not calico's own"

func main() {
	ctx := context.Background()
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if len(args) == 1 && (name == "calico-node") {
		name += " " + args[0]
	}
	switch name {
	case "start_runit":
		exitOn(supervise(ctx))
	case "calico-felix", "calico-node -felix":
		exitOn(felix(ctx))
	case "confd", "calico-node -confd":
		exitOn(confd(ctx))
	case "calico-node -v", "calico-node -version":
		fmt.Println("v3.31.7\n" + about)
	default:
		if !strings.HasPrefix(name, "calico-node") || len(args) == 0 {
			exitOn(fmt.Errorf("%s", about))
		}
		exitOn(probe(args))
	}
}

func exitOn(err error) {
	if err == nil {
		return
	}
	fmt.Println(err)
	os.Exit(1)
}

// logf writes a line in the shape of calico's log.
func logf(format string, values ...any) {
	fmt.Printf("%s [INFO][%d] standin: %s\n", now(), os.Getpid(), fmt.Sprintf(format, values...))
}
