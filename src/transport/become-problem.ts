import type { BecomeMethod } from './connection.js'

/** Why there is no shell of the other user. */
export type BecomeProblem =
  | 'wrong password'
  | 'password needed'
  | 'password expired'
  | 'not allowed'
  | 'no such user'
  | 'not installed'
  | 'terminal needed'
  | 'password with a line break'
  | 'no answer'
  | 'refused'

export interface BecomeWords {
  /** what the host said in English, without prompts */
  said: string
  /** the password was given to a prompt */
  answered: boolean
  /** exit status, where there is one */
  exit?: number
}

/**
 * Sources: sudo's plugins/sudoers (check.c, auth/pam.c, logging.c), util-linux login-utils/su-common.c, Linux-PAM's
 * pam_strerror and modules/pam_unix, OpenDoas doas.c and pam.c. Tests hear most of them from the
 * programs themselves.
 */
const patterns: [BecomeProblem, RegExp][] = [
  [
    'password expired',
    /password (?:is |has )?expired|required to change your password|new one required|account (?:has )?expired|is your account locked/i,
  ],
  ['terminal needed', /must have a tty|must be (?:run from a|a) t(?:erminal|ty)|a (?:terminal|tty) is required(?! to read the password)/i],
  [
    'not allowed',
    /not in the sudoers file|not allowed to (?:execute|run)|may not run sudo|doas: doas is not enabled|doas: Operation not permitted|su: Permission denied/i,
  ],
  ['no such user', /unknown user|user \S+ does not exist/i],
  [
    'password needed',
    /a password is required|no tty present|a terminal is required to read the password|Authentication required|Authorization required/i,
  ],
  ['wrong password', /incorrect password|Sorry, try again/i],
]

export function becomeProblem({ said, answered, exit }: BecomeWords): BecomeProblem {
  if (exit === 127 && !answered) return 'not installed'
  const [found] = patterns.find(([, pattern]) => pattern.test(said)) ?? []
  if (found === 'password needed' && answered) return 'wrong password'
  if (found) return found
  // su and doas say the same whether the answer was wrong or there was none.
  if (/Auth(?:entication|orization) fail(?:ed|ure)/i.test(said)) return answered ? 'wrong password' : 'password needed'
  return 'refused'
}

interface Told {
  code: string
  message: string
  next: string
}

interface Asked {
  method: BecomeMethod
  user: string
  host: string
  timeoutMs: number
}

/** What an admin reads of it. */
export function becomeTold(problem: BecomeProblem, { method, user, host, timeoutMs }: Asked): Told {
  const whose = method === 'su' ? `that of ${user}` : "the login user's own"
  const rules = { sudo: 'sudoers (`sudo -l`)', su: '/etc/pam.d/su', doas: '/etc/doas.conf' }[method]
  const password = `Give the ${method} password, ${whose}, with -K or as ansible_become_password of the host or its group`
  switch (problem) {
    case 'wrong password':
      return { code: 'BECOME_WRONG_PASSWORD', message: `the ${method} password is wrong`, next: `${password}.` }
    case 'password needed':
      return {
        code: 'BECOME_PASSWORD_NEEDED',
        message: `${method} wants a password and none was given`,
        next: `${password}; or let ${rules} on ${host} ask for none.`,
      }
    case 'password expired':
      return {
        code: 'BECOME_PASSWORD_EXPIRED',
        message: 'the password or the account has expired',
        next: `Log in to ${host}, set a new password with \`passwd\`, and run again.`,
      }
    case 'not allowed':
      return {
        code: 'BECOME_NOT_ALLOWED',
        message: `${method} does not allow it`,
        next: `Let ${rules} on ${host} allow the login user to become ${user}.`,
      }
    case 'no such user':
      return { code: 'BECOME_FAILED', message: `there is no such user`, next: 'See that become_user is right.' }
    case 'not installed':
      return {
        code: 'BECOME_FAILED',
        message: `there is no ${method} on it`,
        next: 'Choose another ansible_become_method, or give the path with ansible_become_exe.',
      }
    case 'terminal needed':
      return {
        code: 'BECOME_FAILED',
        message: `${method} wants a terminal and is not content with the one it got`,
        next: `See \`requiretty\` in sudoers and PermitTTY of sshd on ${host}, or choose another ansible_become_method.`,
      }
    case 'password with a line break':
      return { code: 'BECOME_FAILED', message: `the ${method} password has a line break in it`, next: `${password}.` }
    case 'no answer':
      return {
        code: 'BECOME_FAILED',
        message: `${method} gave no shell within ${timeoutMs / 1000} s`,
        next: `Try ${method} by hand on ${host}, as the login user: what it waits for besides a password; ansible_timeout sets the deadline.`,
      }
    case 'refused':
      return { code: 'BECOME_FAILED', message: `${method} gave no shell`, next: `Try ${method} by hand on ${host}, as the login user.` }
  }
}
