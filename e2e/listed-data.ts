/** The recorded data that the page's server lists. Tests that need it are skipped, and say so, where there is none. */
import { type APIRequestContext, test } from '@playwright/test'

interface Entry {
  readonly kind: 'block' | 'light-client'
  readonly name: string
}

/**
 * The listed entries. Skips the test when there are none.
 * @throws when there are none and `BEAMTAB_REQUIRE_DATA=1`
 */
export async function listedData(request: APIRequestContext): Promise<readonly Entry[]> {
  const entries = (await (await request.get('/data/index.json')).json()) as readonly Entry[]
  if (entries.length > 0) return entries
  if (process.env['BEAMTAB_REQUIRE_DATA'] === '1') {
    throw new Error('BEAMTAB_REQUIRE_DATA=1, but the server lists no data; set BEAMTAB_DATA')
  }
  process.stderr.write(`skipped, no data (set BEAMTAB_DATA): ${test.info().title}\n`)
  test.skip(true, 'no data')
  return []
}

/** A listed file's bytes. */
export async function dataFile(request: APIRequestContext, path: string): Promise<Buffer> {
  const response = await request.get(`/data/${path}`)
  if (!response.ok()) throw new Error(`/data/${path}: the server answered ${response.status()}`)
  return response.body()
}
