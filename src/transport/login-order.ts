import type { AnyAuthMethod } from 'ssh2'
import type { LoginWay } from './login.js'

/** Goes through the ways of one login in order, with what sshd says it takes. */
export class LoginOrder {
  /** labels, in order */
  readonly tried: string[] = []
  /** why some could not be tried */
  readonly notes: string[] = []
  /** methods that sshd takes, once it has said so */
  offered: readonly string[] = []
  private readonly left: LoginWay[]
  private passwordTried = false

  constructor(ways: readonly LoginWay[]) {
    this.left = [...ways]
  }

  /** @param offered `null` before sshd has said anything; @param taken signatures that it says it takes */
  next(offered: readonly string[] | null, taken?: readonly string[]): AnyAuthMethod | undefined {
    if (offered) this.offered = offered
    for (let way = this.left.shift(); way; way = this.left.shift()) {
      if (offered && way.method !== 'none' && !offered.includes(way.method)) continue
      // sshd checks both against the same password: where it took the first kind and said no, the second would be a second failure.
      if (way.method === 'keyboard-interactive' && this.passwordTried && offered?.includes('password')) continue
      const attempt = way.attempt(taken)
      if (attempt === undefined) {
        this.notes.push(`${way.label}: sshd takes no signature of it that PubkeyAcceptedAlgorithms has`)
        continue
      }
      if (way.method === 'password') this.passwordTried = true
      this.tried.push(way.label)
      return attempt
    }
    return undefined
  }
}
