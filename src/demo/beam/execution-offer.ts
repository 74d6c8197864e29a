/** Whether blocks of what is followed can be executed here, and by which servers. */
import type { BeamtabOptions } from '../../client/public-types.ts'
import { parseServerList } from '../follow/server-list.ts'
import type { FollowState } from '../follow/follow-state.ts'

/** Empty where the network file's are meant. */
export type StateServerOptions = Pick<BeamtabOptions, 'servers'>

export type ExecutionOffer =
  | { readonly kind: 'servers'; readonly options: StateServerOptions }
  /** Nothing is followed, so that no block is known to be the chain's. */
  | { readonly kind: 'not-following' }
  /** Neither the network file nor the visitor names a server of state. */
  | { readonly kind: 'no-servers' }
  /** A link began to follow: what somebody else's checkpoint leads to is not downloaded, nor kept, before the visitor says so. */
  | { readonly kind: 'linked' }

/** What the visitor names stands in place of what the network file names. */
export function executionOffer({ active, networkFile }: FollowState): ExecutionOffer {
  if (active === undefined) return { kind: 'not-following' }
  const { urls } = parseServerList(active.settings.executionServers)
  if (urls.length === 0 && networkFile?.namesStateServers !== true) return { kind: 'no-servers' }
  if (active.origin === 'address') return { kind: 'linked' }
  return { kind: 'servers', options: urls.length === 0 ? {} : { servers: urls } }
}

/** What the client is to execute by; undefined where it executes nothing. */
export function wantedExecution(follow: FollowState): StateServerOptions | undefined {
  const offer = executionOffer(follow)
  return follow.mode === 'beam' && offer.kind === 'servers' ? offer.options : undefined
}
