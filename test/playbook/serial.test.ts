import { serialBatches } from '../../src/playbook/serial.js'

const hosts = (count: number) => Array.from({ length: count }, (_, index) => `n${index + 1}`)

describe('serial', () => {
  test.each([
    { serial: [1, '50%', 2], count: 6, sizes: [1, 3, 2] },
    { serial: [], count: 4, sizes: [4] },
    { serial: [2], count: 5, sizes: [2, 2, 1] },
    { serial: [1, 2], count: 6, sizes: [1, 2, 2, 1] },
    { serial: ['30%'], count: 10, sizes: [3, 3, 3, 1] },
    { serial: ['33%'], count: 10, sizes: [3, 3, 3, 1] },
    { serial: ['10%'], count: 3, sizes: [1, 1, 1] },
    { serial: ['0%'], count: 3, sizes: [1, 1, 1] },
    { serial: ['100%'], count: 3, sizes: [3] },
    { serial: ['29%'], count: 100, sizes: [29, 29, 29, 13] },
    { serial: [0], count: 3, sizes: [3] },
    { serial: [1, 0], count: 4, sizes: [1, 3] },
    { serial: [1, -1], count: 4, sizes: [1, 3] },
    { serial: [10], count: 3, sizes: [3] },
    { serial: [1], count: 0, sizes: [] },
  ])('$serial on $count hosts gives batches of $sizes', ({ serial, count, sizes }) => {
    const batches = serialBatches(serial, hosts(count))
    expect(batches.map(batch => batch.length)).toEqual(sizes)
    expect(batches.flat()).toEqual(hosts(count))
  })
})
