const given = process.env['NETPLAY_SEED'] ? Number(process.env['NETPLAY_SEED']) : undefined

/** `npm test` asks OpenSSH and Ansible about the same generated cases every time: what fails there is the change. `NETPLAY_SEED` asks about others. */
export const sameSeed: number = given ?? 1

/** `npm run test:long` asks about new ones; the seed is printed, and `NETPLAY_SEED` repeats it. */
export const newSeed: number = given ?? Date.now() % 2 ** 31
