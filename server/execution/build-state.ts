/** A whole state made from its accounts: what a chain begins with. */
import type { AddressBytes, Hash, Keccak } from '../../src/chain/bytes.ts'

export interface GenesisAccount {
  readonly address: AddressBytes
  readonly nonce: bigint
  /** wei */
  readonly balance: bigint
  /** Left out: none. */
  readonly code?: Uint8Array
  /** Slots of 32 bytes with their values, big-endian without leading zeros, never empty; left out: none. */
  readonly storage?: Iterable<readonly [slot: Uint8Array, value: Uint8Array]>
}

/** A state built here, whole: its root proves every node in it. */
export interface BuiltState {
  readonly kind: 'built'
  readonly root: Hash
}

/** @param accounts in any order, none twice */
export function buildState(accounts: Iterable<GenesisAccount>, keccak: Keccak): BuiltState {
  void accounts
  void keccak
  throw new Error('not built yet')
}
