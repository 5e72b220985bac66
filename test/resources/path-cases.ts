import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AbsentParams } from '../../src/resources/absent.js'
import type { BinaryParams } from '../../src/resources/binary.js'
import type { DirectoryParams } from '../../src/resources/directory.js'
import type { FileParams } from '../../src/resources/file.js'
import type { SymlinkParams } from '../../src/resources/symlink.js'
import { Secret } from '../../src/secret.js'
import { quote } from '../../src/shell.js'
import type { ContractCase } from './contract.js'

/** Cases of the path kinds. All is under /opt and /srv, which a bench must make empty; owners `etcd` and `ops` must be known to the host. */
export const pathReset = `rm -rf /opt /srv; mkdir -m 755 /opt /srv
grep -q ^etcd: /etc/passwd || echo 'etcd:x:997:996::/var/lib/etcd:/bin/false' >>/etc/passwd
grep -q ^ops: /etc/group || echo 'ops:x:1200:' >>/etc/group
`
export const pathRoots = ['/opt', '/srv']

/** Someone else's change, which undo must leave alone. */
export const disturb = {
  file: ({ path }: FileParams) => `echo someone >>${quote(path)}`,
  directory: ({ path }: DirectoryParams) => `chmod 0111 ${quote(path)}`,
  symlink: ({ path }: SymlinkParams) => `rm ${quote(path)}; ln -s theirs ${quote(path)}`,
  absent: ({ path }: AbsentParams) => `echo theirs >${quote(path)}`,
  binary: ({ path }: BinaryParams) => `chmod 700 ${quote(path)}`,
}

const folder = 'mkdir /opt/netplay'
const unit = '/opt/netplay/unit'
const there = (more = '') => `${folder}; printf 'old\\n' >${unit}; touch -d 2001-02-03 ${unit}; ${more}`
const awkward = `quotes ' " \`touch /opt/pwned\` $(touch /opt/pwned) $HOME \\n \\\\ %s\n\tüñí 🐳\n-n\r\nend without newline`

export const fileCases: ContractCase<FileParams>[] = [
  { name: 'a new file', arrange: folder, desired: { path: unit, content: 'a\n' }, changes: ['content', 'mode', 'owner'] },
  {
    name: 'a new file with owner and mode',
    arrange: folder,
    desired: { path: unit, content: '', owner: 'etcd', group: 'ops', mode: 0o2640 },
    changes: ['content', 'mode', 'owner'],
  },
  { name: 'a file that is as wanted', arrange: there(), desired: { path: unit, content: 'old\n' }, changes: [] },
  {
    name: 'other content',
    arrange: there(`chmod 600 ${unit}; chown 997:1200 ${unit}`),
    desired: { path: unit, content: 'new\n' },
    changes: ['content'],
  },
  { name: 'another mode', arrange: there(), desired: { path: unit, content: 'old\n', mode: 0o600 }, changes: ['mode'] },
  {
    name: 'another owner by number',
    arrange: there(),
    desired: { path: unit, content: 'old\n', owner: '4711', group: '997' },
    changes: ['owner'],
  },
  {
    name: 'all of it',
    arrange: there(),
    desired: { path: unit, content: 'new\n', mode: 0o755, owner: 'etcd' },
    changes: ['content', 'mode', 'owner'],
  },
  {
    name: 'another owner of a setuid file',
    arrange: there(`chmod 4755 ${unit}`),
    desired: { path: unit, content: 'old\n', owner: 'etcd' },
    changes: ['owner'],
  },
  {
    name: 'setuid for a file that another owns',
    arrange: there(`chown 997 ${unit}`),
    desired: { path: unit, content: 'old\n', mode: 0o4755 },
    changes: ['mode'],
  },
  {
    name: 'content that a shell could take for its own',
    arrange: there(),
    desired: { path: unit, content: awkward },
    changes: ['content'],
  },
  { name: 'content with a NUL byte', arrange: there(), desired: { path: unit, content: 'a\0b' }, changes: ['content'] },
  { name: 'content of 40 kB', arrange: there(), desired: { path: unit, content: 'line\n'.repeat(8000) }, changes: ['content'] },
  { name: 'a local source', arrange: there(), desired: { path: unit, source: { path: 'package.json' } }, changes: ['content'] },
  {
    name: 'a secret',
    arrange: there(),
    desired: { path: unit, content: new Secret('hunter2'), owner: 'etcd' },
    changes: ['content', 'owner'],
  },
  {
    name: 'a new secret',
    arrange: folder,
    desired: { path: unit, content: 'hunter2', secret: true },
    changes: ['content', 'mode', 'owner'],
  },
  { name: 'a secret that is as wanted', arrange: there(), desired: { path: unit, content: new Secret('old\n') }, changes: [] },
  {
    name: 'a secret with another mode',
    arrange: there(),
    desired: { path: unit, content: new Secret('old\n'), mode: 0o600 },
    changes: ['mode'],
  },
  {
    name: 'a folder that a symlink leads to',
    arrange: 'mkdir /opt/real; ln -s real /opt/link',
    desired: { path: '/opt/link/x', content: 'a' },
    changes: ['content', 'mode', 'owner'],
  },
  {
    name: 'a folder with setgid',
    arrange: 'mkdir -m 2775 /opt/shared; chgrp 1200 /opt/shared',
    desired: { path: '/opt/shared/x', content: 'a' },
    changes: ['content', 'mode', 'owner'],
  },
  { name: 'a name of 255 bytes', desired: { path: `/opt/${'é'.repeat(127)}x`, content: 'a' }, changes: ['content', 'mode', 'owner'] },
  {
    name: 'a name with newline, quotes and backslash',
    arrange: "printf a >'/opt/-a\n\"b\\c'",
    desired: { path: `/opt/-a\n"b\\c`, content: `b` },
    changes: ['content'],
  },
  { name: 'a name with a quote and a $', desired: { path: `/opt/it's $HOME`, content: `b` }, changes: ['content', 'mode', 'owner'] },
  {
    name: 'another spelling of the path',
    desired: { path: '//opt/./x', content: 'b' },
    changes: ['content', 'mode', 'owner'],
  },
]

