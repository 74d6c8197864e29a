/** The requests that a beacon node answers. */
import type { Answers, RequestError } from '../request-server.ts'
import type { BeaconRest } from './beacon-rest.ts'
import { fetchBlockPayload, fetchPayloadEnvelope } from './block-routes.ts'
import { fetchHeaderByRoot, fetchHeaderBySlot } from './header-routes.ts'
import { fetchBootstrap, fetchFinalityUpdate, fetchOptimisticUpdate, fetchUpdates } from './light-client-routes.ts'
import { fetchStateProof } from './state-proof-route.ts'

type Fetch<Q, R> = (rest: BeaconRest, request: Q, signal: AbortSignal) => Promise<R>

/** @param refusal why nothing is asked of this server, where that is so */
export function beaconAnswers(rest: BeaconRest, refusal: () => RequestError | undefined): Answers {
  const asked =
    <Q, R>(fetch: Fetch<Q, R>) =>
    async (request: Q, signal: AbortSignal): Promise<R> => {
      const error = refusal()
      if (error !== undefined) throw error
      return fetch(rest, request, signal)
    }
  return {
    bootstrap: asked(fetchBootstrap),
    updates: asked(fetchUpdates),
    finalityUpdate: asked((_, __, signal) => fetchFinalityUpdate(rest, signal)),
    optimisticUpdate: asked((_, __, signal) => fetchOptimisticUpdate(rest, signal)),
    headerByRoot: asked(fetchHeaderByRoot),
    headerBySlot: asked(fetchHeaderBySlot),
    blockPayload: asked(fetchBlockPayload),
    payloadEnvelope: asked(fetchPayloadEnvelope),
    stateProof: asked(fetchStateProof),
  }
}
