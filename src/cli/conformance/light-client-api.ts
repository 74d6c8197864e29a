/**
 * Suite `light-client-api`: what was recorded, served by local servers and fetched back as a client does it, byte for byte
 * as it was recorded and, by the beacon API server of this project, as SSZ and as JSON; and the events of a chain that
 * grows, streamed and polled for.
 */
import { recordings } from './recordings.ts'
import { eventCases } from './served-events.ts'
import { servedCases } from './served-recordings.ts'
import type { Suite } from './suite.ts'

export const lightClientApi: Suite = {
  name: 'light-client-api',
  folder: 'lightclient',
  async *cases(folder) {
    for await (const recording of recordings(folder)) yield* servedCases(recording)
    yield* eventCases()
  },
}
