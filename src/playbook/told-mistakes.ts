import { InputError } from '../errors.js'

/** Who is told of a mistake in what an admin wrote. Throwing ends the loading. */
export type OnMistake = (mistake: InputError) => void

export const endsLoading: OnMistake = mistake => {
  throw mistake
}

/** What `run` gives, or `otherwise` after its mistake was told. */
export async function orTold<T>(onMistake: OnMistake, run: () => T | Promise<T>, otherwise: T): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    onMistake(error)
    return otherwise
  }
}
