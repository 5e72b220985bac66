import { printable } from '../errors.js'
import { isObject, type Json } from './json-compare.js'
import type { JsonObject } from './calico-patch.js'

/** Fields as YAML for people, in the order of `like`; empty for none. Lists are on one line. */
export const fieldsText = (fields: JsonObject, like: JsonObject = fields): string => linesOf(fields, like, '').join('')

function linesOf(fields: JsonObject, like: Json, indent: string): string[] {
  const order = isObject(like) ? Object.keys(like) : []
  const names = [...order.filter(name => Object.hasOwn(fields, name)), ...Object.keys(fields).filter(name => !order.includes(name))]
  return names.flatMap(name => {
    const value = fields[name]!
    if (value === null) return []
    const label = `${indent}${scalar(name)}:`
    if (!isObject(value) || Object.keys(value).length === 0) return [`${label} ${scalar(value)}\n`]
    const inner = linesOf(value, isObject(like) ? (like[name] ?? null) : null, `${indent}  `)
    return inner.length === 0 ? [] : [`${label}\n`, ...inner]
  })
}

/** Bare where YAML reads the same text back, in quotes elsewhere. */
const scalar = (value: Json): string =>
  typeof value === 'string' && isPlain.test(value) && !meansElse.test(value) ? value : printable(JSON.stringify(value))

const isPlain = /^[A-Za-z0-9_.\/][A-Za-z0-9_.\/()=!-]*( [A-Za-z0-9_.\/()=!&|'-]+)*$/
const meansElse =
  /^(true|false|yes|no|on|off|y|n|null|~|[+-]?[0-9][0-9_]*(\.[0-9_]*)?(e[+-]?[0-9]+)?|0[xo][0-9a-f]+|[0-9]+(-[0-9]+)+|\.inf|\.nan)$/i
