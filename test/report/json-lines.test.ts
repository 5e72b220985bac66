import type { RunEvent } from '../../src/events.js'
import { jsonLines } from '../../src/report/json-lines.js'

test('an event is one object on one line with the time it was told, whatever is in it', async () => {
  const lines: string[] = []
  const emit = jsonLines(text => lines.push(text))
  const event: RunEvent = {
    type: 'item-planned',
    play: 1,
    stage: 1,
    host: 'n1',
    item: 'i',
    role: 'r',
    task: 'two\nlines',
    kind: 'file',
    key: 'file:/a\n"b"',
    action: 'change',
    changes: [{ field: 'content', before: { text: 'a\r\n\u2028' }, after: { sensitive: true } }],
  }
  await emit(event)
  expect(lines).toHaveLength(1)
  expect(lines[0]!.match(/\n/g)).toHaveLength(1)
  const { at, ...rest } = JSON.parse(lines[0]!) as RunEvent & { at: string }
  expect(rest).toEqual(event)
  expect(new Date(at).toISOString()).toBe(at)
})

test('times are given in tenths of a millisecond', async () => {
  let line = ''
  await jsonLines(text => (line = text))({ type: 'host-facts', host: 'n1', ms: 63.02907699999997 })
  expect(JSON.parse(line)).toMatchObject({ ms: 63 })
})
