import type { Story } from './story.js'

/** A daemon that reads its configuration once and tells what it was started with, small enough to be restarted many times. */
export const daemonUnit = 'np-daemon.service'
export const toldBy = '/run/np-daemon.told'

/**
 * Two roles in the story's folder that want the same: `daemon` with netplay's own systemd-unit, and `mutant`, whose stand-in of that kind has
 * the fault that a restart is an event: it restarts only if one of the inputs changes in this very run. Parameter `version` is in both the
 * configuration and the unit file.
 */
export async function writeDaemonRoles(story: Story): Promise<void> {
  await story.write('roles/daemon-tasks.ts', tasks)
  for (const name of ['daemon', 'mutant']) {
    await story.write(`roles/${name}/role.ts`, role(name))
    await story.write(`${name}.yml`, `- hosts: nodes\n  roles: [${name}]\n`)
  }
}

const role = (name: string) => `import { defineRole } from 'netplay'
import { daemonTasks${name === 'mutant' ? ', restartsOnlyIfChangedInThisRun' : ''} } from '../daemon-tasks.js'

export default defineRole({
  name: '${name}',
  params: {
    type: 'object',
    properties: { version: { type: 'string', variable: 'daemon_version' } },
    required: ['version'],
    additionalProperties: false,
  } as const,
  tasks: ({ params }) => daemonTasks(params.version${name === 'mutant' ? ', restartsOnlyIfChangedInThisRun' : ''}),
})
`

const tasks = `import { file, sh, systemdUnit, type Task } from 'netplay'

type UnitTask = ReturnType<typeof systemdUnit>
type Kind = UnitTask['kind']

const conf = '/etc/np-daemon.conf'
const unit = '/etc/systemd/system/${daemonUnit}'

export const daemonTasks = (version: string, make: (kind: Kind) => Kind = kind => kind): Task[] => {
  const run = systemdUnit('Run it', { name: '${daemonUnit}', enabled: true, active: true, inputs: [conf] })
  run.kind = make(run.kind)
  return [
    file('Write its configuration', { path: conf, content: version + '\\n' }),
    file('Write its unit', { path: unit, content: unitText(version) }),
    run,
  ]
}

const unitText = (version: string) => \`[Service]
Type=exec
ExecStart=/bin/sh -c 'echo "\${version} $$(cat \${conf})" >${toldBy}; exec sleep infinity'
[Install]
WantedBy=multi-user.target
\`

/** The mutant: nothing that an earlier run wrote is ever followed by a restart. */
export const restartsOnlyIfChangedInThisRun = (kind: Kind): Kind => ({
  ...kind,
  kind: 'restarts-only-if-changed-in-this-run',
  diff: (desired, observed, world) => [
    ...kind.diff(desired, observed, world).filter(({ field }) => field !== 'restart' && field !== 'reload'),
    ...(isRunning(observed) && changes(observed, world) ? [{ field: 'restart', before: null, after: 'an input changes' }] : []),
  ],
  steps: (desired, observed, world) =>
    isRunning(observed) && changes(observed, world)
      ? [sh\`systemctl daemon-reload\`, sh\`systemctl restart \${desired.name}\`]
      : kind.steps(desired, observed, world),
})

type State = ReturnType<Kind['parse']>
type World = Parameters<Kind['diff']>[2]

const isRunning = ({ active }: State) => active === 'active'
const changes = ({ inputs }: State, world: World) =>
  inputs.some(({ key, present }) => {
    const planned = world.state<{ digest?: string }>(key)
    return planned !== undefined && planned.digest !== present
  })
`
