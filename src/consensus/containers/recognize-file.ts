/** Tells which light-client object a file holds, by its content: names say nothing. */
import type { Network } from '../../chain/network.ts'
import { DecodeError } from './decode-error.ts'
import type { DecodedUpdate } from './decode.ts'
import type { LightClientBootstrap, LightClientUpdate } from './light-client-objects.ts'
import { readBootstrap, readHeadUpdate, readUpdates } from './read-file.ts'

export type RecognizedFile =
  | { readonly kind: 'bootstrap'; readonly bootstrap: LightClientBootstrap }
  | { readonly kind: 'updates'; readonly updates: readonly DecodedUpdate[] }
  | { readonly kind: 'finalityUpdate'; readonly update: LightClientUpdate }
  | { readonly kind: 'optimisticUpdate'; readonly update: LightClientUpdate }
  /** The reason is of the form that came closest. */
  | { readonly kind: 'unknown'; readonly reason: string }

/**
 * The objects are told apart by trying, those with most fields first: an update holds all that a finality update does. A
 * stream of updates that is damaged in part is still one, update by update; that is what is left when nothing else fits.
 */
export function recognizeFile(network: Network, bytes: Uint8Array): RecognizedFile {
  const updates = readUpdates(network, bytes)
  if (updates.length > 0 && updates.every(({ kind }) => kind === 'update')) return { kind: 'updates', updates }
  return (
    attempt(() => ({ kind: 'bootstrap', bootstrap: readBootstrap(network, bytes) })) ??
    attempt(() => ({ kind: 'finalityUpdate', update: readHeadUpdate(network, 'finalityUpdate', bytes) })) ??
    attempt(() => ({ kind: 'optimisticUpdate', update: readHeadUpdate(network, 'optimisticUpdate', bytes) })) ??
    recognizeDamagedUpdates(updates)
  )
}

function recognizeDamagedUpdates(updates: readonly DecodedUpdate[]): RecognizedFile {
  if (updates.some(({ kind }) => kind === 'update')) return { kind: 'updates', updates }
  const [first] = updates
  const reason = first?.kind === 'malformed' ? first.error.message : 'the file is empty'
  return { kind: 'unknown', reason: `neither a bootstrap nor a finality or optimistic update; as updates: ${reason}` }
}

function attempt(read: () => RecognizedFile): RecognizedFile | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
