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