export const directoryCases: ContractCase<DirectoryParams>[] = [
  { name: 'a new folder', arrange: 'mkdir /opt/cni', desired: { path: '/opt/cni/bin' }, changes: ['mode', 'owner'] },
  {
    name: 'a new folder with owner and mode',
    arrange: 'mkdir /opt/cni',
    desired: { path: '/opt/cni/bin', owner: 'etcd', group: 'ops', mode: 0o2770 },
    changes: ['mode', 'owner'],
  },
  {
    name: 'a new folder in one with setgid',
    arrange: 'mkdir /opt/cni; chmod 2775 /opt/cni; chown :1200 /opt/cni',
    desired: { path: '/opt/cni/bin' },
    changes: ['mode', 'owner'],
  },
  { name: 'a new folder with its parents', desired: { path: '/srv/a/b c/d', parents: true, mode: 0o700 }, changes: ['mode', 'owner'] },
  {
    name: 'parents that are there',
    arrange: 'mkdir /opt/cni',
    desired: { path: '/opt/cni/bin', parents: true },
    changes: ['mode', 'owner'],
  },
  {
    name: 'a folder that is as wanted',
    arrange: 'mkdir -p /opt/cni/bin',
    desired: { path: '/opt/cni/bin', mode: 0o755, owner: 'root', parents: true },
    changes: [],
  },
  {
    name: 'another mode of a folder in use',
    arrange: 'mkdir -p /opt/cni/bin; echo a >/opt/cni/bin/x; chmod 2700 /opt/cni/bin',
    desired: { path: '/opt/cni/bin', mode: 0o755 },
    changes: ['mode'],
  },
  {
    name: 'another owner',
    arrange: 'mkdir -p /opt/cni/bin; chmod 3711 /opt/cni/bin',
    desired: { path: '/opt/cni/bin', owner: 'etcd' },
    changes: ['owner'],
  },
  { name: 'a name with awkward characters', desired: { path: `/opt/-it's\n$(x) "` }, changes: ['mode', 'owner'] },
]

