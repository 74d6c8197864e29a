/** Message calls and overrides as JSON-RPC brings them (execution-apis: "GenericTransaction", and geth's overrides). */
import { bytesToWord } from '../../words.ts'
import type { BlockOverrides } from '../block-overrides.ts'
import type { AccountOverride, StateOverrides } from '../state-overrides.ts'
import { callData, type AccessListEntry, type Authorization, type TransactionCall } from '../transaction-call.ts'
import { address, data, hash, JsonInput, quantity, quantity64 } from './json-input.ts'

/** Entries of a list or an object: more cost more gas than any block has, or more memory than a question is worth. */
const MAX_ENTRIES = 100_000

/** @throws {CallError} */
export function readCall(input: JsonInput): TransactionCall {
  const call: TransactionCall = {
    from: input.member('from', address),
    to: input.member('to', address),
    gas: input.member('gas', quantity64),
    gasPrice: input.member('gasPrice', quantity),
    maxFeePerGas: input.member('maxFeePerGas', quantity),
    maxPriorityFeePerGas: input.member('maxPriorityFeePerGas', quantity),
    maxFeePerBlobGas: input.member('maxFeePerBlobGas', quantity),
    value: input.member('value', quantity),
    nonce: input.member('nonce', quantity64),
    data: input.member('data', data),
    input: input.member('input', data),
    accessList: input.member('accessList', (list) => list.list(readAccess, MAX_ENTRIES)),
    blobVersionedHashes: input.member('blobVersionedHashes', (list) => list.list(hash, MAX_ENTRIES)),
    authorizationList: input.member('authorizationList', (list) => list.list(readAuthorization, MAX_ENTRIES)),
    chainId: input.member('chainId', quantity),
  }
  callData(call)
  return call
}

/** @throws {CallError} */
export function readStateOverrides(input: JsonInput): StateOverrides {
  return new Map(
    input.entries(MAX_ENTRIES).map(([name, account]) => {
      const key = bytesToWord(new JsonInput(name, `${input.path} key`).address())
      return [key, readAccount(account)]
    }),
  )
}

/** Both names that clients use: those of headers and those of geth's own. @throws {CallError} */
export function readBlockOverrides(input: JsonInput): BlockOverrides {
  const word = (name: string, read: (input: JsonInput) => Uint8Array) => {
    const bytes = input.member(name, read)
    return bytes === undefined ? undefined : bytesToWord(bytes)
  }
  return {
    number: input.member('number', quantity64),
    timestamp: input.member('time', quantity64),
    difficulty: input.member('difficulty', quantity),
    gasLimit: input.member('gasLimit', quantity64),
    coinbase: word('feeRecipient', address) ?? word('coinbase', address),
    prevRandao: word('prevRandao', hash),
    baseFee: input.member('baseFeePerGas', quantity) ?? input.member('baseFee', quantity),
    blobBaseFee: input.member('blobBaseFee', quantity),
  }
}

function readAccess(input: JsonInput): AccessListEntry {
  return {
    address: required(input, 'address', address),
    slots: input.member('storageKeys', (keys) => keys.list(hash, MAX_ENTRIES)) ?? [],
  }
}

function readAuthorization(input: JsonInput): Authorization {
  return {
    chainId: required(input, 'chainId', quantity),
    address: required(input, 'address', address),
    nonce: required(input, 'nonce', quantity64),
    yParity: required(input, 'yParity', (value) => value.quantity(8)),
    r: required(input, 'r', quantity),
    s: required(input, 's', quantity),
  }
}

function readAccount(input: JsonInput): AccountOverride {
  const to = input.member('movePrecompileToAddress', address)
  return {
    nonce: input.member('nonce', quantity64),
    balance: input.member('balance', quantity),
    code: input.member('code', data),
    state: input.member('state', readSlots),
    stateDiff: input.member('stateDiff', readSlots),
    movePrecompileTo: to === undefined ? undefined : bytesToWord(to),
  }
}

function readSlots(input: JsonInput): ReadonlyMap<bigint, bigint> {
  return new Map(
    input.entries(MAX_ENTRIES).map(([name, value]) => {
      const slot = new JsonInput(name, `${input.path} key`).hash()
      return [bytesToWord(slot), bytesToWord(value.hash())]
    }),
  )
}

function required<T>(input: JsonInput, name: string, read: (input: JsonInput) => T): T {
  const value = input.member(name, read)
  return value === undefined ? new JsonInput(undefined, `${input.path}.${name}`).fail('a value') : value
}
