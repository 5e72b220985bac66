import { jest } from '@jest/globals'
import { openBoundaries, type BoundaryStory } from './boundary-story.js'
import { openRestarts } from './restart-story.js'
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

test('flanneld runs, and its binary, unit file, certificate and key in etcd change: killed at every boundary, undo brings the old ones back to run, the next run restarts it once', async () => {
  const { boundaries: all, tell } = await openRestarts(boundaries)
  expect(all.length).toBeGreaterThan(5)
  const complaints: string[] = []
  for (let i = 0; i < all.length; i += nodes) complaints.push(...(await tell(all.slice(i, i + nodes))))
  expect(complaints).toEqual([])
})
