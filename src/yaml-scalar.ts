/** What an unquoted YAML word stands for. `float` tells 1.0 from 1, which JavaScript cannot. */
export interface TypedScalar {
  value: string | number | boolean | null
  float?: true
}

// Source: PyYAML lib/yaml/resolver.py and constructor.py, which Ansible reads YAML with (YAML 1.1 with gaps of its own: `1e3` and `0o7` are text).
const bool = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const nothing = /^(?:~|null|Null|NULL|)$/
const int = /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const float =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const truths = ['yes', 'true', 'on']

/** The type of a plain scalar as Ansible has it: `yes` is true, `010` is 8, `0o7` and dates are text. */
export function typeScalar(text: string): TypedScalar {
  if (nothing.test(text)) return { value: null }
  if (bool.test(text)) return { value: truths.includes(text.toLowerCase()) }
  if (float.test(text)) return { value: yamlFloat(text), float: true }
  if (int.test(text)) return { value: yamlInt(text) }
  return { value: text }
}

/** The type of a number in JSON text, where `1e3` is a number; anything else as in YAML. */
export function typeJsonScalar(text: string): TypedScalar {
  if (!/^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text)) return typeScalar(text)
  return /[.eE]/.test(text) ? { value: Number(text), float: true } : { value: exactInt(BigInt(text)) }
}

/** An integer as a number, or as its digits when JavaScript numbers cannot hold it exactly. */
export const exactInt = (value: bigint): number | string =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value)

/** The value of an explicitly tagged scalar (`!!int "7"`), `undefined` where the text does not fit the tag. */
export function typeAs(tag: 'str' | 'int' | 'float' | 'bool' | 'null', text: string): TypedScalar | undefined {
  if (tag === 'str') return { value: text }
  if (tag === 'null') return { value: null }
  if (tag === 'bool') return bool.test(text) ? typeScalar(text) : undefined
  if (tag === 'int') return int.test(text) ? { value: yamlInt(text) } : undefined
  return float.test(text) || int.test(text) ? { value: yamlFloat(text), float: true } : undefined
}

function yamlInt(text: string): number | string {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '')
  const value = unsignedInt(digits)
  return exactInt(text.startsWith('-') ? -value : value)
}

function unsignedInt(digits: string): bigint {
  if (/^0[bx]$/.test(digits)) return 0n
  if (digits.includes(':')) return digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
  return BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits)
}

function yamlFloat(text: string): number {
  const digits = text.replaceAll('_', '').toLowerCase().replace(/^[-+]/, '')
  const value = digits.includes(':') ? digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) : unsignedFloat(digits)
  return text.startsWith('-') ? -value : value
}

const unsignedFloat = (digits: string) => (digits === '.inf' ? Infinity : digits === '.nan' ? NaN : Number(digits))
