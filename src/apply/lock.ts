import { randomBytes } from 'node:crypto'
import { printable } from '../errors.js'
import { quote } from '../shell.js'
import type { Session } from '../transport/session.js'
import { BeginFailedError, LockedError } from './errors.js'
import { runFolder, stateFolder } from './host-folders.js'

const lockFile = `${runFolder}/lock`
export const lockOwnerFile = `${runFolder}/lock-owner`

/**
 * Take the host for one run: the session's own shell holds the lock, and every program under it, so it goes when they are gone, however they
 * went: the kernel gives up what a dead process held.
 * @param owner who runs what, told to whoever comes second
 * @throws {LockedError} another run holds it; {@link BeginFailedError} there is no flock, or no room to keep anything
 */
export async function lockHost(session: Session, owner: string): Promise<void> {
  const nonce = randomBytes(8).toString('hex')
  // Run by the session's own shell, which an `exit` or a failing special builtin would end.
  const text = `
if ! command -v flock >/dev/null 2>&1; then echo ${nonce} flock
elif ! ( umask 077; mkdir -p ${runFolder} ${stateFolder}/applied && : >>${lockFile} ); then echo ${nonce} failed
else
  exec 9>>${lockFile}
  if flock -n 9; then
    printf '%s; its shell on this host is process %s\\n' ${quote(owner)} "$$" >${lockOwnerFile}
    echo ${nonce} taken
  else
    exec 9>&-
    cat ${lockOwnerFile}
    echo ${nonce} held
  fi
fi`
  const { stdout, stderr } = await session.request(text, { purpose: 'begin', inShell: true })
  const [words = '', answer = ''] = stdout.toString().split(`${nonce} `)
  if (answer.startsWith('taken')) return
  if (answer.startsWith('held')) throw new LockedError(session.host, printable(words.trim()))
  if (answer.startsWith('flock'))
    throw new BeginFailedError(
      session.host,
      `${session.host} has no flock`,
      '',
      'Install util-linux there: it is how two runs are kept apart.',
    )
  throw new BeginFailedError(
    session.host,
    `${session.host} has no room for netplay's lock and pre-images`,
    printable(stderr.toString().trim()),
    `See that ${runFolder} and ${stateFolder} can be written there.`,
  )
}

/**
 * Text of the function `np_held`: is the lock ours? Descriptor 9 is inherited from the session's shell; where that shell was lost and another
 * came, this shell takes the lock for as long as it lives.
 */
export const heldPrelude = `
np_held() {
  { true >&9; } 2>/dev/null || { ( umask 077; mkdir -p ${runFolder} ) && exec 9>>${lockFile}; }
  flock -n 9
}`
