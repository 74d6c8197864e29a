/** What an EVM worker does: executes jobs against a state that lives in another thread. */
import { DataFaultError } from '../../state/data-fault.ts'
import { HashedKeys } from '../../state/hashed-keys.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import {
  executeBlock,
  executePrepared,
  InvalidBlockError,
  type ExecutionOutcome,
  type ExecutionState,
  type ExecutionTools,
} from '../block/execute-block.ts'
import { prepareBlock, type PreparedBlock } from '../block/prepare-block.ts'
import { loadWasmCrypto } from '../crypto/wasm-crypto.ts'
import { ListedChanges } from '../speculation/listed-changes.ts'
import { ListedSession } from '../speculation/listed-session.ts'
import { ParentValues } from '../speculation/parent-values.ts'
import type { Speculation } from '../speculation/speculation.ts'
import { SpeculationSession } from '../speculation/speculation-session.ts'
import { answerCall } from './answer-call.ts'
import { CodeCache } from './code-cache.ts'
import { EvmJobs, SessionJobs } from './evm-jobs.ts'
import type {
  ExecutionAnswer,
  JobTicket,
  KnownValues,
  SpeculationJob,
  SpeculativeEvmService,
  StateHome,
} from './evm-messages.ts'
import { messageHearing } from './hear-messages.ts'
import { RemoteReader } from './remote-reader.ts'
import type { SlicedJob } from './sliced-job.ts'
import { TimeSlices } from './time-slices.ts'

/**
 * Sessions of a worker at one time. A client works on the next block or two while one is being finished; each session
 * holds what its block read, some ten MB at most.
 */
const MAX_SESSIONS = 8

interface OpenSession {
  readonly prepared: PreparedBlock
  readonly values: ParentValues
  readonly speculation: Speculation
  readonly jobs: SessionJobs
}

/** Loads the wasm that every block needs, so that the first job does not wait for it. */
export async function createEvmService(): Promise<SpeculativeEvmService> {
  const crypto = await loadWasmCrypto()
  const now = () => performance.now()
  const keys = new HashedKeys(crypto.keccak)
  const codes = new CodeCache()
  const jobs = new EvmJobs(new TimeSlices({ now, hearMessages: messageHearing() }))
  const sessions = new Map<number, OpenSession>()
  const opening = new Map<number, SessionJobs>()

  async function answer(
    known: KnownValues,
    { home, job, codes }: { readonly home: StateHome; readonly job: SlicedJob; readonly codes: CodeCache },
    execute: (from: ExecutionState, tools: ExecutionTools) => Promise<ExecutionOutcome>,
  ): Promise<ExecutionAnswer> {
    const away = askedFrom(job, home)
    const reader = new RemoteReader(known, away, keys, codes)
    try {
      const from = { reader, intermediateRoot: (writes: StateWrites) => intermediateRoot(away, writes) }
      const outcome = await execute(from, { crypto, now, pace: job })
      return { kind: 'done', outcome, accessed: reader.accessed(), cachedCodes: reader.cachedCodes() }
    } catch (error) {
      if (error instanceof DataFaultError) return { kind: 'fault', fault: error.fault }
      if (error instanceof InvalidBlockError) return { kind: 'invalid', code: error.code, message: error.message }
      throw error
    }
  }

  async function inTurn<T>(
    name: number,
    ticket: JobTicket | undefined,
    work: (session: OpenSession, job: SlicedJob) => T | Promise<T>,
  ): Promise<T> {
    const session = sessions.get(name)
    if (session === undefined) throw new Error(`session ${name} is not open; open it first`)
    const job = jobs.begin(ticket)
    try {
      return await session.jobs.run(job, () => work(session, job))
    } finally {
      jobs.end(ticket)
    }
  }

  async function openSession(
    { job, known, earlier, together, accessList }: SpeculationJob,
    session: SessionJobs,
  ): Promise<OpenSession> {
    const prepared = await prepareBlock(job, crypto)
    const values = new ParentValues(known, keys)
    const changes = accessList && ListedChanges.decode(accessList, crypto.keccak)
    const tools = { crypto, now: () => session.worked(), pace: session, values, codes, earlier, together }
    const speculation = await (changes === undefined
      ? SpeculationSession.open(prepared, tools)
      : ListedSession.open(prepared, tools, changes))
    return { prepared, values, speculation, jobs: session }
  }

  return {
    async execute(block, known, home, ticket) {
      const job = jobs.begin(ticket)
      // The stock engine is for second opinions, which take nothing over from what ran here before, and name all they used.
      const at = { home, job, codes: block.engine === 'stock' ? new CodeCache() : codes }
      try {
        return await job.run(() => answer(known, at, (from, tools) => executeBlock(block, from, tools)))
      } finally {
        jobs.end(ticket)
      }
    },

    async call(work, home, ticket) {
      const job = jobs.begin(ticket)
      try {
        return await job.run(() => answerCall(work, home, { crypto, codes, now, job }))
      } finally {
        jobs.end(ticket)
      }
    },

    async open(name, speculation, ticket) {
      if (speculation.job.engine !== 'tuned') throw new Error('speculation runs on the tuned engine only')
      if (sessions.has(name) || opening.has(name)) throw new Error(`session ${name} is open already`)
      if (sessions.size + opening.size >= MAX_SESSIONS)
        throw new Error(`${MAX_SESSIONS} sessions are open, the most there may be; close one`)
      const job = jobs.begin(ticket)
      const own = new SessionJobs(job)
      opening.set(name, own)
      try {
        const session = await own.run(job, () => openSession(speculation, own))
        // Whoever gave it up does not close it.
        job.throwIfCancelled()
        sessions.set(name, session)
        return { kind: 'open', groups: session.speculation.groups, lacking: session.speculation.lacking() }
      } catch (error) {
        if (error instanceof InvalidBlockError) return { kind: 'invalid', code: error.code, message: error.message }
        throw error
      } finally {
        opening.delete(name)
        jobs.end(ticket)
      }
    },

    learn: (name, learned, ticket) => inTurn(name, ticket, ({ speculation }) => speculation.learn(learned)),

    speculate: (name, steps, limitMs, ticket) =>
      inTurn(name, ticket, ({ speculation }) => speculation.speculate(steps, limitMs)),

    rehearse: (name, results, limitMs, ticket) =>
      inTurn(name, ticket, ({ speculation }) => speculation.rehearse(results, limitMs)),

    executeOpen: (name, results, home, ticket) =>
      inTurn(name, ticket, ({ prepared, values, speculation }, job) => {
        const earlier = new Map([...results, ...speculation.results()].map((result) => [result.index, result]))
        return answer(values, { home, job, codes }, (from, tools) => executePrepared(prepared, from, tools, earlier))
      }),

    async close(name) {
      opening.get(name)?.close()
      sessions.get(name)?.jobs.close()
      sessions.delete(name)
    },

    async cancel(name) {
      jobs.cancel(name)
    },
  }
}

/** While the state's side is asked, other jobs compute. */
function askedFrom(job: SlicedJob, home: StateHome): StateHome {
  return {
    read: (requests) => job.away(home.read(requests)),
    intermediateRoot: (writes) => job.away(home.intermediateRoot(writes)),
  }
}

async function intermediateRoot(home: StateHome, writes: StateWrites) {
  const answer = await home.intermediateRoot(writes)
  if (answer.kind === 'fault') throw new DataFaultError(answer.fault)
  return answer.root
}
