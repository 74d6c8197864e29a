/** The side that owns the state, as an EVM worker in another thread would see it: all that passes is cloned. */
import type { StateTrie } from '../../state/state-trie.ts'
import type { TestChain } from '../call/recorded-calls.fixtures.ts'
import type { MissingValue } from '../speculation/missing-values.ts'
import type { LearnedValue } from '../speculation/parent-values.ts'
import { DEFAULT_GAS_CAP } from '../call/call-block.ts'
import type { CallAnswer, CallHome, CallJob, CallWork } from './call-messages.ts'
import type { SpeculativeEvmService } from './evm-messages.ts'

/** The state after a block, all of it at hand. */
export function homeAt(chain: TestChain, number: number): CallHome {
  const state = chain.trie(chain.block(number).stateRoot)
  let written = state
  return {
    values: async (missing) => missing.flatMap((value) => learnedFrom(state, value)),
    blockHash: async (ancestor) => chain.block(ancestor).hash,
    stateRoot: async (writes, earlier) => {
      if (earlier === 0) written = chain.trie(chain.block(number).stateRoot)
      written.applyWrites(writes)
      return written.root()
    },
  }
}

export function learnedFrom(state: StateTrie, value: MissingValue): LearnedValue[] {
  const { address } = value
  const account = state.account(address)
  const it: LearnedValue = { kind: 'account', address, value: account }
  if (value.kind === 'account') return [it]
  if (value.kind === 'storage') return [it, { ...value, value: state.storage(address, value.slot) }]
  if (account === undefined) return [it]
  return [it, { kind: 'code', codeHash: account.codeHash, bytes: state.code(account.codeHash, address) }]
}

export interface Asked {
  /** Of values, each as many as were asked for in it. */
  readonly trips: number[]
}

/** What comes of the work on the state after a block. */
export async function askWorker(
  evm: SpeculativeEvmService,
  chain: TestChain,
  number: number,
  work: CallWork,
  {
    home = homeAt(chain, number),
    gasCap = DEFAULT_GAS_CAP,
    known = [],
  }: { readonly home?: CallHome; readonly gasCap?: bigint; readonly known?: readonly LearnedValue[] } = {},
): Promise<CallAnswer & Asked> {
  const trips: number[] = []
  const { network, header } = chain.context(number)
  const job: CallJob = structuredClone({ ...work, network, header, gasCap, known })
  const cloned: CallHome = {
    values: async (missing, needed) => {
      trips.push(missing.length)
      return structuredClone(await home.values(structuredClone(missing), needed))
    },
    blockHash: async (ancestor) => structuredClone(await home.blockHash(ancestor)),
    stateRoot: async (writes, earlier) => structuredClone(await home.stateRoot(structuredClone(writes), earlier)),
  }
  return { ...structuredClone(await evm.call(job, cloned)), trips }
}
