/** The execution blocks that the light client has proven to be the chain's newest: what beam sync follows. */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { asHash } from '../../chain/bytes.ts'
import type { FollowedHead, LightClientStatus } from '../light-client/light-client-status.ts'
import type { BeamRun } from './beam-run.ts'

/** An execution block below a header that at least two thirds of a sync committee signed. */
export interface SignedBlock {
  readonly hash: PrefixedHexString
  readonly signers: number
  readonly committeeSize: number
  /** Seconds since 1970 at which its header's slot began. */
  readonly slotTime: number
}

/** Each undefined until there is one: before Capella light-client headers prove none. */
export interface ChainHeads {
  readonly optimistic: SignedBlock | undefined
  readonly finalized: SignedBlock | undefined
  /** Why there is no head to follow, in words; undefined where there is one. */
  readonly problem: string | undefined
}

export const NO_HEADS: ChainHeads = { optimistic: undefined, finalized: undefined, problem: 'nothing is followed yet' }

export function headsOf(status: LightClientStatus): ChainHeads {
  const problem = whyNoHead(status)
  // Of two that cannot both be, neither is followed.
  if (status.stage.kind === 'disputed') return { ...NO_HEADS, problem }
  const signed = (head: FollowedHead | undefined): SignedBlock | undefined =>
    head?.execution && {
      hash: head.execution.hash,
      signers: head.signers,
      committeeSize: head.committeeSize,
      slotTime: status.genesisTime + head.slot * status.slotSeconds,
    }
  return { optimistic: signed(status.optimistic), finalized: signed(status.finalized), problem }
}

/** Undefined where there is a head to answer at. */
export function whyNoHead({
  stage,
  optimistic,
  committees,
}: Pick<LightClientStatus, 'stage' | 'optimistic' | 'committees'>): string | undefined {
  switch (stage.kind) {
    case 'checkpoint':
      return `where to start is being decided${stage.problem === undefined ? '' : `: ${stage.problem}`}`
    case 'committees':
      return `sync committees are being proven, ${committees?.period ?? '?'} of ${committees?.target ?? '?'}`
    case 'awaiting-head':
      return 'no head has been proven yet'
    case 'clock-behind':
      return `this machine's clock is ${stage.seconds} s behind what was signed`
    case 'disputed':
      return `the chain is in dispute: ${stage.what}`
    case 'following':
    case 'stale':
      return optimistic?.execution === undefined ? 'the newest header proves no execution block' : undefined
  }
}

export function areSame(a: ChainHeads, b: ChainHeads): boolean {
  return a.optimistic?.hash === b.optimistic?.hash && a.finalized?.hash === b.finalized?.hash && a.problem === b.problem
}

export function follow(beam: BeamRun, { optimistic, finalized }: ChainHeads): void {
  if (optimistic !== undefined) beam.setHead({ hash: asHash(hexToBytes(optimistic.hash)), standing: 'signed' })
  if (finalized !== undefined) beam.setFinalized(asHash(hexToBytes(finalized.hash)))
}
