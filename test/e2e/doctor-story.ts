import { jest } from '@jest/globals'
import type { RunEvent } from '../../src/events.js'
import { mistakesIn } from '../support/events-schema.js'
import {
  calicoBaseline,
  calicoPlants,
  containerBaseline,
  containerPlants,
  flannelPlants,
  planted,
  proxyBaseline,
  proxyPlants,
  type Plant,
} from './doctor-plants.js'
import { nothingWritten, onEachHost, played } from './flannel-story.js'
import { openStory, openStoryMs, type Story } from './story.js'

/**
 * What doctor says of healthy hosts, and of hosts on which causes are planted, one after another.
 * @param name of the lab
 * @param pick which of the causes are planted
 */
export function tellDoctor(name: string, pick: (plants: readonly Plant[]) => readonly Plant[]): void {
  let story: Story

  jest.setTimeout(120_000)
  beforeAll(async () => {
    story = await openStory({
      name,
      hosts: 3,
      docker: ['n1'],
      backend: 'host-gw',
      etcd: { members: 3 },
      vars: { flannel_iptables_forward_rules: false },
    })
    await played(story, 'flannel.yml')
  }, openStoryMs)
  afterAll(() => story?.close(), 60_000)

  type Of<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>

  async function doctor() {
    const { code, events, stderr } = await story.netplay(['doctor', '-i', 'hosts.ini', '--output', 'json'])
    expect({ stderr, mistakes: mistakesIn(events) }).toEqual({ stderr: '', mistakes: [] })
    const of = <Type extends RunEvent['type']>(type: Type) => events.filter((event): event is Of<Type> => event.type === type)
    return { code, findings: of('cause-found'), judged: of('causes-judged')[0]!, finished: of('run-finished')[0]! }
  }

  /** Only this one, on the host that has it, with what was seen there; and nothing any more when it is gone. */
  async function isNamedAlone({ id, host, plant, restore, says }: Plant): Promise<void> {
    await planted(story.lab, host, plant)
    const { code, findings } = await doctor()
    await planted(story.lab, host, restore)
    expect([code, [...new Set(findings.map(finding => finding.id))]]).toEqual([2, [id]])
    const [first] = findings
    const seen = [first!.cause, ...first!.evidence.flatMap(({ text, where }) => [text, where])].join('\n')
    expect(seen).toMatch(says)
    expect(first!.command).toMatch(/^npx netplay \S+\.yml -i hosts\.ini/)
  }

  async function isHealthy(): Promise<void> {
    const { code, findings, judged } = await doctor()
    expect([code, findings, judged.findings, judged.hosts]).toEqual([0, [], 0, 3])
  }

  describe('hosts with flannel', () => {
    test('that are healthy have no finding; every cause was looked for, in two requests a host, and nothing was written', async () => {
      const { code, findings, judged, finished } = await nothingWritten(story, doctor)
      expect([code, findings]).toEqual([0, []])
      expect(judged).toMatchObject({ findings: 0, hosts: 3, causes: 40, looked: 40, notLooked: [] })
      for (const requests of Object.values(finished.requests)) expect(requests).toMatchObject({ facts: 1, doctor: 1 })
    })

    test.each(pick(flannelPlants).map(plant => [`${plant.id} ${plant.what}`, plant] as const))(
      '%s is named, and only it',
      (_title, plant) => isNamedAlone(plant),
    )

    test('a person reads cause, evidence, fix and the command that mends it', async () => {
      const p09 = flannelPlants.find(({ id }) => id === 'P09')!
      await planted(story.lab, p09.host, p09.plant)
      const { code, stdout } = await story.netplay(['doctor', '-i', 'hosts.ini'])
      await planted(story.lab, p09.host, p09.restore)
      expect([code, stdout.split('\n')]).toEqual([
        2,
        [
          '✖ n1  P09  Forwarded pod traffic is dropped: policy of FORWARD is DROP and no rule accepts 10.244.0.0/16',
          '    seen   -P FORWARD DROP  (iptables -S FORWARD)',
          '           docker.service running  (systemctl show docker.service)',
          '    fix    Accept what pods send by rules that come back after a boot and after a start of docker.',
          '           role flannel, task "Accept forwarded pod traffic":  npx netplay flannel.yml -i hosts.ini --limit n1',
          '',
          '1 finding on 3 hosts. All 40 known causes were looked for.',
          '',
        ],
      ])
      await isHealthy()
    })
  })

  describe('kube-proxy and kubelet as units', () => {
    beforeAll(() => planted(story.lab, 'n2', proxyBaseline))
    afterAll(() =>
      planted(story.lab, 'n2', 'systemctl disable -q kubelet kube-proxy; rm /etc/systemd/system/kube*.service; systemctl daemon-reload'),
    )

    test('that are right are no finding', isHealthy)
    test.each(pick(proxyPlants).map(plant => [`${plant.id} ${plant.what}`, plant] as const))('%s is named, and only it', (_title, plant) =>
      isNamedAlone(plant),
    )
  })

  describe('calico of the classic profile, in files and keys', () => {
    beforeAll(async () => {
      await onEachHost(story, 'systemctl disable -q --now flannel; rm -f /etc/cni/net.d/10-flannel.conflist')
      await planted(story.lab, 'n1', 'e3 del $key; e3 del --prefix /coreos.com/network/subnets/')
      await planted(story.lab, 'n1', calicoBaseline)
    }, 60_000)

    test('that is right is no finding; what needs its container is not said to be looked for', async () => {
      await isHealthy()
      await planted(story.lab, 'n1', `e2 set /calico/bgp/v1/global/node_mesh '{"enabled":false}'`)
      const { judged } = await doctor()
      await planted(story.lab, 'n1', `e2 set /calico/bgp/v1/global/node_mesh '{"enabled":true}'`)
      expect(judged.notLooked).toEqual([{ id: 'P13', host: 'n1', needs: 'containers that n1 does not run' }])
      expect(judged.looked).toBe(39)
    })

    test.each(pick(calicoPlants).map(plant => [`${plant.id} ${plant.what}`, plant] as const))('%s is named, and only it', (_title, plant) =>
      isNamedAlone(plant),
    )

    describe('with containers', () => {
      beforeAll(() => planted(story.lab, 'n1', containerBaseline), 60_000)

      test('that are right there is no finding', isHealthy)
      test.each(pick(containerPlants).map(plant => [`${plant.id} ${plant.what}`, plant] as const))(
        '%s is named, and only it',
        (_title, plant) => isNamedAlone(plant),
      )
    })
  })

  test('a host that does not answer is told, and the others are looked at', async () => {
    await onEachHost({ lab: { ...story.lab, hosts: story.lab.hosts.slice(2) } }, 'systemctl stop ssh')
    const { code, stdout } = await story.netplay(['doctor', '-i', 'hosts.ini', '-T', '3'])
    expect(code).toBe(4)
    expect(stdout).toContain('No finding on 2 hosts.')
    expect(stdout).toMatch(/UNREACHABLE n3/)
  })
}