const link = '/opt/netplay/iptables'

export const symlinkCases: ContractCase<SymlinkParams>[] = [
  { name: 'a new link', arrange: folder, desired: { path: link, target: '/usr/sbin/iptables-nft' }, changes: ['target'] },
  { name: 'a link that is as wanted', arrange: `${folder}; ln -s ../x ${link}`, desired: { path: link, target: '../x' }, changes: [] },
  {
    name: 'another target',
    arrange: `${folder}; ln -s /usr/sbin/iptables-nft ${link}`,
    desired: { path: link, target: '/usr/sbin/iptables-legacy' },
    changes: ['target'],
  },
  {
    name: 'from one folder to another',
    arrange: `mkdir /opt/a /opt/b; ln -s /opt/a /opt/now`,
    desired: { path: '/opt/now', target: '/opt/b' },
    changes: ['target'],
  },
  {
    name: 'a target with awkward characters',
    arrange: folder,
    desired: { path: link, target: `-it's "$(x)"\n hex:é` },
    changes: ['target'],
  },
  {
    name: 'a target that looks encoded',
    arrange: `${folder}; ln -s ' a' ${link}`,
    desired: { path: link, target: 'hex:2061' },
    changes: ['target'],
  },
  {
    name: 'a dangling link owned by someone',
    arrange: `${folder}; ln -s nowhere ${link}; chown -h 997 ${link}`,
    desired: { path: link, target: 'elsewhere' },
    changes: ['target'],
  },
  {
    name: 'a link whose bytes are no text',
    arrange: `${folder}; ln -s "$(printf 'a\\377')" ${link}`,
    desired: { path: link, target: 'a' },
    changes: ['target'],
  },
]

const tree =
  'mkdir -p /srv/old/a/.b; echo 1 >/srv/old/a/f; touch -d 2001-02-03 /srv/old/a/f; chmod 640 /srv/old/a/f; chown 997:1200 /srv/old/a/f; ln -s f /srv/old/a/l; chmod 2750 /srv/old'

export const absentCases: ContractCase<AbsentParams>[] = [
  {
    name: 'a file',
    arrange: there(`chmod 600 ${unit}; chown 997 ${unit}`),
    desired: { path: unit },
    changes: ['file'],
  },
  {
    name: 'a link to a folder',
    arrange: 'mkdir /opt/real; echo a >/opt/real/x; ln -s /opt/real /opt/link',
    desired: { path: '/opt/link', recursive: true },
    changes: ['symlink'],
  },
  { name: 'an empty folder', arrange: 'mkdir /opt/empty; chmod 1777 /opt/empty', desired: { path: '/opt/empty' }, changes: ['directory'] },
  {
    name: 'an empty folder, recursive',
    arrange: 'mkdir /opt/empty; chown 997 /opt/empty',
    desired: { path: '/opt/empty', recursive: true },
    changes: ['directory'],
  },
  { name: 'a folder with all that is in it', arrange: tree, desired: { path: '/srv/old', recursive: true }, changes: ['directory'] },
  { name: 'nothing there', desired: { path: unit }, changes: [] },
  {
    name: 'a setuid file with an awkward name',
    arrange: `touch '/opt/-it'\\''s
$(x)'; chmod 4755 /opt/-it*`,
    desired: { path: `/opt/-it's\n$(x)` },
    changes: ['file'],
  },
]

const program = '/opt/flanneld'
/** larger than what travels inside a step */
const source = { path: 'package-lock.json' }
const digest = createHash('sha256').update(readFileSync(source.path)).digest('hex')

export const binaryCases: ContractCase<BinaryParams>[] = [
  { name: 'a new program', desired: { path: program, source, sha256: digest }, changes: ['content', 'mode', 'owner'] },
  {
    name: 'another version',
    arrange: `printf '\\177ELF' >${program}; chmod 755 ${program}`,
    desired: { path: program, source },
    changes: ['content'],
  },
  {
    name: 'a program that cannot be run',
    arrange: `printf '\\177ELF' >${program}`,
    desired: { path: program, source, owner: 'etcd' },
    changes: ['content', 'mode', 'owner'],
  },
]
