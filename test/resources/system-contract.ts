import { Driver, type Shell } from '../support/kind-driver.js'
import { runner } from '../support/sandbox.js'
import type { SystemCase } from './system-cases.js'

const store = '/run/np-contract-store'

/** What every kind promises, told on a real host: `shell` is asked for when the tests run. */
export function systemContract(shellNow: () => Shell, cases: readonly SystemCase[], timeoutMs = 60_000) {
  describe.each(cases)('$title', ({ arrange, tasks, look }) => {
    const at = async () => {
      const run = runner(shellNow())
      await run(`rm -rf ${store}\n${arrange}`)
      return { run, driver: new Driver(shellNow(), store), before: await run(look) }
    }

    test(
      'a probe and a fingerprint write nothing; steps reach what is wanted, twice is once; undo puts all back',
      async () => {
        const { run, driver, before } = await at()
        const plan = await driver.plan(tasks)
        for (const { fingerprintText, chain } of plan.undo.values()) expect(await driver.fingerprint(fingerprintText)).toBe(chain[0])
        expect(await run(look)).toBe(before)
        expect(plan.items.flatMap(item => item.changes)).not.toEqual([])

        await driver.apply(plan)
        const reached = await run(look)
        expect(reached).not.toBe(before)
        expect((await driver.plan(tasks)).items.flatMap(item => item.changes)).toEqual([])
        for (const { fingerprintText, chain } of plan.undo.values()) expect(await driver.fingerprint(fingerprintText)).toBe(chain.at(-1))

        await driver.apply(plan)
        expect(await run(look)).toBe(reached)

        await driver.undo(plan)
        expect(await run(look)).toBe(before)
        await driver.undo(plan)
        expect(await run(look)).toBe(before)
      },
      timeoutMs,
    )

    test(
      'undo after any number of steps puts all back, and the rest of the steps reaches what is wanted',
      async () => {
        const { driver: planner } = await at()
        const count = (await planner.plan(tasks)).items.flatMap(item => item.steps).length
        for (let upTo = 0; upTo <= count; upTo++) {
          const { run, driver, before } = await at()
          const plan = await driver.plan(tasks)
          await driver.apply(plan, { upTo })
          await driver.undo(plan)
          expect({ upTo, is: await run(look) }).toEqual({ upTo, is: before })

          await driver.apply(plan, { upTo })
          await driver.apply(await driver.plan(tasks))
          expect((await driver.plan(tasks)).items.flatMap(item => item.changes)).toEqual([])
        }
      },
      timeoutMs,
    )
  })
}
