/** What is wrong with an expression, before anybody says where it was written. */
export class TemplateProblem extends Error {
  /** @param next what to do instead, where there is something to say */
  constructor(
    message: string,
    readonly next?: string,
  ) {
    super(message)
  }
}

/** Told where the stack is at its end: reading and evaluating go as deep as what is written. */
export const tooDeep = 'the parts of the template lie too deep in each other'
