/** YAML of a few lines that stands for 9 to the power of `levels` values. */
export const aliasBomb = (levels: number): string =>
  Array.from({ length: levels }, (_, level) => {
    const below = level === 0 ? 'x' : `*a${level - 1}`
    return `a${level}: &a${level} [${Array(9).fill(below).join(', ')}]`
  }).join('\n')
