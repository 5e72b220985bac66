import { exitCodeOfCheck, exitCodeOfEnds } from '../../src/cli/exit-code.js'
import type { HostEnd } from '../../src/events.js'

const ends = (...list: HostEnd[]) => Object.fromEntries(list.map((end, i) => [`n${i}`, end]))

// The table of docs/exit-codes.md.
test.each([
  [[], false, 0],
  [['done', 'done'], false, 0],
  [['done', 'failed'], false, 2],
  [['done', 'unknown'], false, 2],
  [['done', 'refused'], false, 2],
  [['done', 'stopped'], false, 2],
  [['done', 'unreachable'], false, 4],
  [['failed', 'unreachable'], false, 4],
  [['failed', 'unreachable'], true, 99],
  [['done'], true, 99],
] as [HostEnd[], boolean, number][])('an apply that ends %j, interrupted %s, exits %i', (list, interrupted, exit) => {
  expect(exitCodeOfEnds(ends(...list), interrupted)).toBe(exit)
})

test.each([
  [['done'], 0, false, 0],
  [['done'], 3, false, 0],
  [['failed'], 3, false, 2],
  [['unreachable', 'failed'], 0, false, 4],
  [['done'], 0, true, 0],
  [['done'], 3, true, 2],
  [['failed'], 3, true, 1],
  [['unreachable'], 0, true, 1],
] as [HostEnd[], number, boolean, number][])(
  'a check that ends %j with %i changes, detailed %s, exits %i',
  (list, changes, detailed, exit) => {
    expect(exitCodeOfCheck(ends(...list), changes, detailed)).toBe(exit)
  },
)
