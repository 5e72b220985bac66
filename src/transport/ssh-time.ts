const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** A time as sshd_config(5), "TIME FORMATS": `90`, `1m30s`; in ms. Undefined: `none`, no time, or 0. */
export function parseTime(text: string): number | undefined {
  if (!/^(\d+[smhdw]?)+$/i.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+)([smhdw]?)/gi)]
  const total = parts.reduce((sum, [, number, unit]) => sum + Number(number) * unitMs[(unit || 's').toLowerCase()]!, 0)
  return total > 0 ? total : undefined
}
