/** Fetches nodes and codes by their hashes, as many at a time as a state service gives. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { checkHeld } from '../../network/state-service/check-held.ts'
import { MAX_CODES, MAX_NODES } from '../../network/state-service/constants.ts'
import type { StateServiceClient } from '../../network/state-service/state-service-client.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { ContentFault, StateFetcher } from '../../network/on-demand/state-fetcher.ts'
import { WitnessError } from '../../network/on-demand/witness-error.ts'

const MOST = { nodes: MAX_NODES, codes: MAX_CODES } as const

export class ContentFetcher implements StateFetcher {
  constructor(
    /** For messages. */
    private readonly server: string,
    private readonly client: StateServiceClient,
    private readonly keccak: Keccak,
    private readonly signal: AbortSignal,
  ) {}

  async fetch(faults: readonly ContentFault[]): Promise<readonly Uint8Array[]> {
    const nodes = await this.get('nodes', hashesOf(faults, 'node'))
    return [...nodes, ...(await this.get('codes', hashesOf(faults, 'code')))]
  }

  /** All of them. @throws {WitnessError} that names the first one which the server does not hold, or gives wrong */
  async get(kind: 'nodes' | 'codes', hashes: readonly Hash[]): Promise<readonly Uint8Array[]> {
    const found: Uint8Array[] = []
    for (let left = [...hashes]; left.length > 0;) {
      const asked = left.slice(0, MOST[kind])
      const answer = await this.client.ask(kind, { hashes: asked }, this.signal)
      const { held, absent, wrong } = checkHeld(asked, answer, this.keccak)
      const [lie] = wrong
      if (lie !== undefined) throw new WitnessError(`${this.server}: ${kind}: other bytes for ${bytesToHex(lie)}`)
      const [gap] = absent
      if (gap !== undefined || held.length === 0) {
        throw new WitnessError(`${this.server}: ${kind}: it does not hold ${bytesToHex(gap ?? asked[0]!)}`)
      }
      for (const { bytes } of held) found.push(bytes)
      left = left.slice(held.length)
    }
    return found
  }
}

/** Each once. */
export function hashesOf(faults: readonly ContentFault[], kind: ContentFault['kind']): Hash[] {
  const byKey = new Map(faults.filter((fault) => fault.kind === kind).map(({ hash }) => [hashKey(hash), hash]))
  return [...byKey.values()]
}
