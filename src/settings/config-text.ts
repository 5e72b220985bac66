import type { InputError, Origin } from '../errors.js'
import type { SourceText } from '../source-text.js'

export interface ConfigEntry {
  /** in lower case, as they are compared */
  key: string
  /** quotes and all; lines of a value that goes on are joined with `\n` */
  value: string
  /** of the key */
  origin: Origin
}

/** A configuration file, section by section. */
export class ConfigText {
  readonly sections = new Map<string, Map<string, ConfigEntry>>()

  /** What a section says of a key, or else `[DEFAULT]` for every section that is there. */
  find(section: string, key: string): ConfigEntry | undefined {
    const found = this.sections.get(section)
    return found && (found.get(key) ?? this.sections.get('DEFAULT')?.get(key))
  }
}

/**
 * A configuration file as Python's configparser reads it for Ansible: `=` or `:`, comments from `#` or `;` at the start of a line and from ` ;` in
 * it, a line that is indented more than its key goes on with the value, nothing is interpolated.
 * Source: docs.python.org/3/library/configparser.html, "Supported INI File Structure"; ansible lib/ansible/config/manager.py `_parse_config_file`.
 * @throws InputError a line is neither section nor setting, stands before the first section, or comes twice
 */
export function parseConfig(source: SourceText): ConfigText {
  const reader = new Reader(source)
  source.text.split('\n').forEach((line, index) => reader.read(line, index + 1))
  return reader.done()
}

class Reader {
  private readonly config = new ConfigText()
  private readonly first = new Map<string, number>()
  private section: { name: string; entries: Map<string, ConfigEntry> } | undefined
  private open: { entry: ConfigEntry; lines: string[] } | undefined
  private indent = 0

  constructor(private readonly source: SourceText) {}

  read(line: string, number: number): void {
    const comment = /^\s*[#;]/.test(line) ? 0 : (/(?<=^|\s);/.exec(line)?.index ?? line.length)
    const text = line.slice(0, comment).trim()
    if (text === '') {
      if (comment === line.length) this.open?.lines.push('')
      return
    }
    const indent = line.search(/\S/)
    if (this.open && indent > this.indent) return void this.open.lines.push(text)
    this.indent = indent
    this.close()
    const origin = { file: this.source.file, line: number, column: indent + 1 }
    const header = /^\[(.+)\]/.exec(text)?.[1]
    if (header !== undefined) this.header(header, origin)
    else this.setting(text, origin)
  }

  done(): ConfigText {
    this.close()
    return this.config
  }

  private header(name: string, origin: Origin): void {
    // [DEFAULT] alone may come again.
    if (name !== 'DEFAULT') this.once(`[${name}]`, origin)
    const entries = this.config.sections.get(name) ?? new Map<string, ConfigEntry>()
    this.config.sections.set(name, entries)
    this.section = { name, entries }
  }

  private setting(text: string, origin: Origin): void {
    const [, written, value = ''] = /^(.*?)\s*[=:]\s*(.*)$/s.exec(text) ?? []
    if (!this.section) throw this.wrong('before the first setting a section is missing', origin, 'Write [defaults] above it.')
    if (!written) throw this.wrong('this is neither a section `[name]` nor a setting `name = value`', origin)
    const key = written.toLowerCase()
    this.once(`"${key}" in [${this.section.name}]`, origin)
    const entry = { key, value, origin }
    this.section.entries.set(key, entry)
    this.open = { entry, lines: [value] }
  }

  private once(what: string, origin: Origin): void {
    const before = this.first.get(what)
    if (before !== undefined) throw this.wrong(`${what} is written twice, first in line ${before}`, origin, 'Leave one of them out.')
    this.first.set(what, origin.line)
  }

  private close(): void {
    if (this.open) this.open.entry.value = this.open.lines.join('\n').trimEnd()
    this.open = undefined
  }

  private wrong(problem: string, origin: Origin, next?: string): InputError {
    return this.source.error(problem, origin, { next: `${next ?? 'Mend it and run again.'} Nothing was changed.` })
  }
}
