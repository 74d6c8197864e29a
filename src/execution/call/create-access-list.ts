/**
 * `eth_createAccessList`: which accounts and slots a message touches, run again with the list until it no longer changes
 * (geth, internal/ethapi: AccessList). Sender, receiver, precompiles and whoever delegates are warm anyway, and left out.
 */
import { createAddress } from '../evm/ops/creations.ts'
import type { MachineObserver } from '../evm/observer.ts'
import type { AppliedMessage } from './apply-message.ts'
import { applyMessage } from './apply-message.ts'
import { authorityOf } from './authorizations.ts'
import type { CallContext } from './call-block.ts'
import { CallError, INVALID_INPUT } from './call-error.ts'
import { CALL_POLICY, MessageError } from './message-checks.ts'
import { openCalls, type CallRequest, type OpenCalls } from './open-calls.ts'
import { RememberingReader } from './remembering-reader.ts'
import { steppedTable } from './step-table.ts'
import { NAMING_OPCODES, TouchedKeys } from './touched-keys.ts'
import type { AccessListEntry, Message } from './transaction-call.ts'
import { wordToAddress } from '../words.ts'

export interface AccessListResult {
  readonly accessList: readonly AccessListEntry[]
  readonly gasUsed: bigint
  /** Why the message failed, if it did; what it touched until then is listed all the same. */
  readonly error: string | undefined
}

/** The block's fork has none (EIP-2930). */
export class NoAccessListsError extends CallError {}

/** geth goes on for ever; a message whose list depends on its own gas could swing between two. */
const MAX_RUNS = 16

/** @throws {CallError} for a message that no block could take @throws what the reader throws */
export async function createAccessList(request: CallRequest, context: CallContext): Promise<AccessListResult> {
  const calls = openCalls(request, { ...context, reader: new RememberingReader(context.reader) })
  if (!calls.block.rules.accessLists) {
    throw new NoAccessListsError(
      INVALID_INPUT,
      `block ${calls.block.environment.number} is before Berlin: no access lists`,
    )
  }
  const excluded = await excludedFrom(calls, request)
  let known = new TouchedKeys(excluded, calls.message.accessList ?? [])
  for (let run = 1; ; run++) {
    const accessList = known.list()
    const touched = new TouchedKeys(excluded, accessList)
    const { gas, failure } = await runWith(calls, { ...calls.message, accessList }, touched)
    if (touched.isSame(known) || run === MAX_RUNS) {
      return { accessList, gasUsed: BigInt(gas.paid), error: failure === '' ? undefined : failure }
    }
    known = touched
  }
}

async function excludedFrom({ run, block, message }: OpenCalls, { call }: CallRequest): Promise<Set<bigint>> {
  const excluded = new Set([message.from, ...block.warm])
  for (const authorization of message.authorizations ?? []) {
    const authority = authorityOf(authorization, block.rules.chainId)
    if (authority !== undefined) excluded.add(authority)
  }
  if (message.to !== undefined) return excluded.add(message.to)
  const { state } = await run()
  const sender = state.entry(message.from)
  await state.load(sender)
  const nonce = call.nonce ?? sender.current?.nonce ?? 0n
  return excluded.add(createAddress(block.keccak, wordToAddress(message.from), nonce))
}

async function runWith({ run }: OpenCalls, message: Message, touched: TouchedKeys): Promise<AppliedMessage> {
  const { block, state } = await run()
  try {
    return await applyMessage(block, state, message, CALL_POLICY, {
      observer: NOBODY,
      table: (table) =>
        steppedTable(
          table,
          (step) => {
            touched.note(step)
            return undefined
          },
          NAMING_OPCODES,
        ),
    })
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    throw new CallError(INVALID_INPUT, `failed to apply transaction: ${error.message}`)
  }
}

const NOBODY: MachineObserver = { entered: nothing, halted: nothing, left: nothing, destroyed: nothing }

function nothing(): void {}
