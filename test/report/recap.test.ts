import { paintFor } from '../../src/report/paint.js'
import { recapText } from '../../src/report/recap.js'
import { recapOf } from './told.js'

const plain = paintFor(false)

test('lines are those of ansible-core, byte for byte', () => {
  // As `ansible-playbook` of ansible-core 2.19 prints them with ANSIBLE_NOCOLOR=1.
  expect(
    recapText({ web10: recapOf({ ok: 12, changed: 3, skipped: 1 }), n1: recapOf({ ok: 1, unreachable: 1, ignored: 12345 }) }, plain),
  ).toEqual([
    'PLAY RECAP',
    'n1                         : ok=1    changed=0    unreachable=1    failed=0    skipped=0    rescued=0    ignored=12345',
    'web10                      : ok=12   changed=3    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0   ',
  ])
})

test('a name longer than 26 moves its own values only', () => {
  const long = 'a-host-with-a-very-long-name.example'
  expect(recapText({ [long]: recapOf({ ok: 1 }) }, plain)[1]).toBe(
    `${long} : ok=1    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0   `,
  )
})

test('colours are those of Ansible: only what is not zero, and the name by its worst', () => {
  const paint = {
    ...plain,
    good: (text: string) => `<g>${text}`,
    bad: (text: string) => `<r>${text}`,
    changed: (text: string) => `<y>${text}`,
  }
  const [, failed, fine] = recapText({ a: recapOf({ ok: 2, failed: 1 }), b: recapOf({ ok: 2, changed: 1 }) }, paint, 200)
  expect(failed).toMatch(/^<r>a +: <g>ok=2 +changed=0 +unreachable=0 +<r>failed=1 +skipped=0/)
  expect(fine).toMatch(/^<y>b +: <g>ok=2 +<y>changed=1 +unreachable=0/)
})
