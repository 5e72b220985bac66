import { segmentsOf, stageIsOver } from '../../src/apply/stage.js'
import type { GateItem, HostItem, Item, Stage } from '../../src/plan/plan.js'

const host = (id: string) => ({ id, type: 'host' }) as HostItem
const gate = (id: string) => ({ id, type: 'gate' }) as GateItem

test('the work of a host is cut into programs at everything that may have to wait', () => {
  const items: Item[] = [host('1'), host('2'), gate('3'), host('4'), { id: '5', type: 'await' } as Item, gate('6')]
  const told = segmentsOf(items).map(segment => (segment.type === 'program' ? segment.items.map(({ id }) => id) : segment.item.id))
  expect(told).toEqual([['1', '2'], '3', ['4'], '5', '6'])
  expect(segmentsOf([])).toEqual([])
})

test.each([
  [{ anyErrorsFatal: false }, 1, 3, false],
  [{ anyErrorsFatal: true }, 1, 3, true],
  [{ anyErrorsFatal: true }, 0, 3, false],
  // The percentage must be exceeded, as Ansible has it: one of two is not more than 50.
  [{ anyErrorsFatal: false, maxFailPercentage: 50 }, 1, 2, false],
  [{ anyErrorsFatal: false, maxFailPercentage: 49 }, 1, 2, true],
  [{ anyErrorsFatal: false, maxFailPercentage: 0 }, 1, 100, true],
  [{ anyErrorsFatal: false, maxFailPercentage: 0 }, 0, 100, false],
])('with %j and %i of %i hosts failed, the others stop: %s', (settings, failed, hosts, over) => {
  expect(stageIsOver(settings as unknown as Stage, failed, hosts)).toBe(over)
})
