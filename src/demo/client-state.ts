/** The chosen client as the page knows it. */
import type { BeamtabStatus } from '../client/public-types.ts'

export type ClientState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly status: BeamtabStatus }
  | { readonly kind: 'failed'; readonly reason: string }
