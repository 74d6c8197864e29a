/** From what the light client and the store say to what the public contract promises. */
import { bytesToHex } from '@ethereumjs/util'
import { slotAtTime } from '../chain/beacon-config.ts'
import type { Network } from '../chain/network.ts'
import type { ResumedHead } from '../state/store/read-kept-heads.ts'
import type { LightClientStatus } from '../sync/light-client/light-client-status.ts'
import { whyNoHead } from '../sync/beam/chain-heads.ts'
import type { BeamtabStatus, LightStatus } from './public-types.ts'

/** Heads of the last visit are of interest until there is a proven one. */
export function lightStatus(status: LightClientStatus, resumed: ResumedHead | undefined): LightStatus {
  const isOfInterest = resumed !== undefined && status.optimistic === undefined
  return { ...status, resumed: isOfInterest ? resumedHead(resumed) : undefined }
}

/** What is being done towards a head, for whoever waits for one. */
export function describeSync({ state, light }: Pick<BeamtabStatus, 'state' | 'light'>): string {
  if (state === 'starting') return 'the client is starting'
  if (light === undefined) return 'nothing is followed'
  return whyNoHead(light) ?? 'the block of the newest signed header is being fetched'
}

/** Whether committees or finalized blocks were proven since. */
export function hasMoreProven(
  { committees, finalized }: Pick<LightStatus, 'committees' | 'finalized'>,
  before: LightStatus | undefined,
): boolean {
  return committees?.period !== before?.committees?.period || finalized?.slot !== before?.finalized?.slot
}

/** What there is to say before the consensus worker has begun. */
export function notYetFollowing(network: Network, now: number): LightClientStatus {
  const { genesisTime, slotSeconds } = network
  return {
    stage: { kind: 'checkpoint', problem: undefined },
    currentSlot: slotAtTime(network, now / 1000),
    genesisTime,
    slotSeconds,
    checkpoint: undefined,
    checkpointNotes: [],
    committees: undefined,
    finalized: undefined,
    optimistic: undefined,
    announced: undefined,
    clockSkewMs: undefined,
    servers: [],
    defect: undefined,
  }
}

function resumedHead({ optimisticSlot, finalizedSlot, blockRoot }: ResumedHead): LightStatus['resumed'] {
  return { optimisticSlot, finalizedSlot, blockRoot: bytesToHex(blockRoot) }
}
