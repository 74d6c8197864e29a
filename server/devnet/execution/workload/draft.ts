/** What a transaction of the workload does, before somebody is found who sends and pays it. */
import type { Common } from '@ethereumjs/common'
import type { AddressBytes } from '../../../../src/chain/bytes.ts'
import type { DevnetAccounts, Sender } from '../accounts.ts'

export interface Draft {
  /** Undefined: a creation. */
  readonly to: AddressBytes | undefined
  /** wei */
  readonly value?: bigint
  readonly data?: Uint8Array
  /** Of Cancun's prices; later forks' are looked after by whoever sends it. */
  readonly gasLimit: bigint
  /** Blobs whose hashes it carries (EIP-4844); the blobs themselves nobody makes. */
  readonly blobs?: number
  /** Accounts that are to run an address's code, or their own nothing again (EIP-7702). */
  readonly delegations?: readonly { readonly authority: Sender; readonly to: AddressBytes }[]
  /** Slots that an access list may name (EIP-2930). */
  readonly slots?: readonly Uint8Array[]
}

export interface DraftTools {
  readonly accounts: DevnetAccounts
  readonly sender: Sender
  readonly common: Common
  /** Of the beacon block. */
  readonly slot: number
  readonly blockNumber: number
  /** Blocks that there are before it. */
  readonly ancestors: number
  /** Blobs that the block still takes at a price that anybody pays. */
  readonly blobsLeft: number
  readonly depositContract: AddressBytes
  readonly random: Random
}

/** Numbers from a seed, in the forms that are wanted here. */
export class Random {
  /** @param next from 0 (included) to 1 (excluded) */
  constructor(private readonly next: () => number) {}

  /** Both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  oneIn(chances: number): boolean {
    return this.between(1, chances) === 1
  }

  pick<T>(items: readonly T[]): T {
    return items[this.between(0, items.length - 1)]!
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.between(0, 255))
  }
}
