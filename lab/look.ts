import { setTimeout as sleep } from 'node:timers/promises'
import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { lstat, readFile, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { etcdctl } from './etcd-keys.js'
import { clientPki } from './etcd-scripts.js'
import { openEtcd } from './etcd.js'
import { onHost, type Lab, type LabHost } from './lab.js'

/** Everything that a write could have touched on a lab's hosts and in its etcd: `n1 files /etc/x` -> what was seen of it. */
export type Look = ReadonlyMap<string, string>

/** What is looked at on each host; `etcd` is the lab's. */
export const aspects = [
  'files',
  'run',
  'tmp',
  'shm',
  'iptables',
  'nftables',
  'rules',
  'routes',
  'sysctls',
  'units',
  'unit-files',
  'etcd',
] as const
export type Aspect = (typeof aspects)[number]

/**
 * Logs and what daemons keep for themselves: all that two looks may differ in when nobody wrote anything. Whatever is not in this list counts.
 */
const daemonsOwn: Record<string, RegExp> = {
  'journald and sshd log every login': /^\/var\/log(\/|$)/,
  'pam_motd writes its greeting at every login, beside it and then renamed': /^\/run(\/motd\.dynamic)?$/,
  "Debian's sudo marks whoever used it": /^\/home(\/[a-z]+(\/\.sudo_as_admin_successful)?)?$/,
  'etcd keeps its store; its keys are compared by revision': /^\/var\/lib\/etcd\/netplay-lab(\/|$)/,
}

/** Look at a whole lab, hosts in parallel. Nothing is written by it. */
export async function lookAtLab(lab: Lab): Promise<Look> {
  const hosts = await Promise.all(lab.hosts.map(host => lookAtHost(lab, host)))
  return new Map([...hosts.flat(), ...(await lookAtEtcd(lab))])
}

/** As `lookAtLab`, once nothing moves of itself any more: hosts that have just booted still take up their addresses. */
export async function lookAtRest(lab: Lab): Promise<Look> {
  const deadline = Date.now() + 30_000
  for (let before = await lookAtLab(lab); ;) {
    // IPv6 takes a second or two for the link-local address of a link that has just come up.
    await sleep(2000)
    const after = await lookAtLab(lab)
    const moved = differences(before, after)
    if (moved.length === 0) return after
    if (Date.now() > deadline) throw new Error(`the hosts do not come to rest:\n${moved.join('\n')}`)
    before = after
  }
}

/** What differs between two looks: `n1 files + /etc/planted`, `~` where it is another, `-` where it is gone. Sorted. */
export function differences(before: Look, after: Look): string[] {
  const told = (key: string, sign: string) => key.replace(/^(\S+ \S+) /, `$1 ${sign} `)
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter(key => before.get(key) !== after.get(key))
    .map(key => told(key, !before.has(key) ? '+' : after.has(key) ? '~' : '-'))
    .sort()
}

/** The aspects that a list of differences is about. */
export const aspectsOf = (lines: readonly string[]): string[] => [...new Set(lines.map(line => line.split(' ')[1]!))].sort()

type Entry = [key: string, seen: string]

async function lookAtHost(lab: Lab, host: LabHost): Promise<Entry[]> {
  const entries = (aspect: Aspect, lines: readonly Entry[]): Entry[] =>
    lines.filter(([name]) => !isDaemonsOwn(name)).map(([name, seen]) => [`${host.name} ${aspect} ${name}`, seen])
  const { stdout } = await onHost(lab, host, script, { check: true })
  const section = (aspect: Aspect) => sectionOf(stdout, aspect)
  return [
    ...entries('files', await lookAtFiles(host.upper)),
    ...(['run', 'tmp', 'shm', 'sysctls', 'units', 'unit-files'] as const).flatMap(aspect => entries(aspect, section(aspect).map(tabbed))),
    ...(['iptables', 'nftables', 'rules', 'routes'] as const).flatMap(aspect => entries(aspect, section(aspect).map(numbered))),
  ]
}

const isDaemonsOwn = (name: string) => Object.values(daemonsOwn).some(pattern => pattern.test(name))

/** What tells one write of a file from another: a rewrite of the same bytes has another ctime, a file that came and went changes its folder's. */
async function lookAtFiles(upper: string, folder = ''): Promise<Entry[]> {
  const names = await readdir(join(upper, folder))
  const paths = names.map(name => `${folder}/${name}`).filter(path => !isOtherwiseSeen(path))
  const below = paths.map(async (path): Promise<Entry[]> => {
    const stats = await lstat(join(upper, path), { bigint: true })
    const own: Entry = [path, `${inode(stats)} ${await contentOf(join(upper, path), stats)}`]
    return stats.isDirectory() ? [own, ...(await lookAtFiles(upper, path))] : [own]
  })
  return (await Promise.all(below)).flat()
}

/** Folders whose every change is a daemon's: files come and go in them while they are looked at. */
const isOtherwiseSeen = (path: string) => path === '/var/log' || path === '/var/lib/etcd/netplay-lab'

const inode = ({ ino, mode, uid, gid, rdev, size, mtimeNs, ctimeNs }: BigIntStats) =>
  `${ino} ${mode.toString(8)} ${uid}:${gid} ${rdev} ${size} ${mtimeNs} ${ctimeNs}`

async function contentOf(path: string, stats: BigIntStats): Promise<string> {
  if (stats.isSymbolicLink()) return readlink(path)
  return stats.isFile()
    ? createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
    : ''
}

const listing = (folder: string) => `find ${folder} -printf '%p\\t%M %U:%G %s %T@ %C@ %l\\n' | sort`

/** Ends of a section are marked so that an empty one, or one whose program failed, is seen. */
const commands: Record<Exclude<Aspect, 'files' | 'etcd'>, string> = {
  run: listing('/run'),
  tmp: listing('/tmp'),
  shm: listing('/dev/shm'),
  // nft before iptables-save: would that one make tables, the next look would show them.
  nftables: 'nft -s list ruleset',
  iptables: "{ iptables-save; ip6tables-save; } | sed -E '/^#/d; s/ \\[[0-9]+:[0-9]+\\]$//'",
  rules: 'ip -4 rule; ip -6 rule',
  routes: 'ip -4 route show table all; ip -6 route show table all',
  // All of net., which is more than any role names; conntrack_count is no setting but a count.
  sysctls: "sysctl -a --pattern '^net[.]' 2> /dev/null | grep -v '^net[.]netfilter[.]nf_conntrack_count ' | sed 's/ = /\\t/' | sort",
  units:
    "systemctl show '*' --all --property=Id,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,InvocationID,NRestarts | " +
    'awk -F= -v RS= \'{ id = ""; rest = ""; n = split($0, lines, "\\n"); for (i = 1; i <= n; i++) if (lines[i] ~ /^Id=/) id = substr(lines[i], 4); else rest = rest " " lines[i]; print id "\\t" rest }\' | sort',
  'unit-files': "systemctl list-unit-files --no-legend --no-pager --full | sed -E 's/ +/\\t/'",
}

const script = `set -eu
${Object.entries(commands)
  .map(([aspect, command]) => `echo '<<< ${aspect}'; ${command}; echo '>>> ${aspect}'`)
  .join('\n')}`

function sectionOf(output: string, aspect: Aspect): string[] {
  const text = new RegExp(`^<<< ${aspect}\\n([^]*?)^>>> ${aspect}$`, 'm').exec(output)?.[1]
  if (text === undefined) throw new Error(`the look at ${aspect} did not come to its end`)
  return text.split('\n').filter(Boolean)
}

const tabbed = (line: string): Entry => {
  const [name = '', ...rest] = line.split('\t')
  return [name, rest.join('\t')]
}

/** Order counts for rules: the line's number is part of what is seen, its text is its name. */
const numbered = (line: string, index: number): Entry => [line.trim(), String(index)]

/** Of either API: the revision of the whole store, which any write raises, and each key's own. */
async function lookAtEtcd(lab: Lab): Promise<Entry[]> {
  const v3 = JSON.parse(await etcdctl(lab, ['get', '--prefix', '', '-w', 'json'])) as V3
  const { ca, certificate, key } = clientPki
  const [endpoint] = (await openEtcd(lab)).endpoints
  const curl = `curl -sS -i --cacert ${ca} --cert ${certificate} --key ${key} '${endpoint}/v2/keys/?recursive=true&sorted=true'`
  const v2 = (await onHost(lab, lab.hosts[0]!, curl, { check: true })).stdout.replaceAll('\r', '')
  return [
    ['etcd etcd v3 store', String(v3.header.revision)],
    ...(v3.kvs ?? []).map(kv => [`etcd etcd v3 ${Buffer.from(kv.key, 'base64').toString()}`, JSON.stringify(kv)] as Entry),
    ['etcd etcd v2 store', /^X-Etcd-Index: (\d+)$/im.exec(v2)?.[1] ?? 'not served'],
    ...v2Keys(v2).map(node => [`etcd etcd v2 ${node.key}`, `${node.modifiedIndex} ${node.value}`] as Entry),
  ]
}

interface V3 {
  header: { revision: number }
  kvs?: { key: string; mod_revision: number }[]
}

interface V2Node {
  key?: string
  value?: string
  modifiedIndex?: number
  nodes?: V2Node[]
}

function v2Keys(answer: string): V2Node[] {
  const body = answer.slice(answer.indexOf('\n\n')).trim()
  const below = (node: V2Node): V2Node[] => [node, ...(node.nodes ?? []).flatMap(below)]
  return body.startsWith('{') ? below((JSON.parse(body) as { node: V2Node }).node).filter(({ key }) => key !== undefined) : []
}
