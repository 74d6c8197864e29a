/** How far a client is in finding a block to start from, for whoever shows it. */
import type { Root } from '../../chain/bytes.ts'
import type { CheckpointTrust } from '../checkpoint/decide.ts'
import type { ServerWord } from './bootstrap-error.ts'

/** What it is doing. */
export type CheckpointProgress =
  /** The policy has not decided on a root. */
  | { readonly kind: 'deciding' }
  /** Proving the kept chain; `links` so far. */
  | { readonly kind: 'loading'; readonly root: Root; readonly links: number }
  /** `servers` have been asked for the bootstrap, none where there is nobody to ask. */
  | { readonly kind: 'asking'; readonly root: Root; readonly servers: readonly string[] }
  /** Nobody has it: finding out why. */
  | { readonly kind: 'explaining'; readonly root: Root }
  /** Until it is tried again. */
  | { readonly kind: 'waiting'; readonly root: Root }
  /** There is a chain. */
  | { readonly kind: 'begun'; readonly root: Root; readonly by: CheckpointTrust }

/** No server that answers light clients is connected. */
export class NoServerError extends Error {
  override name = 'NoServerError'
  /** @param servers that were named, each with the reason */
  constructor(readonly servers: readonly ServerWord[] = []) {
    const words = servers.map(({ server, said }) => (said.includes(server) ? said : `${server}: ${said}`))
    const why = words.length === 0 ? '; name one, or more' : ` (${words.join('; ')})`
    super(`no server that serves light clients can be asked now${why}`)
  }
}
