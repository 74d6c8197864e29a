/** Writes a stateless block to a file, gzipped where its name says so. */
import { rename, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { messageOf } from '../../chain/thrown.ts'
import type { StatelessBlockJson } from '../../execution/stateless-block-file.ts'
import { WitnessError } from '../../network/on-demand/witness-error.ts'

/** The file is there whole or not at all. @throws {WitnessError} where the system does not write it */
export async function writeBlockFile(path: string, block: StatelessBlockJson): Promise<void> {
  const text = `${JSON.stringify(block)}\n`
  const bytes = path.endsWith('.gz') ? await promisify(gzip)(text) : text
  const partial = `${path}.${process.pid}.partial`
  try {
    await writeFile(partial, bytes)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw new WitnessError(`--out ${path} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}
