package main

import (
	"fmt"
	"strings"
)

// words of a command line, after the command itself.
type words struct {
	args  []string
	flags map[string]string
}

var shortFlags = map[string]string{"c": "config", "f": "filename", "o": "output", "p": "patch", "t": "type", "n": "namespace", "A": "all-namespaces", "l": "log-level"}

var flagsWithValue = map[string]bool{
	"config": true, "filename": true, "output": true, "patch": true, "type": true, "namespace": true, "log-level": true, "scope": true, "node": true, "ip": true,
}

var flagsAlone = map[string]bool{
	"export": true, "skip-not-exists": true, "skip-exists": true, "skip-empty": true, "overwrite": true, "remove": true, "all-namespaces": true,
	"allow-version-mismatch": true, "client": true, "recursive": true, "show-blocks": true, "raw": true,
}

func parseWords(args []string) (*words, error) {
	parsed := &words{flags: map[string]string{}}
	for at := 0; at < len(args); at++ {
		word := args[at]
		if word == "-" || !strings.HasPrefix(word, "-") {
			parsed.args = append(parsed.args, word)
			continue
		}
		name, value, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if long, short := shortFlags[name]; short {
			name = long
		}
		switch {
		case flagsAlone[name] && !joined:
			value = "true"
		case !flagsWithValue[name]:
			return nil, fmt.Errorf("unknown flag %s", word)
		case !joined && at+1 < len(args):
			at++
			value = args[at]
		case !joined:
			return nil, fmt.Errorf("%s requires argument", word)
		}
		parsed.flags[name] = value
	}
	return parsed, nil
}

func (w *words) flag(name string) string { return w.flags[name] }
func (w *words) has(name string) bool    { _, has := w.flags[name]; return has }
func (w *words) arg(at int) string {
	if at < len(w.args) {
		return w.args[at]
	}
	return ""
}
