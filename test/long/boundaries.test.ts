import { jest } from '@jest/globals'
import { openBoundaries, type BoundaryStory } from '../e2e/boundary-story.js'
import { openStoryMs } from '../e2e/story.js'

const nodes = 8
let boundaries: BoundaryStory

jest.setTimeout(900_000)
beforeAll(async () => {
  boundaries = await openBoundaries('long-boundaries', nodes)
}, openStoryMs)
afterAll(() => boundaries?.story.close(), 60_000)

test('killed at every step boundary of the flannel role: undo restores every byte, the next run converges with one start of each daemon', async () => {
  const all = boundaries.boundaries
  expect(all.length).toBeGreaterThan(20)
  const complaints: string[] = []
  for (let i = 0; i < all.length; i += nodes) complaints.push(...(await boundaries.tell(all.slice(i, i + nodes))))
  expect(complaints).toEqual([])
})
