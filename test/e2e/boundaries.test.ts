import { jest } from '@jest/globals'
import { openBoundaries, type BoundaryStory } from './boundary-story.js'
import { openStoryMs } from './story.js'

const nodes = 8
let boundaries: BoundaryStory

jest.setTimeout(240_000)
beforeAll(async () => {
  boundaries = await openBoundaries('e2e-boundaries', nodes)
}, openStoryMs)
afterAll(() => boundaries?.story.close(), 60_000)

test('killed around every start of a daemon, at the first and the last step: undo restores every byte, the next run converges with one start', async () => {
  const all = boundaries.boundaries
  const told = all.filter(({ key }, i) => key.startsWith('unit:') || i === 0 || i === all.length - 1)
  // Reload, enable and start of two units, and the two ends: the rest of the boundaries is told in test/long/boundaries.test.ts.
  expect(told).toHaveLength(nodes)
  expect(await boundaries.tell(told)).toEqual([])
})
