import { asUserPrelude } from './as-user-prelude.js'
import { heldRoutesPrelude } from './held-routes-prelude.js'
import { kernelPrelude } from './kernel-prelude.js'
import { netPrelude } from './net-prelude.js'
import { unitPrelude } from './unit-prelude.js'
import { unitStepPrelude } from './unit-step-prelude.js'

/** It is sent with every script: without indentation and comments, which are for whoever reads it here. */
const compact = (text: string): string =>
  text
    .replace(/^ +/gm, '')
    .replace(/\{ # .*$/gm, '{')
    .replace(/^# .*\n/gm, '')

/**
 * Shell functions of the kinds about systemd, the kernel, firewall and routes, and the way down to other users. From the rest of the prelude
 * they use `np_end` and, for small files, `np_put`, `np_save`, `np_back`, `np_unmake`.
 */
export const systemPrelude: string = [unitPrelude, unitStepPrelude, kernelPrelude, netPrelude, heldRoutesPrelude, asUserPrelude]
  .map(compact)
  .join('')
