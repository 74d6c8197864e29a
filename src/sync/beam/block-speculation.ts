/**
 * One block run ahead of its turn, over as many EVM workers as there are: each takes some senders' transactions, says what
 * it lacks, and gets it, all that is missing at one moment in one round trip. What comes of it is known values, and results
 * that in-order execution may take over.
 */
import type { ExecutionJob } from '../../execution/block/execute-block.ts'
import type { ExecutionAnswer, KnownValues, StateHome } from '../../execution/remote/evm-messages.ts'
import type { LearnedValue } from '../../execution/speculation/parent-values.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { SpeculationRound, SpeculativeStep } from '../../execution/speculation/speculation.ts'
import type { TransactionResult } from '../../execution/speculation/transaction-result.ts'
import { EvmLostError, type EvmSeat, type Tenure, type UseEvm } from '../evm/evm-seat.ts'
import { NO_VALUES } from '../known-values.ts'
import type { BlockFetch } from '../state-fetch/block-fetch.ts'
import { expectedEmptying } from './expected-writes.ts'
import { ValueWalk } from './value-walk.ts'

/**
 * ms of running before what is missing so far is asked for. Long: asking for less at a time costs more trips than it hides
 * (45 instead of 34 with 100 ms on mainnet block 24628608); it bounds what a block of slow gas can keep to itself.
 */
const ROUND_MS = 2_000

/**
 * Values under way below which the block is tried in order meanwhile: what is left are a few long chains of reads, and a
 * try takes about one round trip's time.
 */
const FEW_VALUES = 64

/** Parcels of transactions for each worker, with an access list: so the last to end works alone for an eighth of its time at most. */
const PARCELS_PER_WORKER = 8

/** Round trips for one block: more than twice the longest chain of dependent reads seen (53, on mainnet block 24628607) in layers. */
const MAX_STEPS = 512

export interface SpeculationOptions {
  readonly job: ExecutionJob
  readonly known: KnownValues
  readonly fetch: BlockFetch
  /** Values that the block will probably look at: fetched in the trips of what it is known to lack. */
  readonly predicted: readonly MissingValue[]
  /** Positions of transactions that are likely to depend on one another: each set goes to one worker, in series. */
  readonly together?: readonly (readonly number[])[]
  /** The one that the header commits to: transactions then run on what it says is before them, by {@link BlockSpeculation.runByList}. */
  readonly accessList?: Uint8Array | undefined
  /** At least one. */
  readonly seats: readonly EvmSeat[]
  /** Whether its turn is now, or later. */
  readonly kind: 'import' | 'speculation'
  readonly signal: AbortSignal
}

/** A worker's part in it. */
interface Player {
  readonly seat: EvmSeat
  readonly tenure: Tenure
  readonly session: number
  steps: readonly SpeculativeStep[]
  unfinished: boolean
  missing: readonly MissingValue[]
  readonly results: TransactionResult[]
}

/** Always: what it hands out rests on proven values alone; a worker that is lost takes nothing along but its own part. */
export class BlockSpeculation {
  /** What the block lacked in order, the last time that was tried, and with how many results. */
  private rehearsed: readonly MissingValue[] = []
  private rehearsedResults = -1
  /** Results of which it was seen what they empty. */
  private besideResults = 0

  private constructor(
    private readonly options: SpeculationOptions,
    private players: readonly Player[],
  ) {}

  /**
   * Undefined where no worker could begin, for whatever reason: the block is none, or the workers are lost, or full of others'
   * sessions. Nothing needs to be run ahead; what is wrong with a block, its execution says.
   */
  static async open(options: SpeculationOptions): Promise<BlockSpeculation | undefined> {
    const present = options.seats.filter(({ isVacant }) => !isVacant)
    const opened = await Promise.all(present.map((seat) => openPlayer(seat, options).catch(() => undefined)))
    const players = opened.filter((player) => player !== undefined)
    const [first] = players
    if (first === undefined) return undefined
    for (const [index, player] of players.entries()) player.steps = share(first.groups, index, players.length)
    return new BlockSpeculation(options, players)
  }

  /** Runs and fetches until nothing is missing that can be had. @throws the signal's reason */
  async run(): Promise<void> {
    const { fetch, predicted, signal } = this.options
    const walk = new ValueWalk(fetch)
    walk.wanted(predicted)
    await this.tell(walk.atHand())
    await this.round()
    for (let step = 0; step < MAX_STEPS; step++) {
      signal.throwIfAborted()
      walk.wanted([...this.players.flatMap(({ missing }) => missing), ...this.rehearsed, ...predicted])
      if (walk.size === 0 && !this.isUnfinished && !(await this.rehearseAnew())) return
      const beside = walk.size <= FEW_VALUES ? this.fetchBeside() : undefined
      const [learned] = await Promise.all([walk.step(), this.meanwhile(walk.size), beside])
      if (learned.length === 0) continue
      await this.tell(learned)
      await this.round()
    }
  }

