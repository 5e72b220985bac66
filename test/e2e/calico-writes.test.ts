import { labBgpParts } from '../../lab/bgp-parts.js'
import { etcdctl, listEtcdKeys } from '../../lab/etcd-keys.js'
import { clientPki } from '../../lab/etcd-scripts.js'
import { onEachHost, played } from './flannel-story.js'
import { differences, lookAtLab, lookAtRest } from '../../lab/look.js'
import { openStory, openStoryMs, type Ran, type Story } from './story.js'

const json = ['--output', 'json']
const resources = '/calico/resources/v3/projectcalico.org'
const pool = `${resources}/ippools/pods`
let story: Story

/** Brings calicoctl to every host, and writes a pool, the mesh, and a label of the node that calico/node would make. */
const role = `import { binary, calicoResource, defineRole, directory, file } from 'netplay'

const path = '/usr/local/bin/calicoctl'
const config = '/etc/calico/calicoctl.cfg'
const pki = { caFile: '${clientPki.ca}', certFile: '${clientPki.certificate}', keyFile: '${clientPki.key}' }

export default defineRole({
  name: 'settings',
  params: {
    type: 'object',
    properties: { calicoctl: { type: 'string' }, etcd: { type: 'string' }, nat: { type: 'boolean' }, node: { type: 'string' }, size: { type: 'integer', default: 26 } },
    required: ['calicoctl', 'etcd', 'nat'],
    additionalProperties: false,
  } as const,
  tasks({ params }) {
    const shared = { cluster: { api: 'v3' as const, endpoints: [params.etcd], ...pki }, calicoctl: { path, config, timeoutSeconds: 5 } }
    const spec = { datastoreType: 'etcdv3', etcdEndpoints: params.etcd, etcdCACertFile: pki.caFile, etcdCertFile: pki.certFile, etcdKeyFile: pki.keyFile }
    return [
      binary('Install calicoctl', { path, source: { path: params.calicoctl } }),
      directory('Folder of calico', { path: '/etc/calico' }),
      file('Write calicoctl.cfg', { path: config, content: JSON.stringify({ apiVersion: 'projectcalico.org/v3', kind: 'CalicoAPIConfig', metadata: {}, spec }) }),
      calicoResource('Pool', { ...shared, kind: 'IPPool', name: 'pods', set: { spec: { cidr: '172.30.0.0/16', natOutgoing: params.nat, blockSize: params.size } }, immutable: ['/spec/blockSize'] }),
      calicoResource('AS number', { ...shared, kind: 'BGPConfiguration', name: 'default', set: { spec: { asNumber: 64567 } } }),
      calicoResource('Mesh', { ...shared, kind: 'BGPConfiguration', name: 'default', set: { spec: { nodeToNodeMeshEnabled: false } } }),
      ...(params.node === undefined ? [] : [calicoResource('Label', { ...shared, kind: 'Node', name: params.node, mustExist: true, set: { metadata: { labels: { rr: 'true' } } } })]),
    ]
  },
})
`

