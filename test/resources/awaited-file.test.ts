import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awaitedFile } from '../../src/resources/awaited-file.js'
import { Driver, shellOf } from '../support/kind-driver.js'

describe('kind awaited-file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netplay-awaited-'))
  const driver = new Driver(shellOf('sh'), join(folder, 'store'))
  const path = join(folder, "it's.env")
  const task = (timeoutSeconds: number) => awaitedFile('Subnet', { path, by: 'flanneld writes it', timeoutSeconds })
  afterEach(() => rmSync(path, { force: true }))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('looking writes nothing; what the daemon writes is waited for, twice is once, and undo leaves it alone', async () => {
    const plan = await driver.plan([task(10)])
    expect(plan.items[0]!.changes).toEqual([{ field: 'content', before: null, after: { unknown: 'flanneld writes it' } }])
    expect(existsSync(path)).toBe(false)
    setTimeout(() => writeFileSync(path, 'FLANNEL_MTU=1450\n'), 300)
    await driver.apply(plan)
    expect((await driver.plan([task(10)])).items[0]!.changes).toEqual([])
    await driver.apply(plan)
    await driver.undo(plan)
    expect(existsSync(path)).toBe(true)
  })

  test('an empty file is not there yet, and a deadline that passes says who should have written it', async () => {
    writeFileSync(path, '')
    await expect(driver.apply(await driver.plan([task(1)]))).rejects.toThrow('did not appear within 1 s: flanneld writes it')
  })
})
