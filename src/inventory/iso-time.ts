// Source: PyYAML lib/yaml/constructor.py `timestamp_regexp`.
const timestamp = /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d\d?)(?::(\d\d))?))?$/

/** A plain YAML or TOML time as Python's isoformat has it, `2024-01-02T03:04:05+00:00`; `undefined` for any other text. */
export function isoTime(text: string): string | undefined {
  const match = timestamp.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone, sign, zoneHour = '', zoneMinute = '00'] = match
  const two = (digits: string) => digits.padStart(2, '0')
  const micro = fraction.slice(0, 6).padEnd(6, '0')
  const offset = zone === undefined ? '' : sign === undefined ? '+00:00' : `${sign}${two(zoneHour)}:${two(zoneMinute)}`
  return `${year}-${two(month!)}-${two(day!)}T${two(hour!)}:${minute}:${second}${/[1-9]/.test(micro) ? `.${micro}` : ''}${offset}`
}
