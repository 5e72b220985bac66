import { selects, SelectorError } from '../../roles/calico/selector.js'

const labels = { 'route-reflector': 'true', rack: 'r1' }

test.each([
  ['all()', true],
  ["route-reflector == 'true'", true],
  ['route-reflector == "false"', false],
  ["rack != 'r1'", false],
  ["zone != 'z'", true],
  ['has(rack)', true],
  ['!has(rack)', false],
  ["has(rack) && rack == 'r2'", false],
  ["rack == 'r2' || (has(route-reflector) && rack == 'r1')", true],
  ["rack in {'r1', 'r2'}", true],
  ["rack not in {'r1'}", false],
  ["zone not in {'z'}", true],
  ['has(toString)', false],
])('%s is %s', (selector, expected) => expect(selects(selector, labels)).toBe(expected))

test.each(['', 'rack', 'rack == r1', 'all', "rack starts with 'r'", 'has(rack', 'all() all()', 'rack == `x`'])(
  '%j is refused, not guessed',
  selector => expect(() => selects(selector, labels)).toThrow(SelectorError),
)
