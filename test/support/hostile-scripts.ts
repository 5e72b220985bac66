import type { Ending } from '../../src/transport/session.js'

export interface Hostile {
  title: string
  script: string
  /** latin1; default empty */
  stdout?: string
  /** default: empty */
  stderr?: RegExp
  ending?: Ending
}

const ok = { exit: 0 }

/** Scripts that break whoever splices, trims, decodes, counts or trusts. */
export const hostileScripts: Hostile[] = [
  { title: 'an empty script', script: '' },
  { title: 'only a comment', script: '# nothing' },
  { title: 'newlines around and within', script: '\n\necho a\n\n\necho b\n\n', stdout: 'a\nb\n' },
  { title: 'output without a newline at its end', script: 'printf x', stdout: 'x' },
  { title: 'output of newlines only', script: 'printf "\\n\\n\\n"', stdout: '\n\n\n' },
  { title: 'single quotes', script: `echo 'it'\\''s'`, stdout: `it's\n` },
  { title: 'double quotes', script: 'echo "a \\"b\\" c"', stdout: 'a "b" c\n' },
  { title: 'backslashes', script: `printf '%s' 'a\\b\\\\c\\n'`, stdout: 'a\\b\\\\c\\n' },
  { title: 'command substitution', script: 'x=$(echo in); echo "$x"', stdout: 'in\n' },
  { title: 'a quoted command substitution stays text', script: `printf '%s' '$(echo no) \`echo no\`'`, stdout: '$(echo no) `echo no`' },
  { title: 'a here document', script: 'cat <<EOT\n$((1+1)) `echo two`\nEOT', stdout: '2 two\n' },
  { title: 'a here document that is quoted', script: `cat <<'EOT'\n$((1+1)) '\nEOT`, stdout: `$((1+1)) '\n` },
  { title: 'a brace that would close ours', script: 'echo a; }; echo b', stderr: /./, ending: { exit: 2 } },
  { title: 'a quote that is never closed', script: `echo a; echo 'b`, stderr: /./, ending: { exit: 2 } },
  { title: 'NUL bytes', script: `printf 'a\\000b\\000'`, stdout: 'a\0b\0' },
  { title: 'invalid UTF-8', script: `printf '\\377\\376\\303'`, stdout: '\xff\xfe\xc3' },
  { title: 'every byte there is', script: allBytesScript(), stdout: allBytes() },
  { title: 'UTF-8 in the script', script: `printf '%s' 'ÄÖ€😀'`, stdout: Buffer.from('ÄÖ€😀').toString('latin1') },
  { title: 'a million bytes on stdout', script: 'head -c 1000000 /dev/zero', stdout: '\0'.repeat(1_000_000) },
  { title: 'a million bytes on stderr', script: 'head -c 1000000 /dev/zero | tr "\\0" x >&2', stderr: /^x{1000000}$/ },
  { title: 'a script of 300 kB', script: `: '${'y'.repeat(300_000)}'; echo end`, stdout: 'end\n' },
  { title: 'reading stdin', script: 'cat; read x; echo "got:$x"', stdout: 'got:\n' },
  { title: 'leaving with a status', script: 'echo a; exit 7; echo b', stdout: 'a\n', ending: { exit: 7 } },
  { title: 'the status of the last command', script: 'false', ending: { exit: 1 } },
  { title: 'a status of 255', script: 'exit 255', ending: { exit: 255 } },
  { title: 'set -e', script: 'set -e; false; echo no', ending: { exit: 1 } },
  { title: 'an unknown command', script: 'no-such-command-here', stderr: /not found/, ending: { exit: 127 } },
  { title: 'a trap on exit', script: 'trap "echo bye" EXIT; exit 4', stdout: 'bye\n', ending: { exit: 4 } },
  { title: 'kill -9 of its own shell', script: 'echo a; kill -9 $$; echo b', stdout: 'a\n', stderr: /.?/, ending: { signal: 'SIGKILL' } },
  { title: 'SIGTERM to its own shell', script: 'kill $$; sleep 5', stderr: /.?/, ending: { signal: 'SIGTERM' } },
  { title: 'exec of another program', script: 'exec printf "%s" replaced', stdout: 'replaced' },
  { title: 'closing its outputs', script: 'echo a; exec >&- 2>&-; echo b', stdout: 'a\n', ending: { exit: 1 } },
  {
    title: 'redefining what the loop uses',
    script: 'm() { echo mine; }; n=x; i=y; r=9; printf() { echo no; }; read() { :; }; PATH=/; echo ok',
    stdout: 'ok\n',
  },
  { title: 'text like a mark', script: 'echo "~np00 1 0"; echo "1 go"', stdout: '~np00 1 0\n1 go\n' },
].map(row => ({ ending: ok, ...row }))

function allBytes() {
  return String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))
}

function allBytesScript() {
  return `printf '${Array.from({ length: 256 }, (_, i) => `\\${i.toString(8).padStart(3, '0')}`).join('')}'`
}
