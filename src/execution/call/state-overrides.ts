/** Accounts as a caller wants them to be before calls run (execution-apis, "AccountOverride"). */
import { bytesToHex, toChecksumAddress } from '@ethereumjs/util'
import { asHash, type Keccak } from '../../chain/bytes.ts'
import type { Precompile } from '../evm/environment.ts'
import type { FlatState } from '../state/flat-state.ts'
import { wordToAddress } from '../words.ts'
import { CallError, INVALID_INPUT } from './call-error.ts'

export interface AccountOverride {
  readonly nonce?: bigint | undefined
  readonly balance?: bigint | undefined
  readonly code?: Uint8Array | undefined
  /** The account's whole storage from here on. */
  readonly state?: ReadonlyMap<bigint, bigint> | undefined
  /** Slots of it. */
  readonly stateDiff?: ReadonlyMap<bigint, bigint> | undefined
  /** Where the precompile at this address is from here on; a word. */
  readonly movePrecompileTo?: bigint | undefined
}

/** By address, as a word; in the order they were given. */
export type StateOverrides = ReadonlyMap<bigint, AccountOverride>

/**
 * As geth does (internal/ethapi/override), an account at a time. Reads no more of an account than that there is one, so that
 * what is replaced has to be fetched from nobody.
 * @throws {CallError}
 */
export async function applyOverrides(
  state: FlatState,
  overrides: StateOverrides,
  precompiles: Map<bigint, Precompile>,
  keccak: Keccak,
): Promise<void> {
  const taken = new Set<bigint>()
  for (const [address, override] of overrides) {
    if (taken.has(address)) {
      throw refused(`account ${shownAddress(address)} has already been overridden by a precompile`)
    }
    const moved = movePrecompile(address, override, overrides, precompiles)
    if (moved !== undefined) taken.add(moved)
    await overrideAccount(state, address, override, keccak)
  }
  // As if a transaction before the calls had made it so.
  state.resetTransaction()
}

/** EIP-55, as geth shows addresses in errors. */
export function shownAddress(address: bigint): string {
  return toChecksumAddress(bytesToHex(wordToAddress(address)))
}

/** An overridden precompile is none any more, moved or not. */
function movePrecompile(
  address: bigint,
  { movePrecompileTo: to }: AccountOverride,
  overrides: StateOverrides,
  precompiles: Map<bigint, Precompile>,
): bigint | undefined {
  const precompile = precompiles.get(address)
  if (to !== undefined) {
    if (precompile === undefined) throw refused(`account ${shownAddress(address)} is not a precompile`)
    if (overrides.has(to)) throw refused(`account ${shownAddress(to)} is already overridden`)
    precompiles.set(to, precompile)
  }
  precompiles.delete(address)
  return to
}

async function overrideAccount(
  state: FlatState,
  address: bigint,
  { nonce, balance, code, state: whole, stateDiff }: AccountOverride,
  keccak: Keccak,
): Promise<void> {
  if (whole !== undefined && stateDiff !== undefined)
    throw refused(`account ${shownAddress(address)} has both 'state' and 'stateDiff'`)
  const slots = whole ?? stateDiff
  if (nonce === undefined && balance === undefined && code === undefined && slots === undefined) return
  const entry = state.entry(address)
  await state.load(entry)
  if (nonce !== undefined) state.setNonce(entry, nonce)
  if (code !== undefined) state.setCode(entry, code, asHash(keccak(code)))
  if (balance !== undefined) state.setBalance(entry, balance)
  if (whole !== undefined) state.clearStorage(entry)
  // An account that is not there has no slots: it begins to be, empty.
  if (slots !== undefined && entry.current === undefined) state.setBalance(entry, 0n)
  // What the slot held does not matter: there is no transaction yet whose gas would be counted by it.
  for (const [slot, value] of slots ?? []) state.setSlot(entry, slot, value, value)
}

function refused(message: string): CallError {
  return new CallError(INVALID_INPUT, message)
}