  /**
   * Runs each transaction once, where the access list has brought what there is to know; whoever is done takes the next few.
   * What is missing all the same is left to execution in order. @throws the signal's reason
   */
  async runByList(): Promise<void> {
    const { fetch, signal } = this.options
    await this.each(async (player) => {
      const learned = player.missing.flatMap((value) => fetch.look(value) ?? [])
      await runAt(player, this.options, (evm, ticket) => evm.learn(player.session, learned, ticket))
    })
    const steps = this.players.flatMap((player) => player.steps).filter((step) => step !== 'closing')
    steps.sort((a, b) => a - b)
    const size = Math.ceil(steps.length / (this.players.length * PARCELS_PER_WORKER))
    await this.each(async (player) => {
      while (steps.length > 0) {
        signal.throwIfAborted()
        const parcel = steps.splice(0, size)
        const { complete } = await runAt(player, this.options, (evm, ticket) =>
          evm.speculate(player.session, parcel, ROUND_MS, ticket),
        )
        player.results.push(...complete)
      }
    })
  }

  /** Of transactions that ran on known values alone. */
  results(): readonly TransactionResult[] {
    return this.players.flatMap(({ results }) => results)
  }

  /** Executes the block in order, at the worker that knows most. @throws {EvmLostError} */
  execute(home: StateHome): Promise<ExecutionAnswer> {
    const [host, ...others] = this.players
    if (host === undefined) return Promise.reject(new EvmLostError('all EVM workers of the block are lost'))
    const results = others.flatMap((player) => player.results)
    return runAt(host, this.options, (evm, ticket) => evm.executeOpen(host.session, results, home, ticket))
  }

  /** Lets the workers forget it. */
  close(): void {
    for (const { seat, session, tenure } of this.players) forget(seat, session, tenure)
  }

  private get isUnfinished(): boolean {
    return this.players.some(({ unfinished }) => unfinished)
  }

  /** While the network is waited for. */
  private async meanwhile(missing: number): Promise<void> {
    if (this.isUnfinished) return this.round()
    if (missing <= FEW_VALUES) await this.rehearseAnew()
  }

  /** Where results have come since the last time. @returns whether it was done */
  private async rehearseAnew(): Promise<boolean> {
    const count = this.players.reduce((sum, { results }) => sum + results.length, 0)
    const [host, ...others] = this.players
    if (host === undefined || count === this.rehearsedResults) return false
    this.rehearsedResults = count
    const results = others.flatMap((player) => player.results)
    const call = runAt(host, this.options, (evm, ticket) => evm.rehearse(host.session, results, ROUND_MS, ticket))
    this.rehearsed = await call.catch(whenLost([]))
    return true
  }

  /** What emptied slots leave alone, where results have come since the last time: in the trip of the last chains of reads. */
  private async fetchBeside(): Promise<void> {
    const results = this.results()
    if (results.length === this.besideResults) return
    this.besideResults = results.length
    await this.options.fetch.prefetchWrites(expectedEmptying(results))
  }

  private async round(): Promise<void> {
    await this.each(async (player) => {
      const { session, steps } = player
      const round: SpeculationRound = await runAt(player, this.options, (evm, ticket) =>
        evm.speculate(session, steps, ROUND_MS, ticket),
      )
      player.missing = round.missing.map(({ value }) => value)
      player.unfinished = round.unfinished.length > 0
      player.results.push(...round.complete)
    })
  }

  private tell(learned: readonly LearnedValue[]): Promise<void> {
    return this.each((player) =>
      runAt(player, this.options, (evm, ticket) => evm.learn(player.session, learned, ticket)),
    )
  }

  /** Of those that are still there. */
  private async each(call: (player: Player) => Promise<void>): Promise<void> {
    const stays = await Promise.all(this.players.map((player) => call(player).then(() => true, whenLost(false))))
    this.players = this.players.filter((_, index) => stays[index])
  }
}

type OpenPlayer = Player & { readonly groups: readonly (readonly number[])[] }

async function openPlayer(seat: EvmSeat, options: SpeculationOptions): Promise<OpenPlayer | undefined> {
  const { job, known, together, accessList } = options
  const session = seat.newSession()
  const { tenure } = seat
  const speculation = { job, known, earlier: NO_VALUES, together, accessList }
  const opened = await runAt({ seat, tenure }, options, (evm, ticket) => evm.open(session, speculation, ticket)).catch(
    (error: unknown) => {
      // It may have begun all the same, with nobody to end it.
      forget(seat, session, tenure)
      throw error
    },
  )
  if (opened.kind === 'invalid') return undefined
  const { groups, lacking: missing } = opened
  return { seat, tenure, session, groups, steps: [], unfinished: false, missing, results: [] }
}

/** A part of the block's work, which ends with the block. */
function runAt<T>(
  { seat, tenure }: Pick<Player, 'seat' | 'tenure'>,
  { kind, signal }: SpeculationOptions,
  use: UseEvm<T>,
): Promise<T> {
  return seat.run(use, { kind, signal, tenure })
}

function forget(seat: EvmSeat, session: number, tenure: Tenure): void {
  seat.run((evm) => evm.close(session), { tenure }).catch(() => undefined)
}

/** Every so-manyeth sender's transactions; what follows all transactions goes with the first part. */
function share(groups: readonly (readonly number[])[], part: number, parts: number): SpeculativeStep[] {
  const own = groups.filter((_, index) => index % parts === part).flat()
  return part === 0 ? [...own, 'closing'] : own
}

function whenLost<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof EvmLostError) return instead
    throw error
  }
}
