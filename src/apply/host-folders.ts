import { quote } from '../shell.js'

/** Root-only folders on a host, below one of netplay's own. */
export const stateFolder = '/var/lib/netplay'
export const runFolder = '/run/netplay'
export const slotsFolder = `${stateFolder}/slots`
/** Pre-images and the log of one run; it is there if and only if the run began to write on this host. */
export const runStore = (run: string): string => `${stateFolder}/runs/${quote(run)}`
/** A plan that was applied here is remembered, so that it is applied once. */
export const appliedMark = (plan: string): string => `${stateFolder}/applied/${quote(plan)}`
/** Asks the programs of a run to begin no further step. */
export const stopFile = (run: string): string => `${runFolder}/stop-${quote(run)}`
