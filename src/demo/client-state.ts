/** The chosen client as the page knows it. */
import type { BeamtabStatus, LightStatus } from '../client/public-types.ts'

export type ClientState =
  /** `light` is what can be told before the workers answer: the heads of the last visit. */
  | { readonly kind: 'starting'; readonly light?: LightStatus }
  | { readonly kind: 'ready'; readonly status: BeamtabStatus }
  | { readonly kind: 'failed'; readonly reason: string }

export function lightOf(client: ClientState): LightStatus | undefined {
  return client.kind === 'ready' ? client.status.light : undefined
}
