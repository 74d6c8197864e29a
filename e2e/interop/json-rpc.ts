/** Asks an execution client over its open JSON-RPC port. */

/** ms for an answer: the client runs on this machine. */
const LIMIT_MS = 5_000

export async function jsonRpc(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  const { result, error } = (await response.json()) as { readonly result?: unknown; readonly error?: unknown }
  if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`)
  return result
}

export interface BlockNamed {
  readonly number: number
  readonly hash: string
}

/** Undefined where there is none. */
export async function blockAt(url: string, number: number | 'latest'): Promise<BlockNamed | undefined> {
  const tag = number === 'latest' ? number : `0x${number.toString(16)}`
  const block = (await jsonRpc(url, 'eth_getBlockByNumber', [tag, false])) as {
    readonly number: string
    readonly hash: string
  } | null
  return block === null ? undefined : { number: Number(block.number), hash: block.hash }
}
