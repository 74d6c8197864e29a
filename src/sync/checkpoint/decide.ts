/** Which root a chain may start from. The only place where that is decided. */
import { byteArrayEquals } from '@chainsafe/ssz'
import type { Root } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { WeakSubjectivityError, weakSubjectivityFault } from '../../consensus/weak-subjectivity.ts'
import { CheckpointError } from './checkpoint-error.ts'
import type { Quorum } from './quorum.ts'

export type CheckpointTrust = 'given' | 'kept' | 'built-in' | 'quorum'

export interface TrustedCheckpoint {
  readonly kind: 'trusted'
  readonly root: Root
  /** Undefined where only the root was given. */
  readonly epoch: number | undefined
  readonly by: CheckpointTrust
  /** Sources that agree, and those that named another root; of a quorum only. */
  readonly sources: Pick<Quorum, 'sources' | 'dissenting' | 'unheard'> | undefined
  readonly passedOver: readonly PassedOver[]
}

export interface RefusedCheckpoint {
  readonly kind: 'refused'
  /** A {@link CheckpointError} or a {@link WeakSubjectivityError}, unless something broke. */
  readonly error: Error
  readonly passedOver: readonly PassedOver[]
}

export type CheckpointDecision = TrustedCheckpoint | RefusedCheckpoint

/** A root that was at hand, and why it is not the one: a fall-back is never silent. */
export interface PassedOver {
  readonly by: 'kept' | 'built-in'
  readonly error: Error
}

/** What the storage says of the chain in it; believed only once that chain is proven link by link. */
export interface KeptChain {
  readonly root: Root
  readonly finalizedSlot: number
}

export interface RootWithEpoch {
  readonly root: Root
  readonly epoch: number
}

export interface CheckpointChoices {
  readonly network: Network
  /** By our clock. */
  readonly currentSlot: number
  /** By the user: an option, or a network file of theirs. */
  readonly given: Root | undefined
  /** Or why what is kept is of no use. */
  readonly kept: KeptChain | Error | undefined
  readonly builtIn: RootWithEpoch | undefined
  readonly oldCheckpoints: 'refuse' | 'allow'
  /** Where the chain started whose committees contradict each other. */
  readonly disputed: Root | undefined
}

/**
 * The first row that applies:
 *
 * | root                      | when                                                              | else            |
 * |---------------------------|-------------------------------------------------------------------|-----------------|
 * | of the quorum             | the chain is disputed, and the quorum names another root          | refused         |
 * | given by the user         | there is one; its age shows with its block, and is checked there  | next row        |
 * | of the kept chain         | its finalized slot is inside the weak-subjectivity period, or old ones are allowed | passed over |
 * | built in for the network  | its epoch is inside the period                                    | passed over     |
 * | of the quorum             | its epoch is inside the period, or old ones are allowed           | refused         |
 *
 * @param askQuorum rejects with a {@link CheckpointError}, which is then the refusal; other rejections are passed on
 */
export async function decideCheckpoint(
  choices: CheckpointChoices,
  askQuorum: () => Promise<Quorum>,
): Promise<CheckpointDecision> {
  const { given, kept, builtIn, disputed, network } = choices
  if (disputed !== undefined) return decideByQuorum(choices, askQuorum, [])
  if (given !== undefined) return trusted('given', given, undefined, [])
  const passedOver: PassedOver[] = []
  if (kept instanceof Error) passedOver.push({ by: 'kept', error: kept })
  else if (kept !== undefined) {
    const error = ageError(choices, kept.finalizedSlot)
    if (error === undefined) return trusted('kept', kept.root, undefined, passedOver)
    passedOver.push({ by: 'kept', error })
  }
  if (builtIn !== undefined) {
    const error = ageError({ ...choices, oldCheckpoints: 'refuse' }, builtIn.epoch * network.preset.slotsPerEpoch)
    if (error === undefined) return trusted('built-in', builtIn.root, builtIn.epoch, passedOver)
    passedOver.push({ by: 'built-in', error })
  }
  return decideByQuorum(choices, askQuorum, passedOver)
}

async function decideByQuorum(
  choices: CheckpointChoices,
  askQuorum: () => Promise<Quorum>,
  passedOver: readonly PassedOver[],
): Promise<CheckpointDecision> {
  try {
    const { root, epoch, sources, dissenting, unheard } = await askQuorum()
    const tooOld = ageError(choices, epoch * choices.network.preset.slotsPerEpoch)
    if (tooOld !== undefined) return { kind: 'refused', error: tooOld, passedOver }
    if (choices.disputed !== undefined && byteArrayEquals(root, choices.disputed)) {
      return { kind: 'refused', error: new CheckpointError({ code: 'disputedRoot', root }), passedOver }
    }
    return { ...trusted('quorum', root, epoch, passedOver), sources: { sources, dissenting, unheard } }
  } catch (error) {
    if (error instanceof CheckpointError) return { kind: 'refused', error, passedOver }
    throw error
  }
}

/** Why a start at this slot is not allowed; a wrong clock is never allowed away. */
export function ageError(
  { network, currentSlot, oldCheckpoints }: Pick<CheckpointChoices, 'network' | 'currentSlot' | 'oldCheckpoints'>,
  slot: number,
): WeakSubjectivityError | undefined {
  const fault = weakSubjectivityFault(network, slot, currentSlot)
  if (fault === undefined || (fault.code === 'tooOld' && oldCheckpoints === 'allow')) return undefined
  return new WeakSubjectivityError(network, fault)
}

function trusted(
  by: CheckpointTrust,
  root: Root,
  epoch: number | undefined,
  passedOver: readonly PassedOver[],
): TrustedCheckpoint {
  return { kind: 'trusted', root, epoch, by, sources: undefined, passedOver }
}
