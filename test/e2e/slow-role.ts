import { onHost, type Lab } from '../../lab/lab.js'
import type { Story } from './story.js'
import { until } from './until.js'

/**
 * Role and playbook `slow`: three steps that take their time. Step N says `/run/slow-N` when it begins and writes `/var/slow-N` when it is done;
 * its undo takes as long.
 * @param seconds of each step
 */
export async function writeSlowRole(story: Story, seconds = 2): Promise<void> {
  await story.write('slow.yml', '- hosts: nodes\n  roles: [slow]\n')
  await story.write(
    'roles/slow/role.ts',
    `import { command, defineRole } from 'netplay'

export default defineRole({
  name: 'slow',
  params: { type: 'object', properties: {}, additionalProperties: false } as const,
  tasks: () =>
    [1, 2, 3].map(n =>
      command(\`Slow step \${n}\`, {
        run: \`: >/run/slow-\${n}; sleep ${seconds}; : >/var/slow-\${n}\`,
        done: \`[ -e /var/slow-\${n} ]\`,
        undo: \`: >/run/slow-undo; sleep ${seconds}; rm -f /var/slow-\${n} /run/slow-\${n}\`,
      }),
    ),
})
`,
  )
}

/** Steps that are done on a host: `1 2`. */
export const slowDone = async (lab: Lab, host: string): Promise<string> =>
  (await onHost(lab, host, 'cd /var; echo $(ls | sed -n s/^slow-//p)', { check: true })).stdout.trim()

/** Steps that were begun. */
export const slowBegun = async (lab: Lab, host: string): Promise<string> =>
  (await onHost(lab, host, 'cd /run; echo $(ls | sed -n s/^slow-//p)', { check: true })).stdout.trim()

export const forgetSlow = (lab: Lab): Promise<unknown> =>
  Promise.all(lab.hosts.map(host => onHost(lab, host, 'rm -f /var/slow-* /run/slow-*', { check: true })))

export const stepBegins = (lab: Lab, host: string, step: number | 'undo') =>
  until(`step ${step} begins on ${host}`, async () => (await onHost(lab, host, `[ -e /run/slow-${step} ]`)).code === 0)

export const isLocked = async (lab: Lab, host: string): Promise<boolean> =>
  (await onHost(lab, host, 'flock -n /run/netplay/lock true')).code !== 0

export const lockGoes = (lab: Lab, host: string) => until(`the lock of ${host} goes`, async () => !(await isLocked(lab, host)))
