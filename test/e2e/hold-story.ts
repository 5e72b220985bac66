import { onHost, type Lab } from '../../lab/lab.js'
import { labPod, type LabPod } from '../../lab/pod.js'
import { startPing } from '../../lab/ping.js'
import type { Story } from './story.js'

/**
 * A control plane of a few lines: `/root/routes add|del` on each host sets or takes the routes to the other hosts' pods. Role `control` moves
 * from an old to a new one as BGP does: the routes go, and come back some seconds later.
 * @returns a pod on each host
 */
export async function writeControlPlane(story: Story): Promise<LabPod[]> {
  const { lab } = story
  await Promise.all(lab.hosts.map((_, at) => prepareHost(lab, at)))
  await story.write('control.yml', site('{name: control, pod_cidr: 10.244.0.0/16, timeout: 60s, agree_within: 6s}'))
  await story.write('short.yml', site('{name: control, pod_cidr: 10.244.0.0/16, timeout: 9s, agree_within: 6s}'))
  await story.write('roles/control/role.ts', role)
  return Promise.all(lab.hosts.map(({ name }) => labPod(lab, name)))
}

async function prepareHost(lab: Lab, at: number): Promise<void> {
  const others = lab.hosts.flatMap(({ address }, i) => (i === at ? [] : [{ to: `10.244.${i + 1}.0/24`, via: address }]))
  const lines = [
    'mkdir -p /etc/cni/net.d',
    `echo '${JSON.stringify(bridgeOf(at + 1))}' >/etc/cni/net.d/10-pods.conflist`,
    'echo 1 >/proc/sys/net/ipv4/ip_forward',
    `echo 'if [ "$1" = add ]; then' >/root/routes`,
    ...others.map(({ to, via }) => `echo 'ip route replace ${to} via ${via}' >>/root/routes`),
    `echo 'else' >>/root/routes`,
    ...others.map(({ to }) => `echo 'ip route del ${to} 2>/dev/null || :' >>/root/routes`),
    `echo 'fi' >>/root/routes`,
    'sh /root/routes add',
  ]
  await onHost(lab, lab.hosts[at]!.name, 'exec sh -e', { input: lines.join('\n'), check: true })
}

const site = (hold: string) => `- name: withdraw
  hosts: nodes
  hold: ${hold}
  roles: [control/withdraw]
- name: announce
  hosts: nodes
  hold: control
  roles: [control/announce]
`

const bridgeOf = (number: number) => ({
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: `10.244.${number}.0/24` }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
})

const role = `import { check, command, defineRole, gate, sh, type CheckKind } from 'netplay'

const session: CheckKind<{ says: string }> = {
  kind: 'session',
  scope: 'play',
  probe: () => sh\`true\`,
  verdict: ({ says }) =>
    says === 'up' ? { holds: true } : { holds: false, reason: 'no session with the reflector', ...(says === 'stops' ? { stops: true } : {}) },
}

export default defineRole({
  name: 'control',
  parts: ['withdraw', 'announce'],
  checkKinds: [session],
  params: {
    type: 'object',
    properties: {
      lost_on: { type: 'string', default: '' },
      session: { type: 'string', default: 'up' },
      seconds: { type: 'integer', default: 3 },
    },
    additionalProperties: false,
  } as const,
  tasks: ({ part, host, params }) =>
    part === 'withdraw'
      ? [
          command('Withdraw the old routes', {
            run: \`sh /root/routes \${params.session === 'stops' ? 'add' : 'del'}; : >/run/np-withdrawn\`,
            done: '[ -e /run/np-withdrawn ]',
            undo: 'sh /root/routes add; rm -f /run/np-withdrawn',
          }),
          gate(check('Sessions with the reflector', session, { says: params.session }), { timeoutMs: 3000 }),
        ]
      : [
          command('Announce the new ones', {
            run: \`sleep \${params.seconds}; \${host.name === params.lost_on ? ':' : 'sh /root/routes add'}; : >/run/np-announced\`,
            done: '[ -e /run/np-announced ]',
            undo: 'rm -f /run/np-announced',
          }),
        ],
})
`

/** As before any run. */
export const forgetControl = (lab: Lab): Promise<unknown> =>
  Promise.all(
    lab.hosts.map(({ name }) =>
      onHost(lab, name, 'rm -f /run/np-withdrawn /run/np-announced /run/netplay/held/*.released; sh /root/routes add', { check: true }),
    ),
  )

const look = `
printf 'rule %s held %s folder %s timer %s main %s' \\
  "$(ip rule show pref 100 | grep -c .)" "$(ip route show table all | grep -c 'table 5[2-9][0-9]*')" \\
  "$([ -d /run/netplay/held/control ] && echo yes || echo no)" "$(systemctl is-active netplay-held-control.timer || :)" \\
  "$(ip route show table main | grep -c '^10.244.*via')"`

/** What each host has of a hold, and how many routes main has to other hosts' pods. */
export const holdsOn = (lab: Lab): Promise<string[]> =>
  Promise.all(lab.hosts.map(async ({ name }) => (await onHost(lab, name, look)).stdout.trim()))

export const isReleased = 'rule 0 held 0 folder no timer inactive main 2'
export const isArmed = /^rule 1 held 2 folder yes timer active main \d$/

/** Which marks of the role are on each host: `withdrawn announced`. */
export const marksOn = (lab: Lab): Promise<string[]> =>
  Promise.all(
    lab.hosts.map(async ({ name }) => (await onHost(lab, name, 'cd /run; echo $(ls | sed -n s/^np-//p)', { check: true })).stdout.trim()),
  )

/** Packets lost between pods while `body` runs. */
export async function lostDuring<T>(lab: Lab, pods: LabPod[], body: () => Promise<T>): Promise<{ result: T; lost: number; sent: number }> {
  const ping = await startPing(lab, { pods, intervalMs: 10, timeoutMs: 2000 })
  const result = await body()
  const { lost, sent } = await ping.stop()
  return { result, lost, sent }
}
