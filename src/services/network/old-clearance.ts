import type { ChangeSource, SessionRecord, Write } from '../../record/index.ts'

/**
 * Takes the clearances out of a record that were got by another way than this: sites bind them to the address that passed, and
 * showing one from another tells them that the two are one. Those of which the way is not known stay.
 *
 * @param through - the way of the session now (see `wayName`)
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
