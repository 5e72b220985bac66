import { execFileSync, spawn } from 'node:child_process'
import { quote } from '../../src/shell.js'
import type { ServerChannel } from 'ssh2'
import { runCommand, type SshdOptions } from './sshd.js'

/** A mount namespace whose /etc has users, sudoers, doas.conf and PAM of its own: the real sudo, su and doas of this machine run in it. */
export interface Accounts {
  /** commands as sshd would run them for the user, with a terminal or without */
  onExec: NonNullable<SshdOptions['onExec']>
  /** as root, in that place */
  root(script: string): string
  close(): void
}

const needed = ['unshare', 'nsenter', 'setpriv', 'script', 'sudo', 'su', 'doas', 'chpasswd']
const canRun = process.getuid?.() === 0 && needed.every(program => found(program))

function found(program: string): boolean {
  try {
    return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }) !== ''
  } catch {
    return false
  }
}

/** `describe` where the real programs are and may be used; under CI it fails where they are not. */
export function describeWithAccounts(title: string, body: () => void) {
  if (canRun) return describe(title, body)
  if (process.env.CI === 'true') return test(`${title}: needs root and ${needed.join(', ')}`, () => expect(canRun).toBe(true))
  return describe.skip(`${title} (needs root and ${needed.join(', ')})`, body)
}

const setUp = `
set -eu
umask 022
mount -t tmpfs none /mnt
cp -a /etc /mnt/etc
for folder in /run /home /var/lib/sudo /var/mail; do mkdir -p $folder; mount -t tmpfs none $folder; done
mount --bind /mnt/etc /etc
rm -f /etc/sudoers.d/* /etc/motd /etc/update-motd.d/* /etc/doas.conf
for user in anna bert alt app; do useradd --create-home --shell /bin/bash $user; done
printf '%s\\n' anna:anna-pw bert:bert-pw alt:alt-pw app:app-pw root:root-pw | chpasswd
echo ready
exec sleep 3600`

/** Users anna, bert, alt and app, and root, each with the password NAME-pw; nobody may do anything yet. Needs root. */
export async function makeAccounts(user = 'anna'): Promise<Accounts> {
  const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', setUp], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve())
    holder.once('exit', code => reject(new Error(`the place of the accounts ended with ${code}`)))
  })
  const inside = ['nsenter', '-t', String(holder.pid), '-m', '--']
  const env = { PATH: '/usr/bin:/bin', HOME: `/home/${user}` }
  const as = ['setpriv', '--reuid', user, '--regid', user, '--init-groups', '--', 'sh', '-c']
  const onExec = (channel: ServerChannel, command: string, terminal: boolean) => {
    const words = [...inside, ...as, terminal ? `exec script -qefc ${quote(command)} /dev/null` : command]
    runCommand(channel, `exec ${words.map(quote).join(' ')}`, env)
  }
  const root = (script: string) => execFileSync(inside[0]!, [...inside.slice(1), 'sh', '-euc', script], { encoding: 'utf8' })
  return { onExec, root, close: () => void holder.kill('SIGKILL') }
}
