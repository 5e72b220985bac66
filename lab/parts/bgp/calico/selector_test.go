package calico

import "testing"

func TestSelectorsMatchAsCalicosDo(t *testing.T) {
	labels := map[string]string{"route-reflector": "true", "rack": "r12"}
	cases := []struct {
		selector string
		matches  bool
	}{
		{"", true},
		{"all()", true},
		{"route-reflector == 'true'", true},
		{`route-reflector == "false"`, false},
		{"has(rack)", true},
		{"!has(rack)", false},
		{"missing != 'x'", true},
		{"missing == 'x'", false},
		{"rack in {'r11', 'r12'}", true},
		{"rack not in {'r11','r12'}", false},
		{"missing not in {'a'}", true},
		{"rack starts with 'r1' && rack ends with '2'", true},
		{"rack contains '9' || has(route-reflector)", true},
		{"!(has(rack) && has(missing))", true},
	}
	for _, c := range cases {
		selector, err := ParseSelector(c.selector)
		if err != nil {
			t.Errorf("%s: %v", c.selector, err)
		} else if selector(labels) != c.matches {
			t.Errorf("%s: %v, wanted %v", c.selector, !c.matches, c.matches)
		}
	}
}

func TestWhatIsNoSelectorIsRefused(t *testing.T) {
	for _, text := range []string{"route-reflector", "a = 'b'", "a == b", "has(", "a in 'b'", "(all()", "all() all()", "a == 'b' &&"} {
		if _, err := ParseSelector(text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
