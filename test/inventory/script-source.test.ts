import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadInventory } from '../../src/inventory/load.js'
import { runScript } from '../../src/inventory/script-output.js'
import { dynamicInventory } from '../ansible/dynamic-inventory.js'
import { refusal, removeScratch, scratch } from './scratch.js'

afterAll(removeScratch)

function script(body: string, files: Record<string, string> = {}): string {
  const path = join(scratch({ 'dynamic.sh': `#!/bin/sh\n${body}\n`, ...files }), 'dynamic.sh')
  chmodSync(path, 0o755)
  return path
}

test('what a script says when it fails is in the error, its control characters made visible', async () => {
  const told = await refusal(loadInventory([script("printf 'no token\\033[31m\\n' >&2; exit 3")]))
  expect(told).toBe('dynamic.sh --list: the inventory script ended with exit status 3, and says:\n    no token\\x1b[31m')
})

test('a script that is killed is an error with the signal', async () => {
  expect(await refusal(loadInventory([script('kill -9 $$')]))).toContain('dynamic.sh --list: the inventory script ended with SIGKILL')
})

test('a script that takes too long is ended with all it has started', async () => {
  const path = script('cd "$(dirname "$0")"; sleep 600 & echo $! > child; wait')
  const told = await refusal(runScript(path, ['--list'], { timeoutMs: 1000 }))
  expect(told).toContain('the inventory script takes longer than 1 s')
  const child = readFileSync(join(path, '..', 'child'), 'utf8').trim()
  for (let tries = 0; tries < 50 && isRunning(child); tries++) await sleep(20)
  expect(isRunning(child)).toBe(false)
})

/** A process that has ended and that nobody has waited for yet is not running. */
const isRunning = (pid: string) => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

test('a script that floods is ended, and memory stays bounded', async () => {
  const before = process.memoryUsage().rss
  const told = await refusal(runScript(script('exec cat /dev/zero'), ['--list'], { mostBytes: 4 * 1024 * 1024 }))
  expect(told).toContain('the inventory script prints more than 4 MB')
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
})

test('a script that prints without end is ended without a limit of its own, in bounded memory', async () => {
  const before = process.memoryUsage().rss
  expect(await refusal(loadInventory([script('printf \'{"a": "\'; exec yes')]))).toContain('the inventory script prints more than 16 MB')
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
})

test('a script that ends, and leaves a child that holds its output, is not waited for without end', async () => {
  const told = await refusal(runScript(script('sleep 600 & exit 0'), ['--list'], { timeoutMs: 300 }))
  expect(told).toContain('the inventory script takes longer than 0.3 s')
})

describe('without _meta each host is asked, and an answer that is none is told with its name', () => {
  test.each([
    ['it fails', 'echo "no such host" >&2; exit 3', 'ended with exit status 3, and says:\n    no such host'],
    ['it is killed', 'kill -9 $$', 'ended with SIGKILL'],
    ['half an answer', 'printf \'{"a":\'', 'this is no JSON'],
    ['a list', 'echo []', 'the variables of a host are a mapping, those of "h2" are a list'],
    ['a NUL byte', 'printf \'{"a": "\\000"}\'', 'the file holds a NUL byte'],
  ])('%s', async (_, body, message) => {
    const answers = `case "$1 $2" in --list*) echo '{"web": ["h1", "h2", "h3"]}';; *h2) ${body};; *) echo '{}';; esac`
    const told = await refusal(loadInventory([script(answers)]))
    expect(told).toMatch(/^dynamic\.sh --host h2/)
    expect(told).toContain(message)
  })
})

test('a script that floods standard error does no harm', async () => {
  expect((await refusal(loadInventory([script('yes | head -c 20000000 >&2; exit 1')]))).length).toBeLessThan(10_000)
})

test('a script gets nothing on standard input', async () => {
  expect([...(await loadInventory([script('cat; echo \'{"web": ["h1"]}\'')])).hosts.keys()]).toEqual(['h1'])
})

describe('hostile output is refused with its place', () => {
  test.each([
    ['a NUL byte', 'printf \'{"a": "\\000"}\'', 'the file holds a NUL byte'],
    ['terminal escapes', 'printf \'{"a\\033[2J": []}\'', 'the file holds the control character 0x1b'],
    ['what is not UTF-8', 'printf \'{"a": "\\377"}\'', 'the file is not UTF-8 text'],
    ['deep nesting', "printf '[%.0s' $(seq 5000); printf ']%.0s' $(seq 5000)", ':1:'],
    ['a key twice', 'echo \'{"web": ["a"], "web": ["b"]}\'', 'the key "web" is written twice'],
    ['half an answer', 'printf \'{"web": ["h1"\'', 'this is no JSON'],
    ['hosts that are numbers', 'echo \'{"web": [1]}\'', ':1:10: hosts of "web" are a list of names, this is a number'],
    [
      'variables that are a list',
      'echo \'{"web": ["h"], "_meta": {"hostvars": {"h": [1]}}}\'',
      'the variables of a host are a mapping, those of "h" are a list',
    ],
  ])('%s', async (_, body, message) => {
    const told = await refusal(loadInventory([script(body)]))
    expect(told).toMatch(/^dynamic\.sh --list/)
    expect(told).toContain(message)
  })
})

test('__proto__ and constructor are names like others, and pollute nothing', async () => {
  const listed =
    '{"__proto__": {"hosts": ["constructor"], "vars": {"__proto__": {"polluted": 1}}}, "_meta": {"hostvars": {"constructor": {"toString": 1}}}}'
  const { hosts, groups } = await loadInventory([script(`echo '${listed}'`)])
  expect(groups.get('__proto__')!.hosts).toEqual(['constructor'])
  expect(hosts.get('constructor')!.vars.get('toString')!.value).toBe(1)
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('a value has the place where the script printed it', async () => {
  const path = script('echo \'{"web": ["h"],\'; echo \'"_meta": {"hostvars": {"h": {"rack": 4}}}}\'')
  const { hosts } = await loadInventory([path])
  expect(hosts.get('h')!.vars.get('rack')).toMatchObject({ value: 4, origin: { file: `${path} --list`, line: 2, column: 38 } })
})

test('the script runs once when it prints _meta, however many hosts there are, and hosts of one rack share their variables', async () => {
  const path = script('cd "$(dirname "$0")"; echo "$@" >> calls; cat list.json', { 'list.json': dynamicInventory(10_000) })
  const { hosts } = await loadInventory([path])
  expect(hosts.size).toBe(10_000)
  expect(hosts.get('node09999.example.com')!.vars.get('weight')!.value).toBe(4999.5)
  expect(readFileSync(join(path, '..', 'calls'), 'utf8')).toBe('--list\n')
})
