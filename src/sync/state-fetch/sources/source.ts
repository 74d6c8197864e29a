/** A source of predictions: it brings, before execution asks, what a block is said to need. Each is one small file. */
import type { Hash } from '../../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../../chain/network.ts'
import type { MissingValue } from '../../../execution/speculation/missing-values.ts'
import type { RawBlock } from '../../../execution/block/raw-block.ts'
import type { WasmCrypto } from '../../../execution/crypto/wasm-crypto.ts'
import type { TouchedKeys } from '../../../network/state-service/messages.ts'
import type { BlockFetch } from '../block-fetch.ts'

export type SourceName = 'access-list' | 'witness' | 'metadata' | 'hints'

export interface SourceInput {
  readonly fetch: BlockFetch
  readonly block: RawBlock
  readonly network: ExecutionNetwork
  readonly crypto: WasmCrypto
}

/** What came beside nodes and codes, which the fetch holds. */
export type SourceOutcome =
  | {
      readonly kind: 'brought'
      /** RLP of ancestors as they were said, newest last: they are proven by whoever links them. */
      readonly headers: readonly Uint8Array[]
      /** Ancestors' hashes that nothing proves. */
      readonly blockHashes: ReadonlyMap<number, Hash>
      /** Values that it named one by one: most are at hand by now. */
      readonly values?: readonly MissingValue[] | undefined
      /** Who gave all of it as a whole: something missing in it is to be reported. */
      readonly whole: { readonly server: string; readonly kind: 'witness' } | undefined
      /** The block access list, which has the hash that the header commits to; whether it is right, execution finds out. */
      readonly accessList?: Uint8Array | undefined
      /** Of a source that says which nodes the block needs: how many, and how many of them were at hand before. */
      readonly nodes?: NodesNamed | undefined
    }
  /** Nobody offers it, or nobody has it for this block. */
  | { readonly kind: 'unavailable'; readonly reasons: readonly string[] }

export interface NodesNamed {
  readonly named: number
  readonly held: number
}

export type Source = (input: SourceInput) => Promise<SourceOutcome>

export const BROUGHT: SourceOutcome = { kind: 'brought', headers: [], blockHashes: new Map(), whole: undefined }

/** Accounts and slots as values of the parent state. */
export function valuesOf(keys: readonly TouchedKeys[]): MissingValue[] {
  return keys.flatMap(({ address, slots }): MissingValue[] => [
    { kind: 'account', address },
    ...slots.map((slot): MissingValue => ({ kind: 'storage', address, slot })),
  ])
}

/** Codes of those accounts, whatever their hashes are. */
export function codesOf(keys: readonly TouchedKeys[]): MissingValue[] {
  return keys.map(({ address }): MissingValue => ({ kind: 'code', address, codeHash: undefined }))
}
