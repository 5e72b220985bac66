/** Templates for which netplay gives something else than ansible-core, and why. */
export const differences: ReadonlyMap<string, { why: string; gives: object }> = new Map([
  ["{{ 'x' | bool }}", { why: 'Ansible gives false and warns that this will be an error; here it is one', gives: { refused: true } }],
])
