/** Runs message calls in EVM workers on a state of the chain's view. */
import type { ExecutionNetwork } from '../../chain/network.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { DEFAULT_GAS_CAP } from '../../execution/call/call-block.ts'
import type { CallAnswer, CallHome, CallWork } from '../../execution/remote/call-messages.ts'
import type { EvmPool } from '../evm/evm-pool.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import { CallMemory } from './call-memory.ts'
import { HistoryUnavailableError } from './chain-view-error.ts'
import type { ChainView } from './chain-view.ts'
import type { Ask } from './evidence.ts'
import { simulatedRoots } from './simulated-roots.ts'

export interface CallRunnerOptions {
  readonly network: ExecutionNetwork
  readonly view: ChainView
  readonly evms: EvmPool
  /** Makes the state's side callable from an EVM worker, which lets go of it when the call is over. */
  readonly lend: (home: CallHome) => CallHome
}

export interface CallRunner {
  /**
   * On the state after the header, which is the same for the whole call.
   * @throws what the state's view throws; {EvmBusyError} {EvmLostError}; the signal's reason
   */
  run(work: CallWork, header: RawHeader, ask: Ask): Promise<CallAnswer>
}

export function callRunner({ network, view, evms, lend }: CallRunnerOptions): CallRunner {
  const memory = new CallMemory()
  return {
    async run(work, header, ask) {
      const state = view.state(header)
      // An error loses its class on the way to the worker and back; the first one is kept here as it was.
      let failure: { readonly error: unknown } | undefined
      const kept = async <T>(work: Promise<T>): Promise<T> => {
        try {
          return await work
        } catch (error) {
          failure ??= { error }
          throw error
        }
      }
      if ('request' in work && 'call' in work.request && work.request.call.from !== undefined)
        state.noteOwn(work.request.call.from)
      const roots = simulatedRoots(state, ask)
      const missed: MissingValue[] = []
      const home = lend({
        values: (missing, needed) => {
          missed.push(...missing)
          return kept(state.learn(missing, needed, ask))
        },
        blockHash: (number) => kept(ancestorHash(view, header, number, ask)),
        stateRoot: (writes, earlier) => kept(roots(writes, earlier)),
      })
      const expected = memory.recall(work)
      // A call may need nothing of the state, and still be one of that block.
      await state.bring([], ask)
      const known = await state.learn(expected, 'none', ask).catch(() => {
        // The call may do without: it asks for what it lacks itself.
        ask.signal.throwIfAborted()
        return []
      })
      const job = { ...work, network, header: header.rlp, gasCap: DEFAULT_GAS_CAP, known }
      try {
        const answer = await evms.run((evm, ticket) => evm.call(job, home, ticket), {
          kind: 'call',
          signal: ask.signal,
        })
        memory.note(work, expected, missed)
        return answer
      } catch (error) {
        throw failure === undefined ? error : failure.error
      }
    },
  }
}

/** Of the header itself too: who runs the block after it reads that as the parent's. */
async function ancestorHash(view: ChainView, header: RawHeader, number: number, ask: Ask) {
  if (number === header.number) return header.hash
  const found = (await view.ancestors(header, header.number - number, ask)).at(-1)
  if (found?.number === number) return found.hash
  throw new HistoryUnavailableError(`the header of block ${number} cannot be had`)
}
