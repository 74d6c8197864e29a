/** Statuses of a light client at each stage, for tests of what the page says of them. */
import type { FollowedHead, Hex, LightServer, LightStatus } from '../../client/public-types.ts'
import { HASH_A, HASH_B, STATUS } from '../fixtures.ts'
import { initialState, reduce, type PageState } from '../page-state.ts'
import { NO_SETTINGS } from './follow-settings.ts'

export const HASH_C: Hex = `0x${'cc'.repeat(32)}`

export const HEAD: FollowedHead = {
  slot: 12_345_678,
  blockRoot: HASH_A,
  execution: { hash: HASH_B, number: 23_456_789 },
  signers: 510,
  committeeSize: 512,
  server: 'beacon.example',
}

export const SERVER: LightServer = {
  name: 'beacon.example',
  kind: 'beacon',
  availability: 0.97,
  verification: 0.62,
  announcedSlot: 12_345_679,
  validSlot: 12_345_678,
  lastError: undefined,
}

export const LIAR: LightServer = {
  ...SERVER,
  name: 'liar.example',
  verification: 0.125,
  validSlot: undefined,
  lastError: 'SignatureError: liar.example sent a finality update whose signature is not the committee’s',
}

/** Nothing known yet but a clock and one server. */
export const DECIDING: LightStatus = {
  stage: { kind: 'checkpoint', problem: undefined },
  currentSlot: 12_345_679,
  genesisTime: 1_606_824_023,
  slotSeconds: 12,
  checkpoint: undefined,
  checkpointNotes: [],
  committees: undefined,
  finalized: undefined,
  optimistic: undefined,
  announced: undefined,
  resumed: undefined,
  clockSkewMs: undefined,
  defect: undefined,
  servers: [{ ...SERVER, availability: 0.5, verification: 0.5, announcedSlot: undefined, validSlot: undefined }],
}

export const PROVING: LightStatus = {
  ...DECIDING,
  stage: { kind: 'committees' },
  checkpoint: { root: HASH_C, slot: 12_300_000, by: 'given' },
  committees: { first: 1_500, period: 1_504, target: 1_511 },
  servers: [SERVER],
}

export const FOLLOWING: LightStatus = {
  ...PROVING,
  stage: { kind: 'following' },
  committees: { first: 1_500, period: 1_511, target: 1_511 },
  finalized: { ...HEAD, slot: 12_345_600, execution: { hash: HASH_C, number: undefined } },
  optimistic: HEAD,
  announced: { slot: 12_345_679, blockRoot: HASH_C, servers: 2 },
  servers: [SERVER, LIAR],
}

export const RESUMED: LightStatus = {
  ...DECIDING,
  resumed: { optimisticSlot: 12_340_000, finalizedSlot: 12_339_936, blockRoot: HASH_A },
}

export const STALE: LightStatus = { ...FOLLOWING, stage: { kind: 'stale', ageSeconds: 190 } }

export const CLOCK_BEHIND: LightStatus = { ...FOLLOWING, stage: { kind: 'clock-behind', seconds: 88 } }

export const DISPUTED: LightStatus = {
  ...FOLLOWING,
  stage: { kind: 'disputed', what: 'two thirds of a sync committee signed two different finalized blocks' },
}

/** The page while its client tells that of following; the client tells nothing where there is none. */
export function pageFollowing(light: LightStatus | undefined, settings = NO_SETTINGS): PageState {
  return [
    { type: 'settings-read', settings, origin: 'visitor' } as const,
    { type: 'follow-begun', origin: 'visitor' } as const,
    { type: 'client-changed', client: { kind: 'ready', status: { ...STATUS, light } } } as const,
  ].reduce(reduce, initialState('mainnet'))
}
