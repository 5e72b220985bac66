import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder with a `sudo` that does what sudo's manual says of -n, -S, -k and -p: prompts and words go to stderr, the
 * password is read from stdin byte by byte, three tries. `trace` counts the passwords it was given.
 */
export async function makeFakeSudo({ password, words }: { password?: string; words?: string } = {}): Promise<{
  folder: string
  trace: string
}> {
  const folder = await mkdtemp(join(tmpdir(), 'netplay-sudo-'))
  const trace = join(folder, 'trace')
  const script = `#!/bin/sh
echo "args $*" >>'${trace}'
ask=y prompt=Password:
while [ $# -gt 0 ]; do
  case $1 in
  -n) ask=n ;;
  -S | -k | -H) ;;
  -p) prompt=$2; shift ;;
  -u) shift ;;
  --) shift; break ;;
  *) echo "sudo: unknown option $1" >&2; exit 1 ;;
  esac
  shift
done
${words === undefined ? '' : `echo '${words}' >&2; exit 1`}
${password === undefined ? 'exec "$@"' : ''}
[ "$ask" = y ] || { echo 'sudo: a password is required' >&2; exit 1; }
for try in 1 2 3; do
  printf '%s' "$prompt" >&2
  IFS= read -r given || exit 1
  echo "password $given" >>'${trace}'
  [ "$given" = '${password ?? ''}' ] && exec "$@"
  echo 'Sorry, try again.' >&2
done
echo 'sudo: 3 incorrect password attempts' >&2
exit 1
`
  await writeFile(join(folder, 'sudo'), script)
  await chmod(join(folder, 'sudo'), 0o755)
  return { folder, trace }
}
