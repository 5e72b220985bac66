import { becomeProblem, becomeTold, type BecomeProblem } from '../../src/transport/become-problem.js'

test.each<[BecomeProblem, string]>([
  ['wrong password', 'Sorry, try again.'],
  ['wrong password', 'sudo: 1 incorrect password attempt'],
  ['wrong password', 'su: Authentication failure'],
  ['wrong password', 'su: incorrect password'],
  ['wrong password', 'doas: Authentication failed'],
  ['wrong password', 'doas: Authorization failed'],
  ['wrong password', 'Sorry, try again.; sudo: no password was provided; sudo: a password is required'],
  ['password expired', 'sudo: Account or password is expired, reset your password and try again; Changing password for anna.'],
  ['password expired', 'su: Authentication token is no longer valid; new one required'],
  ['password expired', 'You are required to change your password immediately (administrator enforced).'],
  ['password expired', 'sudo: account validation failure, is your account locked?'],
  ['password expired', 'su: User account has expired'],
  ['not allowed', 'anna is not in the sudoers file.  This incident will be reported.'],
  ['not allowed', `Sorry, user anna is not allowed to execute '/bin/sh -c :' as root on n1.`],
  ['not allowed', 'Sorry, user anna may not run sudo on n1.'],
  ['not allowed', 'su: Permission denied'],
  ['not allowed', 'doas: Operation not permitted'],
  ['no such user', 'sudo: unknown user nobody-here'],
  ['no such user', 'su: user nobody-here does not exist or the user entry does not contain all the required fields'],
  ['terminal needed', 'sudo: sorry, you must have a tty to run sudo'],
  ['terminal needed', 'su: must be run from a terminal'],
  ['terminal needed', 'standard in must be a tty'],
  ['terminal needed', 'doas: a tty is required'],
  ['refused', '/etc/profile.d/x.sh: line 3: /root/x: Permission denied'],
  ['refused', 'Segmentation fault'],
  ['refused', ''],
])('after the password: %s, when it says "%s"', (problem, said) => {
  expect(becomeProblem({ said, answered: true, exit: 1 })).toBe(problem)
})

test.each<[BecomeProblem, string, number]>([
  ['password needed', 'sudo: a password is required', 1],
  ['password needed', 'sudo: a terminal is required to read the password; either use the -S option to read from standard input', 1],
  ['password needed', 'sudo: no tty present and no askpass program specified', 1],
  ['password needed', 'su: Authentication failure', 1],
  ['password needed', 'doas: Authentication required', 1],
  ['password needed', 'doas: Authorization required', 1],
  ['not installed', `env: 'doas': No such file or directory`, 127],
  ['refused', `env: 'sudo': Permission denied`, 126],
])('without one: %s, when it says "%s"', (problem, said, exit) => {
  expect(becomeProblem({ said, answered: false, exit })).toBe(problem)
})

test('su is given the password of the other user, sudo and doas that of the login user', () => {
  const next = (method: 'sudo' | 'su' | 'doas') => becomeTold('wrong password', { method, user: 'app', host: 'n1', timeoutMs: 0 }).next
  expect(next('su')).toContain('that of app')
  expect([next('sudo'), next('doas')]).toEqual([expect.stringContaining("login user's own"), expect.stringContaining("login user's own")])
})
