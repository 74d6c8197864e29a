/** Fields of execution headers: their order in RLP (yellow paper 4.3), and what JSON-RPC calls them (execution-apis). */

/** Bytes a field has; a quantity is a number, which RLP has without leading zeros. */
export type HeaderFieldForm = { readonly bytes: number } | { readonly atMost: number } | 'quantity'

export interface HeaderField {
  /** What it is called; where clients differ, also the older name. */
  readonly names: readonly [string, ...string[]]
  readonly form: HeaderFieldForm
}

const field = (form: HeaderFieldForm, ...names: readonly [string, ...string[]]): HeaderField => ({ names, form })
const hash: HeaderFieldForm = { bytes: 32 }

/** More than the signers in the extra data of any clique network. */
const MAX_EXTRA_DATA = 8_192

/** Of every header. */
export const FRONTIER_FIELDS: readonly HeaderField[] = [
  field(hash, 'parentHash'),
  field(hash, 'sha3Uncles'),
  field({ bytes: 20 }, 'miner'),
  field(hash, 'stateRoot'),
  field(hash, 'transactionsRoot'),
  field(hash, 'receiptsRoot'),
  field({ bytes: 256 }, 'logsBloom'),
  field('quantity', 'difficulty'),
  field('quantity', 'number'),
  field('quantity', 'gasLimit'),
  field('quantity', 'gasUsed'),
  field('quantity', 'timestamp'),
  field({ atMost: MAX_EXTRA_DATA }, 'extraData'),
  field(hash, 'mixHash'),
  field({ bytes: 8 }, 'nonce'),
]

/** Appended by forks, each behind the one before: London, Shanghai, Cancun (three), Prague, Amsterdam (two). */
export const LATER_FIELDS: readonly HeaderField[] = [
  field('quantity', 'baseFeePerGas'),
  field(hash, 'withdrawalsRoot'),
  field('quantity', 'blobGasUsed'),
  field('quantity', 'excessBlobGas'),
  field(hash, 'parentBeaconBlockRoot'),
  field(hash, 'requestsHash'),
  field(hash, 'blockAccessListHash', 'balHash'),
  field('quantity', 'slotNumber'),
]

export const HEADER_FIELDS: readonly HeaderField[] = [...FRONTIER_FIELDS, ...LATER_FIELDS]
