import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DemoReport } from './report/data.ts'
import { reportDocument } from './report/document.ts'

/** Writes the report as one HTML file, making its folder where needed. */
export async function writeReport(file: string, report: DemoReport): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, reportDocument(report))
}
