import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** `ip`, `systemctl` and `systemd-run` of a host whose routes and rules are files of a folder. */
export interface FakeRoutes {
  env: NodeJS.ProcessEnv
  /** path of the file of table main */
  main: string
  /** main, held table and rule, as they are now */
  now(): { main: string; table: string; rule: string }
  close(): void
}

const ip = `#!/bin/sh
cd "$NP_FAKE"
case "$*" in
  *-batch*) sed 's/^route add //; s/ table [0-9]*//' >>table ;;
  *'route show table main '*) cat main ;;
  *' match '*) ;;
  *'route show table '*) cat table ;;
  *'route flush table '*) : >table ;;
  *'rule show'*) cat rule ;;
  *'rule add from all to '*) shift 6; echo "$3: from all to $1 lookup $5" >rule ;;
  *'rule del from all to '*) : >rule ;;
  *) echo "what is ip $*?" >&2; exit 2 ;;
esac
`

export function openFakeRoutes(main: string): FakeRoutes {
  const folder = mkdtempSync(join(tmpdir(), 'np-routes-'))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  for (const name of ['table', 'rule']) write(name, '')
  write('main', main)
  const programs = { ip, 'systemd-run': '#!/bin/sh\n', systemctl: '#!/bin/sh\n[ "$1" != is-active ]\n' }
  for (const [name, text] of Object.entries(programs)) {
    write(name, text)
    chmodSync(join(folder, name), 0o755)
  }
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return {
    env: { ...process.env, NP_FAKE: folder, PATH: [folder, process.env.PATH].join(delimiter) },
    main: join(folder, 'main'),
    now: () => ({ main: read('main'), table: read('table'), rule: read('rule') }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
