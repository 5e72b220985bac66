import type { RoleHost } from 'netplay'

/** What all hosts have in common is asked or done on one of them: the first that answered. */
export const isFirst = ({ name }: Pick<RoleHost, 'name'>, among: readonly Pick<RoleHost, 'name' | 'facts'>[]): boolean =>
  among.find(({ facts }) => facts !== undefined)?.name === name
