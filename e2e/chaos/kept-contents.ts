/** What the store of the page must have, by what the page said was kept and by what the chain says that belongs to it. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hex } from '../../src/chain/bytes.ts'
import { STATE_MEDIA_TYPE, STATE_SERVICE_PATH } from '../../src/network/state-service/constants.ts'
import { decodeAnswer } from '../../src/network/state-service/answer-codec.ts'
import { BLOCK_PARTS } from '../../src/network/state-service/http-form.ts'
import { jsonRpc } from '../interop/json-rpc.ts'
import type { AskedContent } from './logging-proxy.ts'

/** ms: what was kept later than this before a kill may be lost with it. */
export const LOSS_MS = 1_000

interface Kept {
  readonly block: number
  /** ms since 1970 at which the page said so. */
  readonly at: number
  /** Of the session that kept it: how often the page had been killed before. */
  readonly session: number
}

export interface Refetched extends AskedContent {
  readonly block: number
}

export class KeptContents {
  private readonly byHash = new Map<string, Kept>()

  /** Where it is kept already, the first time counts. */
  add(contents: readonly string[], kept: Kept): void {
    for (const hash of contents) if (!this.byHash.has(hash)) this.byHash.set(hash, kept)
  }

  /**
   * Of what was asked in a session, what had been kept for long enough: a second before the end of the session that kept
   * it, or before the request in the same session.
   * @param endOf ms since 1970 at which a session was killed; undefined of the one that lives
   */
  refetched(asked: readonly AskedContent[], endOf: (session: number) => number | undefined): Refetched[] {
    return asked.flatMap((one) => {
      const kept = this.byHash.get(one.hash)
      if (kept === undefined) return []
      const limit = Math.min(one.at, endOf(kept.session) ?? one.at)
      return kept.at + LOSS_MS < limit ? [{ ...one, block: kept.block }] : []
    })
  }
}

/** All nodes and codes that executing the block reads, and the root of the state that it leaves, as the gateway has them. */
export async function contentsOf(gateway: string, hash: Hex): Promise<readonly string[]> {
  const url = `${gateway}${STATE_SERVICE_PATH}/blocks/${hash}/${BLOCK_PARTS.witnessMetadata}`
  const [answer, block] = await Promise.all([
    fetch(url, { headers: { accept: STATE_MEDIA_TYPE } }),
    jsonRpc(`${gateway}/rpc`, 'eth_getBlockByHash', [hash, false]) as Promise<{ readonly stateRoot: Hex } | null>,
  ])
  if (!answer.ok || block === null) throw new Error(`the gateway has no block ${hash} (${answer.status})`)
  const decoded = decodeAnswer('witnessMetadata', new Uint8Array(await answer.arrayBuffer()))
  if (decoded.kind === 'failure') throw new Error(`${url}: ${decoded.failure.message}`)
  const { nodes, codes } = decoded.answer
  return [...[...nodes, ...codes].map((content) => bytesToHex(content)), block.stateRoot]
}
