/**
 * A block traced in an EVM worker. Its transactions are run ahead on guesses, all at once, until they lack nothing more; then the
 * block is run in order and watched, on known values alone: a read that is still missing waits until it has come.
 */
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex as hex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import { DataFaultError } from '../../state/data-fault.ts'
import { hashKey } from '../../state/hash-key.ts'
import { HashedKeys } from '../../state/hashed-keys.ts'
import { blockTraceJson, traceBlock, traceTransaction, type TraceBlockInput } from '../call/tracers/trace-block.ts'
import type { Json } from '../call/tracers/tracer.ts'
import { GatheringError } from '../call/gathering.ts'
import type { ExecutionJob } from '../block/execute-block.ts'
import { blobGasOf } from '../block/blob-gas.ts'
import { prepareBlock } from '../block/prepare-block.ts'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import type { MissingValue } from '../speculation/missing-values.ts'
import { learnValues, ParentValues, type LearnedValue } from '../speculation/parent-values.ts'
import { SpeculationSession } from '../speculation/speculation-session.ts'
import { wordToTrimmedBytes } from '../words.ts'
import type { BoundedJob } from './answer-call-limits.ts'
import type { CallHome, CallJob, FollowingBlock, Needed, TracedBlock } from './call-messages.ts'
import type { CodeCache } from './code-cache.ts'
import type { KnownValues, ReadAnswer, ReadRequest } from './evm-messages.ts'
import { RemoteReader } from './remote-reader.ts'

export interface BlockTraceTools {
  readonly crypto: WasmCrypto
  readonly codes: CodeCache
  /** Milliseconds. */
  readonly now: () => number
  readonly home: CallHome
  readonly job: BoundedJob
}

type BlockTraceJob = Extract<CallJob, TracedBlock>

/** Rounds of running ahead, each time: mainnet blocks take a dozen, the longest chains of reads some forty. */
const MAX_ROUNDS = 64

/** ms of one round: a full block takes a second or so. */
const ROUND_LIMIT_MS = 20_000

/** Values of one trace: twice what a block of 60 Mgas can read cold (28,571 at 2,100 gas), as running ahead strays. */
const MAX_VALUES = 65_536

/** Place of `blobGasUsed` in a header (EIP-4844). */
const BLOB_GAS_USED = 17

const NOTHING_KNOWN: KnownValues = { accounts: new Map(), slots: new Map() }

/** @throws {GatheringError} {TraceSizeError} {ComputingLimitError} {CallError} @throws what the home throws */
export async function answerBlockTrace(work: BlockTraceJob, tools: BlockTraceTools): Promise<Json> {
  const { transaction, config } = work
  if (transaction === 'all')
    return onBlock(work, 'all', tools, async (input) => blockTraceJson(await traceBlock(input, config)))
  return onBlock(work, transaction + 1, tools, async (input) => {
    return (await traceTransaction(input, transaction, config)).result
  })
}

/**
 * Hands over the block with its first `count` transactions, and a state that has most of what they read.
 * @param run begun anew where it reads the hash of an ancestor that is not at hand @throws as {@link answerBlockTrace}
 */
export async function onBlock<T>(
  { network, position, block: whole }: FollowingBlock & Pick<CallJob, 'network'>,
  count: number | 'all',
  tools: BlockTraceTools,
  run: (input: TraceBlockInput, state: AskedState) => Promise<T>,
): Promise<T> {
  const block = count === 'all' ? whole : firstOf(whole, count)
  const ancestors = new Map<number, Hash>()
  const job: ExecutionJob = { network, block, position, ancestors, engine: 'tuned' }
  const state = new AskedState(tools)
  const again = position.number > 0 ? await gather(job, state, tools) : async () => undefined
  return withAncestors(ancestors, tools, again, () =>
    run({ job, reader: state.reader(), crypto: tools.crypto, pace: tools.job }, state),
  )
}

/**
 * The block as far as it matters: what comes after the transactions that are looked at has no effect on them, and would only be
 * fetched. Its own hash, which nothing in it can see, is another then.
 */
function firstOf(block: Uint8Array, count: number): Uint8Array {
  const [header, transactions, ...rest] = RLP.decode(block) as [
    Uint8Array[],
    (Uint8Array | Uint8Array[])[],
    ...Uint8Array[],
  ]
  const kept = transactions.slice(0, count)
  // The library compares it with the transactions that are there.
  if (header.length > BLOB_GAS_USED) {
    header[BLOB_GAS_USED] = wordToTrimmedBytes(blobGasOf(kept.filter((item) => item instanceof Uint8Array)))
  }
  return RLP.encode([header, kept, ...rest])
}

