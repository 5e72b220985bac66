import { inspect } from 'node:util'

const revealed = new WeakMap<Secret, string>()

/** A value that prints as `***` wherever it goes: string, JSON, inspect. Only `reveal` gives it away, and only its caller's sink may use it. */
export class Secret {
  constructor(value: string) {
    revealed.set(this, value)
  }
  reveal(): string {
    return revealed.get(this) ?? ''
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
