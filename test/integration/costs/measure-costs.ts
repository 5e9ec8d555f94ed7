import type { Counts } from './compare-costs.ts'
import { measureAllocations } from './measure-allocations.ts'
import { measureBrowser } from './measure-browser.ts'
import { measurePeeks } from './measure-peeks.ts'
import { measureStore } from './measure-store.ts'
import { measureVisits } from './measure-visits.ts'

/** All that is counted, none of which depends on how fast a machine is or how busy. */
export async function measureCosts(): Promise<Counts> {
  return {
    ...measurePeeks(),
    ...(await measureAllocations()),
    ...(await measureStore()),
    ...(await measureBrowser()),
    ...(await measureVisits()),
  }
}
