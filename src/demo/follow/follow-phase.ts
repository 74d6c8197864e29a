/** Where following stands, from pressing Follow to a live head: one union over the client's state and the light client's. */
import type { LightStage, LightStatus } from '../../client/public-types.ts'
import type { ClientState } from '../client-state.ts'
import type { FollowState } from './follow-state.ts'

export type FollowPhase =
  | { readonly kind: 'off' }
  /** The client would not follow as it was asked to. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'loading-network'; readonly from: string }
  | { readonly kind: 'starting' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** The client works and has not told yet how far it is. */
  | { readonly kind: 'beginning' }
  | { readonly kind: 'light'; readonly stage: LightStage; readonly light: LightStatus }

export function followPhase({
  client,
  follow,
}: {
  readonly client: ClientState
  readonly follow: FollowState
}): FollowPhase {
  if (follow.networkLoad.kind === 'loading') return { kind: 'loading-network', from: follow.networkLoad.from }
  if (follow.failure !== undefined) return { kind: 'refused', reason: follow.failure }
  if (follow.active === undefined) return { kind: 'off' }
  switch (client.kind) {
    case 'starting':
      return phaseOf(client.light) ?? { kind: 'starting' }
    case 'ready':
      return phaseOf(client.status.light) ?? { kind: 'beginning' }
    case 'failed':
      return client
  }
}

function phaseOf(light: LightStatus | undefined): FollowPhase | undefined {
  return light === undefined ? undefined : { kind: 'light', stage: light.stage, light }
}
