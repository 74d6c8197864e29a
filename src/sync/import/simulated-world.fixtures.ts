/** A made-up chain with branches, and servers and executors over it that do what a test says. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { decodeRawBlock, type RawBlock, type RawHeader } from '../../execution/block/raw-block.ts'
import { hashKey } from '../../state/hash-key.ts'
import { someBytes } from '../../state/store/fixtures.ts'
import type { SimulatedClock } from '../../testing/simulated-clock.ts'
import { BlockImport, type BlockImportOptions } from './block-import.ts'
import type { ImportEvent } from './import-events.ts'
import type { ImportMarks } from './import-marks.ts'
import type { ExecutionStats } from './import-status.ts'
import { NO_COSTS, type ExecutionResult, type ImportExecutor, type ImportFetcher } from './import-tools.ts'

const NOTHING_EXECUTED: ExecutionStats = {
  ...{ fork: 'osaka', transactions: 0, gasUsed: 0, nodes: 0, adopted: 0 },
  ms: { decode: 0, hash: 0, senders: 0, evm: 0, root: 0, total: 0 },
}

/** Differs from every other block by its salt. @param stateRoot made up where none is given */
export function madeUpBlock(
  keccak: Keccak,
  parent: RawBlock | undefined,
  salt: number,
  stateRoot: Uint8Array = someBytes(salt * 4 + 1, 32),
): RawBlock {
  const number = (parent?.header.number ?? 999) + 1
  const header = [
    parent?.header.hash ?? someBytes(1, 32),
    ...[someBytes(salt, 32), someBytes(salt, 20)],
    ...[stateRoot, someBytes(salt * 4 + 2, 32), someBytes(salt * 4 + 3, 32)],
    new Uint8Array(256),
    new Uint8Array(),
    ...[number, 30_000_000, 21_000, 1_700_000_000 + 12 * number],
    new Uint8Array(),
    ...[someBytes(2, 32), new Uint8Array(8)],
  ]
  return decodeRawBlock(RLP.encode([header, [], []]), keccak)
}

/** What a source or an executor does with a block; `honest` where nothing is said. */
export type Conduct =
  | 'honest'
  | 'fails'
  | 'hangs'
  /** Another block than the one asked for. */
  | 'lies'
  | 'contradicted'
  | 'wrongly-contradicted'
  | 'state-gone'
  | 'huge'

export interface WorldOptions {
  readonly clock: SimulatedClock
  readonly keccak: Keccak
  /** ms that an answer takes. */
  readonly delay: () => number
  readonly conduct: (what: 'block' | 'headers' | 'execute' | 'prepare' | 'keep', block: RawBlock) => Conduct
}

export class SimulatedWorld {
  readonly blocks = new Map<string, RawBlock>()
  readonly events: ImportEvent[] = []
  /** Blocks executed, by number and in order, with whether anything else was executing. */
  readonly executed: { readonly block: RawBlock; readonly on: RawHeader }[] = []
  readonly prepared: { readonly number: number; readonly ground: number }[] = []
  /** What the store holds, in the order of writing. */
  readonly kept: RawBlock[] = []
  marks: ImportMarks | undefined
  executing = 0
  mostExecuting = 0
  private salts = 0

  constructor(readonly options: WorldOptions) {}

  /** A new block on top of `parent`. */
  add(parent: RawBlock | undefined): RawBlock {
    const block = madeUpBlock(this.options.keccak, parent, ++this.salts)
    this.blocks.set(hashKey(block.header.hash), block)
    return block
  }

  /** `count` blocks on top of `parent`, oldest first. */
  chain(count: number, parent?: RawBlock): RawBlock[] {
    const chain: RawBlock[] = []
    for (let i = 0; i < count; i++) chain.push(this.add(chain.at(-1) ?? parent))
    return chain
  }

  open(options: Partial<BlockImportOptions> = {}): BlockImport {
    const { clock, keccak } = this.options
    return new BlockImport({
      tools: {
        clock,
        keccak,
        fetcher: this.fetcher(),
        executor: this.executor(),
        marks: { keep: async (marks) => void (this.marks = marks) },
      },
      caps: { nodes: 1_000, bytes: 1_000_000, ms: 60_000 },
      onEvent: (event) => this.events.push(event),
      ...options,
    })
  }

