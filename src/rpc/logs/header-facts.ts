/** What of a header tells whether its block has certain logs, and how many bytes they may be among. */
import { bytesOf, decodeList, smallIntegerOf } from '../../network/json-rpc/objects/rlp-items.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'

export interface HeaderFacts {
  readonly bloom: Uint8Array
  readonly gasUsed: number
}

export function headerFacts({ rlp }: Pick<RawHeader, 'rlp'>): HeaderFacts {
  const items = decodeList(rlp, 'the header')
  return {
    bloom: bytesOf(items[LOGS_BLOOM], 'logsBloom', 256),
    gasUsed: smallIntegerOf(items[GAS_USED], 'gasUsed'),
  }
}

/** Places in the header's list (yellow paper 4.3). */
const LOGS_BLOOM = 6
const GAS_USED = 10
