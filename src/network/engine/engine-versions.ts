/** Which version of each Engine API method a fork asks for. */
import { isAtLeast } from '../../chain/beacon-config.ts'
import type { ForkName } from '../../chain/network.ts'

export type NewPayloadVersion = 1 | 2 | 3 | 4 | 5
export type ForkchoiceVersion = 1 | 2 | 3 | 4

export interface EngineVersions {
  readonly newPayload: NewPayloadVersion
  readonly forkchoiceUpdated: ForkchoiceVersion
}

/**
 * For a payload, and a head, of this fork. An execution client refuses the version of another fork (-38005); it goes by
 * the timestamp, which for a payload is the time of its slot. Prague changed only `newPayload`, Osaka neither.
 * (execution-apis, `engine/shanghai.md`, `cancun.md`, `prague.md`, `osaka.md`, `amsterdam.md`)
 */
export function engineVersions(fork: ForkName): EngineVersions {
  if (isAtLeast(fork, 'gloas')) return { newPayload: 5, forkchoiceUpdated: 4 }
  if (isAtLeast(fork, 'electra')) return { newPayload: 4, forkchoiceUpdated: 3 }
  if (isAtLeast(fork, 'deneb')) return { newPayload: 3, forkchoiceUpdated: 3 }
  if (isAtLeast(fork, 'capella')) return { newPayload: 2, forkchoiceUpdated: 2 }
  return { newPayload: 1, forkchoiceUpdated: 1 }
}

/** What we can call, for `engine_exchangeCapabilities`. */
export const ENGINE_METHODS: readonly string[] = [
  ...[1, 2, 3, 4, 5].map((version) => `engine_newPayloadV${version}`),
  ...[1, 2, 3, 4].map((version) => `engine_forkchoiceUpdatedV${version}`),
]
