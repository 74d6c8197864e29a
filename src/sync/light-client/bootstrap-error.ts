/** Why no chain could begin at a root that is trusted: the last rung of the ladder that looked for the reason. */
import { bytesToHex } from '@ethereumjs/util'
import type { Root } from '../../chain/bytes.ts'
import type { WeakSubjectivityError } from '../../consensus/weak-subjectivity.ts'

/** In the order in which they are looked for. */
export type BootstrapFault =
  /** No server has said anything of the block. */
  | { readonly code: 'unanswered' }
  /** Servers answer, and none knows the block. */
  | { readonly code: 'unknown' }
  /** Its slot is too old to start from, or not there yet; `error.fault` tells. */
  | { readonly code: 'age'; readonly slot: number; readonly error: WeakSubjectivityError }
  | { readonly code: 'notCanonical'; readonly slot: number }
  | { readonly code: 'notFinalized'; readonly slot: number }
  | {
      readonly code: 'notBoundary'
      readonly slot: number
      readonly slotsIntoEpoch: number
      /** An ancestor of the trusted block, so as trustworthy as it; undefined where nobody could name it. */
      readonly before: { readonly root: Root; readonly slot: number } | undefined
    }
  /** Everything is well with the block, but its light-client data is not there any more, or never was. */
  | { readonly code: 'pruned'; readonly slot: number }

/** What came of asking one server. */
export interface ServerWord {
  readonly server: string
  readonly said: string
}

export class BootstrapError extends Error {
  override name = 'BootstrapError'
  /** @param note what else may explain it, as a sentence of its own */
  constructor(
    readonly root: Root,
    readonly fault: BootstrapFault,
    readonly servers: readonly ServerWord[],
    note?: string,
  ) {
    super(describe(root, fault, servers) + (note === undefined ? '' : ` ${note}`))
  }
}

/** Servers that a message names; the rest are in {@link BootstrapError.servers}. */
const MAX_NAMED = 3

function describe(root: Root, fault: BootstrapFault, servers: readonly ServerWord[]): string {
  const hex = bytesToHex(root)
  const names = namesOf(servers)
  const have = `${names} ${servers.length === 1 ? 'has' : 'have'} no bootstrap for ${hex}`
  const other = 'Use a root from a checkpoint source'
  switch (fault.code) {
    case 'unanswered':
      return `no server has answered for a bootstrap of ${hex}: ${wordsOf(servers)}. They are asked again`
    case 'unknown':
      return `${have}: none of them knows the block (${wordsOf(servers)}). ${other}; is it of this network?`
    case 'age':
      return `no chain starts from ${hex}: ${fault.error.message}.`
    case 'notCanonical':
      return `${have}: the block of slot ${fault.slot} is not on their chain. ${other}.`
    case 'notFinalized':
      return `${have}: the block of slot ${fault.slot} is not finalized yet. Wait, or use an older root from a checkpoint source.`
    case 'notBoundary': {
      const { slot, slotsIntoEpoch, before } = fault
      const into = `${slotsIntoEpoch} ${slotsIntoEpoch === 1 ? 'slot' : 'slots'} into its epoch`
      const instead = before === undefined ? '' : `, or ${bytesToHex(before.root)}, the boundary before it`
      return `${have}: the root is not a finalized epoch boundary (slot ${slot} is ${into}). ${other}${instead}.`
    }
    case 'pruned':
      return `${have}: they hold the finalized block of slot ${fault.slot}, but no light-client data of it any more. Use a newer root from a checkpoint source, or a server that keeps more.`
  }
}

function namesOf(servers: readonly ServerWord[]): string {
  const named = servers.slice(0, MAX_NAMED).map(({ server }) => server)
  const more = servers.length - named.length
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function wordsOf(servers: readonly ServerWord[]): string {
  const words = servers.slice(0, MAX_NAMED).map(({ server, said }) => `${server}: ${said}`)
  const more = servers.length - words.length
  return `${words.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}
