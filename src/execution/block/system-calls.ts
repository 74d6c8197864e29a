/**
 * Calls that the protocol itself makes at the edges of a block: EIP-4788 (beacon root) and EIP-2935 (parent hash) before the
 * transactions, EIP-7002, EIP-7251 and EIP-8282 (requests) after them.
 */
import type { Block } from '@ethereumjs/block'
import type { EVM } from '@ethereumjs/evm'
import { Address, hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import type { AccessRecorder } from '../state/access-recorder.ts'
import type { FlatState } from '../state/flat-state.ts'
import { bytesToWord } from '../words.ts'

/** SYSTEM_ADDRESS of EIP-4788 and its successors. */
const SYSTEM_CALLER = new Address(hexToBytes('0xfffffffffffffffffffffffffffffffffffffffe'))
const SYSTEM_CALLER_KEY = bytesToWord(SYSTEM_CALLER.bytes)
/** The same EIPs: so much gas, counted nowhere. */
const SYSTEM_CALL_GAS = 30_000_000n
/** EIP-8037: and state gas for so many new slots, so that the contracts' regular gas stays what it was. */
const SYSTEM_CALL_NEW_SLOTS = 16n

const BEACON_ROOTS = '0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02'
const HISTORY_STORAGE = '0x0000F90827F1C53a10cb7A02335B175320002935'
/** EIP-7002 and EIP-7251. */
export const WITHDRAWAL_REQUESTS = '0x00000961Ef480Eb55e80D19ad83579A64c007002'
export const CONSOLIDATION_REQUESTS = '0x0000BBdDc7CE488642fb579F8B00f3a590007251'
/** EIP-8282, a draft: where EthereumJS 10.1.3 has them. */
export const BUILDER_DEPOSITS = '0x0000BFF46984E3725691FA540A8C7589300D8282'
export const BUILDER_EXITS = '0x000064D678505AD48F8CCB093BC65613800E8282'

/** A system call that the block cannot be valid without came back with an error. */
export class SystemCallError extends Error {
  override name = 'SystemCallError'
}

export interface SystemCaller {
  readonly state: FlatState
  readonly evm: EVM
  readonly block: Block
  /** Where the block has an access list. */
  readonly accesses: AccessRecorder | undefined
}

export async function callBeforeTransactions(system: SystemCaller): Promise<void> {
  const { common, header } = system.block
  if (common.isActivatedEIP(4788)) await systemCall(system, BEACON_ROOTS, header.parentBeaconBlockRoot!)
  if (common.isActivatedEIP(2935)) await systemCall(system, HISTORY_STORAGE, header.parentHash)
}

/**
 * Output of a request contract.
 * @throws {SystemCallError} when it has no code or fails: both make the block invalid (EIP-7002, EIP-7251, EIP-8282)
 */
export async function readRequests(system: SystemCaller, contract: PrefixedHexString): Promise<Uint8Array> {
  const result = await systemCall(system, contract, new Uint8Array(0))
  if (result === undefined) throw new SystemCallError(`the request contract ${contract} has no code`)
  const { exceptionError, returnValue } = result.execResult
  if (exceptionError !== undefined)
    throw new SystemCallError(`the request contract ${contract} failed: ${exceptionError.error}`)
  return returnValue
}

/** Undefined when the contract has no code: then the call does nothing (EIP-4788, EIP-2935). */
async function systemCall(system: SystemCaller, contract: PrefixedHexString, data: Uint8Array) {
  const { state, evm, block, accesses } = system
  const to = new Address(hexToBytes(contract))
  const entry = state.entry(bytesToWord(to.bytes))
  await state.load(entry)
  accesses?.account(entry)
  if ((await state.code(entry)).length === 0) return undefined
  return state.withBlankAccount(SYSTEM_CALLER_KEY, async (caller) => {
    evm.stateGasReservoir = stateGasOfCall(evm)
    const call = { block, caller: SYSTEM_CALLER, gasLimit: SYSTEM_CALL_GAS, to, data, skipNonceIncrement: true }
    const result = await evm.runCall(call)
    await evm.journal.cleanup()
    accesses?.forget(caller)
    return result
  })
}

function stateGasOfCall({ common }: EVM): bigint {
  if (!common.isActivatedEIP(8037)) return 0n
  return SYSTEM_CALL_NEW_SLOTS * common.param('stateBytesPerStorageSet') * common.param('costPerStateByte')
}
