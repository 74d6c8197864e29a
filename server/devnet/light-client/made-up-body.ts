/** The body of a generated block: its payload or bid and its signatures are the chain's, the rest is made up. */
import { forkAtSlot, isAtLeast } from '../../../src/chain/beacon-config.ts'
import { asHash, asRoot, type Root } from '../../../src/chain/bytes.ts'
import type { ForkName, Network } from '../../../src/chain/network.ts'
import type { SyncAggregate } from '../../../src/consensus/containers/ssz-types.ts'
import type { BlockBody, BodyExecution, PayloadBid } from '../../beacon-api/block-body.ts'
import type { ExecutionParent } from './execution-payloads.ts'
import type { SlotPayload } from './payload-maker.ts'
import { broughtBlock } from './payload-maker.ts'
import { requestsTree } from './requests-tree.ts'
import { seededBytes } from './seeded.ts'

export interface BodyOptions {
  /** Capella or later. */
  readonly slot: number
  readonly parentRoot: Root
  readonly syncAggregate: SyncAggregate
  /** What the payload builds on. */
  readonly parent: ExecutionParent
  readonly brought: SlotPayload
  /** Of the payload of the block before, where a block of Gloas finds it revealed. */
  readonly parentRequests: readonly Uint8Array[]
}

/** @throws {RangeError} where the slot's fork cannot carry what is brought */
export function bodyOf(network: Network, seed: string, options: BodyOptions): BlockBody {
  const { slot, syncAggregate } = options
  const fork = forkAtSlot(network, slot).name
  const [first, second, third] = ['a', 'b', 'c'].map((part) => seededBytes(`${seed}, randao reveal ${slot}${part}`))
  return {
    randaoReveal: Uint8Array.of(...(first ?? []), ...(second ?? []), ...(third ?? [])),
    graffiti: GRAFFITI,
    syncAggregate,
    execution: isAtLeast(fork, 'gloas') ? promised(fork, seed, options) : held(fork, options),
  }
}

const GRAFFITI = new Uint8Array(32)
GRAFFITI.set(new TextEncoder().encode('Beamtab devnet'))

function held(fork: ForkName, { slot, brought }: BodyOptions): BodyExecution {
  if (brought.kind === 'hash' || brought.kind === 'withheld') {
    throw new RangeError(
      `the block of slot ${slot} is in ${fork}, which holds whole payloads; one known by its hash came`,
    )
  }
  const { payload, executionRequests } = brought.kind === 'own' ? brought.made.carried : brought.carried
  return { kind: 'payload', payload, requests: isAtLeast(fork, 'electra') ? (executionRequests ?? []) : undefined }
}

function promised(fork: ForkName, seed: string, options: BodyOptions): BodyExecution {
  const { slot, parentRoot, parent, brought, parentRequests } = options
  if (brought.kind === 'repeated') {
    throw new RangeError(`the block of slot ${slot} is in ${fork}, which promises new payloads and repeats none`)
  }
  const carried = brought.kind === 'own' ? brought.made.carried : undefined
  const bid: PayloadBid = {
    parentBlockHash: parent.blockHash,
    parentBlockRoot: parentRoot,
    blockHash: asHash(broughtBlock(brought).blockHash),
    prevRandao: carried?.payload.prevRandao ?? seededBytes(`${seed}, randao ${slot}`),
    feeRecipient: carried?.payload.feeRecipient ?? new Uint8Array(20),
    gasLimit: carried?.payload.gasLimit ?? UNKNOWN_GAS_LIMIT,
    builderIndex: 0,
    slot,
    executionRequestsRoot: asRoot(requestsTree(fork, carried?.executionRequests ?? []).root),
  }
  return { kind: 'bid', bid, parentRequests }
}

/** Of a block that is known by its hash alone: nobody can hold the bid against it. */
const UNKNOWN_GAS_LIMIT = 0