/** As far as it goes: what is missed here is asked for later. @returns what looks for more, once more is known */
async function gather(job: ExecutionJob, state: AskedState, tools: BlockTraceTools): Promise<() => Promise<void>> {
  const { crypto, codes, now, job: pace } = tools
  const prepared = await prepareBlock(job, crypto)
  const { values } = state
  const session = await SpeculationSession.open(prepared, {
    ...{ crypto, codes, now, pace, values, earlier: NOTHING_KNOWN },
  })
  const steps = [...prepared.block.transactions.keys()]
  const ahead = async () => (await session.speculate(steps, ROUND_LIMIT_MS)).missing.map(({ value }) => value)
  const inOrder = () => inRounds(() => session.rehearse([], ROUND_LIMIT_MS), state)
  await inRounds(ahead, state)
  await inOrder()
  return inOrder
}

/** Until nothing is missing that has not been asked for. */
async function inRounds(find: () => Promise<readonly MissingValue[]>, state: AskedState): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const fresh = (await find()).filter((value) => state.isFresh(value))
    if (fresh.length === 0) return
    await state.ask(fresh, 'none')
  }
}

/** The hash of an ancestor that turns out to be read is fetched, and the run begun anew: few blocks read any, and few of them. */
async function withAncestors<T>(
  ancestors: Map<number, Hash>,
  { home, job }: BlockTraceTools,
  again: () => Promise<void>,
  run: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof DataFaultError) || error.fault.kind !== 'header') throw error
      const { number } = error.fault
      if (ancestors.has(number)) throw error
      ancestors.set(number, await job.away(() => home.blockHash(number)))
      // Running ahead has come to an end there too.
      await again()
    }
  }
}

/** The state before the block, as far as it has been asked for. */
export class AskedState {
  readonly values: ParentValues
  private readonly keys: HashedKeys
  private readonly asked = new Set<string>()

  constructor(private readonly tools: BlockTraceTools) {
    this.keys = new HashedKeys(tools.crypto.keccak)
    this.values = new ParentValues(NOTHING_KNOWN, this.keys)
  }

  isFresh(value: MissingValue): boolean {
    return !this.asked.has(this.nameOf(value))
  }

  /** @throws {GatheringError} past the bound @throws what the home throws */
  async ask(wanted: readonly MissingValue[], needed: Needed): Promise<readonly LearnedValue[]> {
    for (const value of wanted) this.asked.add(this.nameOf(value))
    if (this.asked.size > MAX_VALUES)
      throw new GatheringError(`the trace needs more than ${MAX_VALUES} values of its state`)
    const { job, home, codes } = this.tools
    const learned = await job.away(() => home.values(wanted, needed))
    learnValues({ values: this.values, codes }, learned)
    return learned
  }

  /** Never guesses. */
  reader(): RemoteReader {
    const readOne = async (request: ReadRequest) => answerFrom(await this.ask([request], 'first'), request)
    const read = (requests: readonly ReadRequest[]) => Promise.all(requests.map(readOne))
    return new RemoteReader(this.values, { read }, this.keys, this.tools.codes)
  }

  private nameOf(value: MissingValue): string {
    const account = hashKey(this.keys.hash(value.address))
    if (value.kind === 'storage') return `slot ${account} ${hashKey(this.keys.hash(value.slot))}`
    // With its hash it is asked for again: without one, the account had to come first.
    return value.kind === 'code' ? `code ${account} ${value.codeHash === undefined}` : `account ${account}`
  }
}

function answerFrom(learned: readonly LearnedValue[], request: ReadRequest): ReadAnswer {
  const isOf = (value: LearnedValue): boolean => {
    if (value.kind === 'code') return request.kind === 'code' && hashKey(value.codeHash) === hashKey(request.codeHash)
    if (hex(value.address) !== hex(request.address)) return false
    if (value.kind === 'storage') return request.kind === 'storage' && hex(value.slot) === hex(request.slot)
    return request.kind === 'account'
  }
  const found = learned.find(isOf)
  if (found === undefined)
    throw new GatheringError(`a value was fetched and did not come: ${request.kind} ${hex(request.address)}`)
  if (found.kind === 'account') return { kind: 'account', value: found.value }
  return { kind: 'bytes', value: found.kind === 'code' ? found.bytes : found.value }
}
