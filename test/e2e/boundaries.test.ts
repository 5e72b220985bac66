import { jest } from '@jest/globals'
import { openBoundaries, type BoundaryStory } from './boundary-story.js'
import { openRestarts } from './restart-story.js'
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
  const isUnit = (i: number) => all[i]?.key.startsWith('unit:') === true
  // The file before a unit's first step, every step of the unit, and the two ends: the rest is told in test/long/boundaries.test.ts.
  const told = all.filter((_, i) => isUnit(i) || isUnit(i + 1) || i === 0 || i === all.length - 1)
  expect(new Set(told.flatMap(({ key }) => (key.startsWith('unit:') ? [key] : []))).size).toBe(2)
  expect(told.length).toBeLessThanOrEqual(nodes)
  expect(await boundaries.tell(told)).toEqual([])
})

test('flanneld runs, and its binary, unit file, certificate and key in etcd change: killed around its restart, undo brings the old ones back to run, the next run restarts it once', async () => {
  const restarts = await openRestarts(boundaries)
  // Its binary is installed, nothing else; its files are all there; systemd has read them; it is started again, and nobody was told.
  const told = restarts.boundaries.filter(
    ({ key, step }) => key === 'unit:flannel.service' || (key === 'file:/usr/local/bin/flanneld' && !step),
  )
  expect(told).toHaveLength(4)
  expect(await restarts.tell(told)).toEqual([])
})
