import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as netplay from '../../src/index.js'
import type { ClusterTask, ResourceTask } from '../../src/resources/resource.js'
import { networkCases, systemdCases } from './system-cases.js'

/** Kinds whose promises no table of cases can tell: what writes them is a cluster or a daemon, or the host is one of its own. Their tests tell the same story. */
const ownStories: Record<string, string> = {
  'absent-keys': 'absent-keys.test.ts',
  'awaited-file': 'awaited-file.test.ts',
  'calico-resource': 'calico-resource.test.ts',
  'etcd-key': 'etcd-key.test.ts',
  'kernel-feature': 'kernel-feature.test.ts',
}

const here = dirname(fileURLToPath(import.meta.url))
const textOf = (name: string) => readFileSync(join(here, name), 'utf8')

/** Of every exported factory of tasks, the kind. */
function exportedKinds(): string[] {
  const notKinds = new Set(['check', 'defineRole', 'firewallUnit', 'fullImageName', 'gate', 'joined', 'secretText', 'sh'])
  const factories = Object.entries(netplay).filter(([name]) => /^[a-z]/.test(name) && !notKinds.has(name))
  return factories.map(([, factory]) => {
    const make = factory as unknown as (title: string, desired: object) => ResourceTask<unknown, unknown> | ClusterTask<unknown, unknown>
    return make('a task', {}).kind.kind
  })
}

function coveredKinds(): Set<string> {
  const suites = readdirSync(here)
    .filter(name => name.endsWith('.test.ts') && name !== 'coverage.test.ts')
    .flatMap(name => [...textOf(name).matchAll(/resourceContract\((\w+)Kind,/g)])
  const inSuites = suites.map(([, name = '']) => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`))
  const inCases = [...networkCases, ...systemdCases].flatMap(({ tasks }) => tasks.map(({ kind }) => kind.kind))
  return new Set([...inSuites, ...inCases, ...Object.keys(ownStories)])
}

test('every kind that the public API offers is held to the contract', () => {
  const kinds = exportedKinds()
  expect(kinds).toEqual(expect.arrayContaining(['command', 'etcd-key', 'file', 'systemd-unit']))
  const covered = coveredKinds()
  expect(kinds.filter(kind => !covered.has(kind))).toEqual([])
})

test.each(Object.entries(ownStories))('the story of %s is told from looking to undo', (_, name) => {
  expect(textOf(name)).toMatch(/\bundo\(|undoOf\(/)
})
