import { run, type CommandResult } from './command.js'

export interface OnHostOptions {
  /** standard input of the script; default empty */
  input?: string | Buffer
  /** default 60 000; 0 waits for ever. What runs too long is ended on the host, with status 124 or 137. */
  timeoutMs?: number
  /** more environment variables; of this machine's none are passed on */
  env?: Record<string, string>
  /** default false; true: a non-zero status is a LabCommandError */
  check?: boolean
}

/**
 * Run a script in the namespaces of a host's PID 1, as root with a login's environment.
 * The script is one argument of `sh -c`: at most 128 KiB (larger ones go through `input`).
 */
export function runInHost(
  leader: number,
  script: string,
  { input, timeoutMs = 60_000, env = {} }: OnHostOptions = {},
): Promise<CommandResult> {
  const enter = ['nsenter', '--target', String(leader), '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--']
  const variables = Object.entries({ ...loginEnvironment, ...env }).map(([name, value]) => `${name}=${value}`)
  // timeout(1) runs inside, so that no process is left on the host when time is up.
  const limit = timeoutMs > 0 ? ['timeout', '--kill-after=2', String(timeoutMs / 1000)] : []
  const argv = [...enter, 'env', '-i', '-C', '/root', ...variables, ...limit, 'sh', '-c', script]
  return run(argv, { input, timeoutMs: timeoutMs > 0 ? timeoutMs + 10_000 : 0 })
}

const loginEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
}