beforeAll(async () => {
  const { calicoctl } = await labBgpParts()
  story = await openStory({ name: 'calico-writes', hosts: 2 })
  await story.write('site.yml', '- hosts: nodes\n  roles: [settings]\n')
  await story.write('roles/settings/role.ts', role)
  vars = { settings_calicoctl: calicoctl, settings_etcd: `https://${story.lab.hosts[0]!.address}:2379`, settings_nat: true }
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

let vars: Record<string, unknown>
beforeEach(() => story.setVars(vars))

const keys = async () => (await listEtcdKeys(story.lab, '/calico')).map(({ key }) => key)
const spec = async (key: string) => {
  const found = (await listEtcdKeys(story.lab, key)).find(each => each.key === key)
  // calicoctl leaves out what is false.
  return found === undefined ? undefined : { natOutgoing: false, disabled: false, ...(JSON.parse(found.value) as { spec: object }).spec }
}
const runOf = ({ events }: Ran) => (events.find(({ type }) => type === 'run-started') as { run: string }).run
const rollback = (run: Ran) => story.netplay(['rollback', runOf(run), ...json])
const failures = ({ events }: Ran) => events.flatMap(event => (event.type === 'item-failed' ? [{ task: event.task, ...event.error }] : []))
/** Somebody else, by hand. */
const byHand = async (key: string, change: Record<string, unknown>) => {
  const now = JSON.parse((await listEtcdKeys(story.lab, key))[0]!.value) as { spec: object }
  await etcdctl(story.lab, ['put', key, JSON.stringify({ ...now, spec: { ...now.spec, ...change } })])
}

test('a check shows the resources as YAML, says what would write them where, and writes nothing', async () => {
  const before = await lookAtRest(story.lab)
  const { code, stdout } = await story.play('site.yml', ['--check', '--diff'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/\+ calico IPPool pods .*n1\n {6}\+ spec:\n {6}\+ {3}cidr: 172.30.0.0\/16\n {6}\+ {3}natOutgoing: true\n/)
  expect(stdout).toMatch(
    /~ calico BGPConfiguration default .*n1\n {6}@@ -1,2 \+1,2 @@\n {8}spec:\n {6}- {3}nodeToNodeMeshEnabled: true\n {6}\+ {3}nodeToNodeMeshEnabled: false\n/,
  )
  expect(differences(before, await lookAtLab(story.lab))).toEqual([])
}, 60_000)

test('a saved plan is refused once somebody has written what it is about, and names it', async () => {
  await played(story, 'site.yml')
  await story.setVars({ ...vars, settings_nat: false })
  const planned = await story.netplay(['plan', 'site.yml', '-i', 'hosts.ini', '--out', 'nat.plan'])
  expect(planned.code).toBe(0)
  await byHand(pool, { natOutgoing: false })
  const refused = await story.netplay(['apply', 'nat.plan'])
  expect({ code: refused.code === 0, said: refused.stdout + refused.stderr }).toMatchObject({
    code: false,
    said: expect.stringMatching(/calico:IPPool\/pods has moved[^]*by now it is as this plan wants it/) as string,
  })
  await byHand(pool, { natOutgoing: true, disabled: true })
  expect(await story.netplay(['apply', 'nat.plan'])).toMatchObject({ code: 0 })
  expect(await spec(pool)).toMatchObject({ natOutgoing: false, disabled: true })
  await byHand(pool, { disabled: false })
}, 120_000)

test('a field that cannot change stops the plan; a node that calico/node is still to make is said so before, and missed when it is to be written', async () => {
  await story.setVars({ ...vars, settings_size: 27 })
  const ran = await story.play('site.yml')
  expect(ran.stdout + ran.stderr).toContain('spec.blockSize is 26, wanted 27')
  await story.setVars({ ...vars, settings_nat: false, settings_node: 'n9' })
  const check = await story.play('site.yml', ['--check'])
  expect(check.stdout).toContain('calico Node n9    (known after apply: calico/node makes it)')
  const failed = await story.play('site.yml', json)
  expect(failures(failed)).toMatchObject([{ task: 'Label', code: 'CALICO_MISSING', leftAs: 'Nothing was written to it.' }])
}, 120_000)

test('rollback puts back the fields that the run wrote, and leaves what others wrote beside them', async () => {
  const run = await played(story, 'site.yml')
  expect(await spec(pool)).toMatchObject({ natOutgoing: true })
  await byHand(pool, { disabled: true })
  expect((await rollback(run)).code).toBe(0)
  expect(await spec(pool)).toMatchObject({ natOutgoing: false, disabled: true })
  await byHand(pool, { natOutgoing: true, disabled: false })
}, 120_000)

test('where calicoctl hangs it is ended in time, and told with how the resource was left', async () => {
  await story.write('hang', '#!/bin/sh\nexec sleep 1000\n')
  await story.setVars({ ...vars, settings_nat: false, settings_calicoctl: 'hang' })
  const failed = await story.play('site.yml', json)
  expect(failures(failed)).toMatchObject([
    {
      task: 'Pool',
      code: 'CALICOCTL',
      words: expect.stringContaining('did not end within 5 s') as string,
      leftAs: `${pool} in etcd is as it was.`,
    },
  ])
  await story.setVars(vars)
  await played(story, 'site.yml')
}, 120_000)

test('rollback of the run that brought calicoctl: hosts first, then the resources, though calicoctl is gone by then', async () => {
  await etcdctl(story.lab, ['del', '--prefix', '/calico'])
  await onEachHost(story, 'rm -rf /usr/local/bin/calicoctl /etc/calico')
  const run = await played(story, 'site.yml')
  expect(await keys()).toEqual([`${resources}/bgpconfigurations/default`, pool])
  const undone = await rollback(run)
  expect({ code: undone.code, failures: failures(undone) }).toEqual({ code: 0, failures: [] })
  expect(await keys()).toEqual([])
  expect(await onEachHost(story, 'ls -d /usr/local/bin/calicoctl /etc/calico 2>/dev/null | wc -l')).toEqual(['0', '0'])
  const again = await played(story, 'site.yml')
  expect(again.code).toBe(0)
  expect((await played(story, 'site.yml')).events.filter(({ type }) => type === 'item-changed')).toEqual([])
}, 120_000)
