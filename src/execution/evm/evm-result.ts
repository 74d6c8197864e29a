/** What the machine made of a message, in the form EthereumJS's `runTx` expects. */
import { EVMError, type EVMResult } from '@ethereumjs/evm'
import { Address, bytesToHex, type PrefixedHexString } from '@ethereumjs/util'
import type { AccountEntry } from '../state/account-entry.ts'
import { wordToAddress } from '../words.ts'
import type { Failure, Outcome } from './frame.ts'
import type { Machine } from './machine.ts'

const { errorMessages } = EVMError

const ERRORS: Record<Failure, (typeof errorMessages)[keyof typeof errorMessages]> = {
  'out of gas': errorMessages.OUT_OF_GAS,
  'stack underflow': errorMessages.STACK_UNDERFLOW,
  'stack overflow': errorMessages.STACK_OVERFLOW,
  'invalid opcode': errorMessages.INVALID_OPCODE,
  'invalid jump': errorMessages.INVALID_JUMP,
  'static state change': errorMessages.STATIC_STATE_CHANGE,
  'return data out of bounds': errorMessages.OUT_OF_GAS,
  'initcode too large': errorMessages.INITCODE_SIZE_VIOLATION,
  'address collision': errorMessages.CREATE_COLLISION,
  'code too large': errorMessages.CODESIZE_EXCEEDS_MAXIMUM,
  'code starts with 0xef': errorMessages.INVALID_BYTECODE_RESULT,
  'value overflow': errorMessages.VALUE_OVERFLOW,
  'precompile failed': errorMessages.OUT_OF_GAS,
}

/** `created` is the entry of a creation's account. @throws {Error} when the machine has not finished */
export function evmResult(machine: Machine, gasLimit: bigint, created: AccountEntry | undefined): EVMResult {
  const { result } = machine
  if (result === undefined) throw new Error('the machine has not run to its end')
  const { outcome, gasLeft } = result
  const succeeded = outcome.kind === 'success'
  return {
    ...(created === undefined ? {} : { createdAddress: new Address(created.address) }),
    execResult: {
      returnValue: outcome.kind === 'failure' ? new Uint8Array(0) : outcome.output,
      executionGasUsed: gasLimit - BigInt(gasLeft),
      gasRefund: succeeded ? BigInt(machine.refund) : 0n,
      logs: machine.logs,
      selfdestruct: new Map(machine.destroyed.map(({ account, heir }) => [addressHex(account), addressHex(heir)])),
      createdAddresses: new Set(machine.created.map(addressHex)),
      ...exception(outcome),
    },
  }
}

function exception(outcome: Outcome): { exceptionError?: EVMError } {
  if (outcome.kind === 'success') return {}
  return { exceptionError: new EVMError(outcome.kind === 'revert' ? errorMessages.REVERT : ERRORS[outcome.failure]) }
}

function addressHex(key: bigint): PrefixedHexString {
  return bytesToHex(wordToAddress(key))
}
