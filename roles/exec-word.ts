/**
 * One word of ExecStart= that is exactly `word`: systemd reads `%` and `$` in it, and blanks and quotes part words.
 * Source: systemd.service(5), "Command lines"; systemd.syntax(7), "Quoting".
 */
export function execWord(word: string): string {
  const text = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  if (!/[\s"'\\;]/.test(text)) return text
  const quoted = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `"${quoted}"`
}
