/**
 * Contracts whose calls get in each other's way: where one has written what a later one of another sender reads, the later
 * one's early result does not hold, unless it ran after the other. Those are run in one series. A guess: a wrong one costs
 * time, as results are taken over only where all that they read is so.
 */
import type { StateRead, TransactionResult } from '../../execution/speculation/transaction-result.ts'
import type { Call } from './call.ts'

/** Pairs of contracts that are remembered, those seen last: a mainnet block shows up to 200. */
const MAX_LINKS = 4_096
/** Share of the blocks that called both in which there has to be a conflict: below, more stand in line for nothing. */
const LEAST_SHARE = 0.5
/** Blocks after which those before count half: contracts are in fashion for hours. */
const BLOCKS_REMEMBERED = 16

interface Link {
  /** The smaller number first; both may be the same. */
  readonly contracts: readonly [bigint, bigint]
  /** Blocks that called both, by more than one sender. */
  uses: number
  /** Of those, where a call of one was in the way of a call of the other. */
  conflicts: number
}

/** Always: at most {@link MAX_LINKS} links; those that had a conflict last stay. */
export class ConflictPatterns {
  private readonly links = new Map<string, Link>()

  /** @param results of these calls, by their positions, those that there are */
  learn(calls: readonly Call[], results: readonly TransactionResult[]): void {
    const found = new Map<string, Link>()
    for (const [before, after] of conflictsIn(results)) {
      const contracts = pairOf(calls[before]?.to, calls[after]?.to)
      if (contracts === undefined || calls[before]!.sender === calls[after]!.sender) continue
      const name = contracts.join(' ')
      found.set(name, this.links.get(name) ?? { contracts, uses: 0, conflicts: 0 })
    }
    for (const [name, link] of found) {
      // The newest stand last.
      this.links.delete(name)
      this.links.set(name, link)
      link.conflicts += 1
    }
    const called = callsByContract(calls)
    for (const [name, link] of this.links) {
      if (found.has(name) || areBothCalled(link, called, calls)) link.uses += 1
      if (link.uses < BLOCKS_REMEMBERED) continue
      link.uses /= 2
      link.conflicts /= 2
    }
    for (const oldest of this.links.keys()) {
      if (this.links.size <= MAX_LINKS) break
      this.links.delete(oldest)
    }
  }

  /** Sets of positions that had better run in series. */
  together(calls: readonly Call[]): number[][] {
    const called = callsByContract(calls)
    return [...this.links.values()].flatMap(({ contracts: [one, other], uses, conflicts }) => {
      if (conflicts < LEAST_SHARE * uses) return []
      const set = [...new Set([...(called.get(one) ?? []), ...(called.get(other) ?? [])])]
      return set.length > 1 ? [set] : []
    })
  }
}

/** Pairs of positions: what the first has written, the second read. */
export function* conflictsIn(results: readonly TransactionResult[]): Generator<readonly [number, number]> {
  const writers = new Map<string, Set<number>>()
  const write = (name: string, index: number): void => {
    const known = writers.get(name)
    if (known === undefined) writers.set(name, new Set([index]))
    else known.add(index)
  }
  for (const { index, reads, effects } of [...results].sort((a, b) => a.index - b.index)) {
    for (const read of reads) {
      const name = nameOfRead(read)
      for (const writer of (name !== undefined && writers.get(name)) || []) yield [writer, index]
    }
    for (const effect of effects) {
      if (effect.kind === 'deleted') {
        write(`account ${effect.key}`, index)
        continue
      }
      for (const [slot] of effect.slots) write(`slot ${effect.key} ${slot}`, index)
      if (effect.balanceAdded !== 0n) write(`balance ${effect.key}`, index)
      if (effect.code !== undefined || effect.storage === 'cleared') write(`account ${effect.key}`, index)
    }
  }
}

/** Undefined where no write of another is likely to make a difference: bounds on a balance hold for many. */
function nameOfRead(read: StateRead): string | undefined {
  switch (read.kind) {
    case 'slot':
      return `slot ${read.key} ${read.slot}`
    case 'balance':
      return read.min === read.max ? `balance ${read.key}` : undefined
    case 'codeHash':
    case 'storageRoot':
    case 'existence':
      return `account ${read.key}`
    case 'account':
    case 'nonce':
    case 'code':
      return undefined
  }
}

function pairOf(one: bigint | undefined, other: bigint | undefined): readonly [bigint, bigint] | undefined {
  if (one === undefined || other === undefined) return undefined
  return one < other ? [one, other] : [other, one]
}

function callsByContract(calls: readonly Call[]): Map<bigint, number[]> {
  const called = new Map<bigint, number[]>()
  for (const [index, { to }] of calls.entries()) {
    if (to === undefined) continue
    const known = called.get(to)
    if (known === undefined) called.set(to, [index])
    else known.push(index)
  }
  return called
}

function areBothCalled({ contracts }: Link, called: ReadonlyMap<bigint, number[]>, calls: readonly Call[]): boolean {
  if (contracts.some((contract) => !called.has(contract))) return false
  const senders = contracts.flatMap((contract) => called.get(contract)!.map((index) => calls[index]!.sender))
  return new Set(senders).size > 1
}
