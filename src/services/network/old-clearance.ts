import type { ChangeSource, SessionRecord, Write } from '../../record/index.ts'

/**
 * Removes the clearances of other network paths from a record: sites bind them to the address that passed, and
 * using one from another address links the two. Those of an unknown path stay.
 *
 * @param through - the session's network path now (see `networkPathName`)
 */
export function dropOldClearance(record: SessionRecord, through: string, source: ChangeSource): void {
  const writes: Write[] = []
  for (const [origin, visit] of record.valuesOf('visit')) {
    if (visit.clearance.length === 0 || visit.through === undefined || visit.through === through) continue
    for (const id of visit.clearance) {
      if (record.cookie(id) !== undefined) writes.push({ kind: 'cookie', id, value: null })
    }
    writes.push({ kind: 'visit', id: origin, value: { ...visit, clearance: [] } })
  }
  if (writes.length > 0) record.write(writes, source)
}
