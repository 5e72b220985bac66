import { inspect } from 'node:util'

const revealed = new WeakMap<Secret, string | (() => string)>()

/** A value that prints as `***` wherever it goes: string, JSON, inspect. Only `reveal` gives it away, and only its caller's sink may use it. */
export class Secret {
  /** @param value a function is asked when the value is first needed, once */
  constructor(value: string | (() => string)) {
    revealed.set(this, value)
  }
  /** @throws what the function throws that was to give the value */
  reveal(): string {
    const value = revealed.get(this) ?? ''
    if (typeof value === 'string') return value
    const opened = value()
    revealed.set(this, opened)
    return opened
  }
  toString() {
    return '***'
  }
  toJSON() {
    return '***'
  }
  [inspect.custom]() {
    return '***'
  }
}

/** Text with secrets in it, which is a secret too. */
export class SecretText extends Secret {
  constructor(readonly parts: readonly (string | Secret)[]) {
    super(() => parts.map(part => (typeof part === 'string' ? part : part.reveal())).join(''))
  }
}

/**
 * The text of a file that has secrets in it: secretText`password = ${params.password}\n`. In an ordinary template they would be `***`.
 * A plan that is saved knows where the encrypted values in it stand, and the words between them.
 */
export const secretText = (words: TemplateStringsArray, ...values: (string | number | Secret)[]): Secret =>
  new SecretText(words.flatMap((word, index) => [...(index === 0 ? [] : partsOf(values[index - 1]!)), word]))

const partsOf = (value: string | number | Secret): readonly (string | Secret)[] =>
  value instanceof SecretText ? value.parts : [value instanceof Secret ? value : String(value)]