  /** States a block was told to be in, in order. */
  states(block: RawBlock): string[] {
    const hash = bytesToHex(block.header.hash)
    const states = this.events.flatMap((event) =>
      (event.kind === 'block' || event.kind === 'refused') && event.block.hash === hash ? [event.block.state] : [],
    )
    return states.filter((state, at) => state !== states[at - 1])
  }

  private fetcher(): ImportFetcher {
    return {
      block: async (hash, signal) => {
        const block = this.find(hash)
        const conduct = await this.answer('block', block, signal)
        return conduct === 'lies' ? [...this.blocks.values()].find((other) => other !== block)!.rlp : block.rlp
      },
      headers: async (from, count, signal) => {
        const first = this.find(from)
        const conduct = await this.answer('headers', first, signal)
        const headers: Uint8Array[] = []
        for (let at: RawBlock | undefined = first; at !== undefined && headers.length < count;) {
          headers.push(at.header.rlp)
          at = this.blocks.get(hashKey(at.header.parentHash))
        }
        if (conduct === 'lies') headers.reverse()
        return headers
      },
    }
  }

  private executor(): ImportExecutor {
    return {
      prepare: async (block, { ground }, { signal }) => {
        this.prepared.push({ number: block.header.number, ground: ground.number })
        await this.answer('prepare', block, signal)
      },
      execute: async (block, parent, task) => {
        this.executing++
        this.mostExecuting = Math.max(this.mostExecuting, this.executing)
        task.signal.addEventListener('abort', () => this.executing--, { once: true })
        task.onProgress('fetching', NO_COSTS)
        const conduct = await this.answer('execute', block, task.signal)
        task.onProgress('executing', { ...NO_COSTS, nodesFetched: conduct === 'huge' ? 5_000 : 10, bytes: 99 })
        task.signal.throwIfAborted()
        return this.result(block, parent, conduct)
      },
    }
  }

  private result(block: RawBlock, parent: RawHeader, conduct: Conduct): ExecutionResult {
    const costs = { ...NO_COSTS, source: 'witness', roundTrips: 1, nodesFetched: 10, bytes: 99 }
    const problem = { field: 'stateRoot', expected: '0x01', actual: '0x02', message: 'stateRoot is 0x02, not 0x01' }
    const keep = async () => {
      const how = await this.answer('keep', block, new AbortController().signal)
      if (how !== 'honest') return 'the disk is full'
      this.kept.push(block)
      return undefined
    }
    switch (conduct) {
      case 'contradicted':
        return {
          kind: 'contradicted',
          costs,
          problem,
          secondOpinion: async () => ({ kind: 'invalid', problem, bundle: {} }),
        }
      case 'wrongly-contradicted':
        return { kind: 'contradicted', costs, problem, secondOpinion: async () => ({ kind: 'verified', keep }) }
      case 'state-gone':
        return { kind: 'state-gone', costs, reason: 'no server has the state any more' }
      case 'honest':
      case 'huge':
      case 'lies':
      case 'fails':
      case 'hangs':
        this.executed.push({ block, on: parent })
        return { kind: 'verified', costs, stats: NOTHING_EXECUTED, keep }
    }
  }

  private find(hash: Hash): RawBlock {
    const block = this.blocks.get(hashKey(hash))
    if (block === undefined) throw new Error(`nobody has ${bytesToHex(hash)}`)
    return block
  }

  private async answer(
    what: Parameters<WorldOptions['conduct']>[0],
    block: RawBlock,
    signal: AbortSignal,
  ): Promise<Conduct> {
    const { clock, delay, conduct } = this.options
    await new Promise<void>((resolve) => void clock.after(delay(), resolve))
    const how = conduct(what, block)
    if (how === 'hangs') await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    if (how === 'fails') throw new Error(`${what} failed`)
    return how
  }
}
