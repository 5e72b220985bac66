/** A repeatable option of commander. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value]
