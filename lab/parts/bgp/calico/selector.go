package calico

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Selector says whether labels match.
type Selector func(labels map[string]string) bool

// ParseSelector reads calico's selector language: all(), has(k), k == 'v', k != 'v', k in {'a','b'}, k not in {…},
// k contains|starts with|ends with 'v', !, &&, || and brackets. An empty one matches everything.
func ParseSelector(text string) (Selector, error) {
	if strings.TrimSpace(text) == "" {
		return func(map[string]string) bool { return true }, nil
	}
	words, err := selectorWords(text)
	if err != nil {
		return nil, err
	}
	parser := &selectorParser{words: words}
	selector, err := parser.or()
	if err == nil && parser.at < len(words) {
		err = fmt.Errorf("unexpected %q", words[parser.at])
	}
	return selector, err
}

var selectorWord = regexp.MustCompile(`^\s*(all\(\)|global\(\)|has\(\s*[\w./-]+\s*\)|&&|\|\||==|!=|!|\(|\)|\{|\}|,|'[^']*'|"[^"]*"|[\w./-]+)`)

func selectorWords(text string) ([]string, error) {
	var words []string
	for rest := text; strings.TrimSpace(rest) != ""; {
		match := selectorWord.FindStringSubmatch(rest)
		if match == nil {
			return nil, fmt.Errorf("unexpected characters at %q", strings.TrimSpace(rest))
		}
		words = append(words, match[1])
		rest = rest[len(match[0]):]
	}
	return words, nil
}

type selectorParser struct {
	words []string
	at    int
}

func (p *selectorParser) next() string {
	if p.at >= len(p.words) {
		return ""
	}
	p.at++
	return p.words[p.at-1]
}

func (p *selectorParser) take(word string) bool {
	if p.at < len(p.words) && p.words[p.at] == word {
		p.at++
		return true
	}
	return false
}

func (p *selectorParser) or() (Selector, error) {
	left, err := p.and()
	for err == nil && p.take("||") {
		var right Selector
		if right, err = p.and(); err == nil {
			before := left
			left = func(l map[string]string) bool { return before(l) || right(l) }
		}
	}
	return left, err
}

func (p *selectorParser) and() (Selector, error) {
	left, err := p.term()
	for err == nil && p.take("&&") {
		var right Selector
		if right, err = p.term(); err == nil {
			before := left
			left = func(l map[string]string) bool { return before(l) && right(l) }
		}
	}
	return left, err
}

func (p *selectorParser) term() (Selector, error) {
	word := p.next()
	switch {
	case word == "!":
		inner, err := p.term()
		return func(l map[string]string) bool { return !inner(l) }, err
	case word == "(":
		inner, err := p.or()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("missing )")
		}
		return inner, err
	case word == "all()" || word == "global()":
		return func(map[string]string) bool { return true }, nil
	case strings.HasPrefix(word, "has("):
		key := strings.TrimSpace(word[len("has(") : len(word)-1])
		return func(l map[string]string) bool { _, has := l[key]; return has }, nil
	case word == "" || strings.ContainsAny(word, `'"{}),&|=!`):
		return nil, fmt.Errorf("unexpected %q", word)
	}
	return p.comparison(word)
}

func (p *selectorParser) comparison(key string) (Selector, error) {
	switch operator := p.next(); operator {
	case "==", "!=", "contains", "starts", "ends":
		if (operator == "starts" || operator == "ends") && !p.take("with") {
			return nil, fmt.Errorf("expected 'with'")
		}
		value, err := p.text()
		return func(l map[string]string) bool { actual, has := l[key]; return compare(operator, actual, has, value) }, err
	case "in":
		return p.set(key, true)
	case "not":
		if !p.take("in") {
			return nil, fmt.Errorf("expected 'in'")
		}
		return p.set(key, false)
	default:
		return nil, fmt.Errorf("expected operator, got %q", operator)
	}
}

// As calico: != matches where the label is missing, the others do not.
func compare(operator, actual string, has bool, value string) bool {
	switch operator {
	case "==":
		return has && actual == value
	case "!=":
		return !has || actual != value
	case "contains":
		return has && strings.Contains(actual, value)
	case "starts":
		return has && strings.HasPrefix(actual, value)
	}
	return has && strings.HasSuffix(actual, value)
}

func (p *selectorParser) set(key string, wanted bool) (Selector, error) {
	if !p.take("{") {
		return nil, fmt.Errorf("expected a set")
	}
	var values []string
	for !p.take("}") {
		value, err := p.text()
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		p.take(",")
	}
	return func(l map[string]string) bool {
		actual, has := l[key]
		return (has && slices.Contains(values, actual)) == wanted
	}, nil
}

func (p *selectorParser) text() (string, error) {
	word := p.next()
	if len(word) < 2 || !strings.ContainsAny(word[:1], `'"`) {
		return "", fmt.Errorf("expected a string, got %q", word)
	}
	return word[1 : len(word)-1], nil
}
