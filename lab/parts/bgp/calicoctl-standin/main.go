// Command calicoctl-standin STANDS IN for calicoctl in netplay's lab: the real one cannot be had where the lab is tested.
//
// It reads and writes the same keys of etcd and says what calicoctl v3.31 was recorded to say. Linked with
// generation "v1" it stands in for calicoctl v1.4 of calico 2.x: resources of version v1, in etcd's v2 store.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"netplay/lab/parts/bgp/calico"
	"netplay/lab/parts/bgp/etcd"
)

// generation is set when it is linked.
var generation = "v3"

const about = `calicoctl: STAND-IN of netplay's lab, not calico's own program.`

const usage = `Usage:
  calicoctl [options] <command> [<args>...]`

func main() {
	err := run(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

type command func(ctx context.Context, words *words) error

var commandsV3 = map[string]command{
	"get":     withStore(get),
	"create":  withStore(write("create", "created", calico.Store.Create)),
	"apply":   withStore(write("apply", "applied", calico.Store.Apply)),
	"replace": withStore(write("replace", "replaced", calico.Store.Update)),
	"delete":  withStore(remove),
	"patch":   withStore(patch),
	"label":   withStore(label),
	"node":    node,
	"ipam":    ipam,
	"version": version,
}

func run(args []string) error {
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" {
		fmt.Println(about + "\n\n" + usage)
		return nil
	}
	commands := commandsV3
	if generation == "v1" {
		commands = commandsV1
	}
	command, known := commands[args[0]]
	if !known {
		fmt.Printf("Invalid option: '%s'. Use flag '--help' to read about a specific subcommand.\n", strings.Join(args, " "))
		return errors.New(usage)
	}
	words, err := parseWords(args[1:])
	if err != nil {
		return fmt.Errorf("%w\n%s", err, usage)
	}
	return command(context.Background(), words)
}

// connect reads the configuration; what is wrong with it calicoctl says on standard output.
func connect(words *words, generation calico.Generation) *etcd.Client {
	config, err := calico.LoadConfig(words.flag("config"), generation)
	if errors.Is(err, calico.ErrNoConfigFile) {
		fmt.Printf("Error reading config file: %s\n", words.flag("config"))
		os.Exit(1)
	}
	var client *etcd.Client
	if err == nil {
		if client, err = etcd.New(config); err != nil {
			err = fmt.Errorf("could not initialize etcdv%d client: %w", 3-generation, err)
		}
	}
	if err != nil {
		fmt.Printf("Failed to create Calico API client: %v\n", err)
		os.Exit(1)
	}
	return client
}

func withStore(then func(context.Context, calico.Store, *words) error) command {
	return func(ctx context.Context, words *words) error {
		store := calico.Store{Client: connect(words, calico.V3)}
		if err := checkVersion(ctx, store, words); err != nil {
			return err
		}
		return then(ctx, store, words)
	}
}
