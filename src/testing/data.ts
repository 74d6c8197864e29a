/**
 * Where tests find the real data: the folder that `BEAMTAB_DATA` names, `../shared/data` beside the project otherwise.
 * Where it is missing, tests that need it say so in one visible line and are skipped; with `BEAMTAB_REQUIRE_DATA=1`
 * (set in CI) its absence is a failure, so that a green run cannot hide it.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe } from 'vitest'

const folder = resolve(process.env['BEAMTAB_DATA'] ?? '../shared/data')

/** Absolute path of the data folder, or undefined where it is missing. */
export function dataFolder(): string | undefined {
  if (existsSync(folder)) return folder
  if (process.env['BEAMTAB_REQUIRE_DATA'] === '1') {
    throw new Error(`BEAMTAB_REQUIRE_DATA=1, but there is no data folder at ${folder}; set BEAMTAB_DATA`)
  }
  return undefined
}

/** `describe` for tests over the real data; `define` gets the absolute path of the data folder. */
export function describeWithData(name: string, define: (data: string) => void): void {
  const data = dataFolder()
  if (data !== undefined) {
    describe(name, () => define(data))
    return
  }
  process.stderr.write(`skipped, no data at ${folder} (set BEAMTAB_DATA): ${name}\n`)
  describe.skip(name, () => undefined)
}
