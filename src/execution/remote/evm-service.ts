/** What an EVM worker does: executes jobs against a state that lives in another thread. */
import { DataFaultError } from '../../state/data-fault.ts'
import { HashedKeys } from '../../state/hashed-keys.ts'
import {
  executeBlock,
  executePrepared,
  InvalidBlockError,
  type ExecutionOutcome,
  type ExecutionState,
} from '../block/execute-block.ts'
import { prepareBlock, type PreparedBlock } from '../block/prepare-block.ts'
import { loadWasmCrypto } from '../crypto/wasm-crypto.ts'
import { ListedChanges } from '../speculation/listed-changes.ts'
import { ListedSession } from '../speculation/listed-session.ts'
import { ParentValues } from '../speculation/parent-values.ts'
import type { Speculation } from '../speculation/speculation.ts'
import { SpeculationSession } from '../speculation/speculation-session.ts'
import { CodeCache } from './code-cache.ts'
import type { ExecutionAnswer, KnownValues, SpeculativeEvmService, StateHome } from './evm-messages.ts'
import { RemoteReader } from './remote-reader.ts'

/**
 * Sessions of a worker at one time. A client works on the next block or two while one is being finished; each session
 * holds what its block read, some ten MB at most.
 */
const MAX_SESSIONS = 8

interface OpenSession {
  readonly prepared: PreparedBlock
  readonly values: ParentValues
  readonly speculation: Speculation
  /** Settles when all calls so far are done. */
  turn: Promise<unknown>
}

/** Loads the wasm that every block needs, so that the first job does not wait for it. */
export async function createEvmService(): Promise<SpeculativeEvmService> {
  const crypto = await loadWasmCrypto()
  const now = () => performance.now()
  const keys = new HashedKeys(crypto.keccak)
  const codes = new CodeCache()
  const sessions = new Map<number, OpenSession>()
  const opening = new Set<number>()

  async function answer(
    known: KnownValues,
    home: StateHome,
    execute: (from: ExecutionState) => Promise<ExecutionOutcome>,
  ): Promise<ExecutionAnswer> {
    const reader = new RemoteReader(known, home, keys, codes)
    try {
      const outcome = await execute({ reader, intermediateRoot: (writes) => intermediateRoot(home, writes) })
      return { kind: 'done', outcome, accessed: reader.accessed(), cachedCodes: reader.cachedCodes() }
    } catch (error) {
      if (error instanceof DataFaultError) return { kind: 'fault', fault: error.fault }
      if (error instanceof InvalidBlockError) return { kind: 'invalid', code: error.code, message: error.message }
      throw error
    }
  }

  /** After the calls of the session that came before, whatever became of them. */
  function inTurn<T>(name: number, work: (session: OpenSession) => T | Promise<T>): Promise<T> {
    const session = sessions.get(name)
    if (session === undefined) return Promise.reject(new Error(`session ${name} is not open; open it first`))
    const done = session.turn.then(() => work(session))
    session.turn = done.catch(() => undefined)
    return done
  }

  return {
    execute: (job, known, home) => answer(known, home, (from) => executeBlock(job, from, { crypto, now })),

    async open(name, { job, known, earlier, together, accessList }) {
      if (job.engine !== 'tuned') throw new Error('speculation runs on the tuned engine only')
      if (sessions.has(name) || opening.has(name)) throw new Error(`session ${name} is open already`)
      if (sessions.size + opening.size >= MAX_SESSIONS)
        throw new Error(`${MAX_SESSIONS} sessions are open, the most there may be; close one`)
      opening.add(name)
      try {
        const prepared = await prepareBlock(job, crypto)
        const values = new ParentValues(known, keys)
        const changes = accessList && ListedChanges.decode(accessList, crypto.keccak)
        const tools = { crypto, now, values, codes, earlier, together }
        const speculation = await (changes === undefined
          ? SpeculationSession.open(prepared, tools)
          : ListedSession.open(prepared, tools, changes))
        sessions.set(name, { prepared, values, speculation, turn: Promise.resolve() })
        return { kind: 'open', groups: speculation.groups, lacking: speculation.lacking() }
      } catch (error) {
        if (error instanceof InvalidBlockError) return { kind: 'invalid', code: error.code, message: error.message }
        throw error
      } finally {
        opening.delete(name)
      }
    },

    learn: (name, learned) => inTurn(name, ({ speculation }) => speculation.learn(learned)),

    speculate: (name, steps, limitMs) => inTurn(name, ({ speculation }) => speculation.speculate(steps, limitMs)),

    rehearse: (name, results, limitMs) => inTurn(name, ({ speculation }) => speculation.rehearse(results, limitMs)),

    executeOpen: (name, results, home) =>
      inTurn(name, ({ prepared, values, speculation }) => {
        const earlier = new Map([...results, ...speculation.results()].map((result) => [result.index, result]))
        return answer(values, home, (from) => executePrepared(prepared, from, { crypto, now }, earlier))
      }),

    async close(name) {
      sessions.delete(name)
    },
  }
}

async function intermediateRoot(home: StateHome, writes: Parameters<StateHome['intermediateRoot']>[0]) {
  const answer = await home.intermediateRoot(writes)
  if (answer.kind === 'fault') throw new DataFaultError(answer.fault)
  return answer.root
}
