import { setTimeout as sleep } from 'node:timers/promises'
import { onLongWait, toldIfLong } from '../src/waiting.js'

const said: string[] = []
onLongWait(line => said.push(line))
beforeEach(() => void said.splice(0))

test('what is waited for long is told once, and what it gives is given on', async () => {
  expect(await toldIfLong('the script ./cloud', sleep(100, 'hosts'), 5)).toBe('hosts')
  expect(said).toEqual(['still waiting for the script ./cloud'])
})

test('what is over in time, well or not, is not told', async () => {
  expect(await toldIfLong('a', Promise.resolve(1), 20)).toBe(1)
  await expect(toldIfLong('b', Promise.reject(new Error('broken')), 20)).rejects.toThrow('broken')
  await sleep(60)
  expect(said).toEqual([])
})
