/** A client asked through its provider, in Node or in a page, with the time each answer takes there. */
import { startClient } from '../src/client/client.ts'
import type { Platform } from '../src/client/platform.ts'
import type { Mode } from '../src/client/public-types.ts'

/** Plain data: it goes to the page. */
export interface RpcClientStart {
  /** A network file. */
  readonly network: object
  readonly servers: readonly string[]
  readonly mode: Mode
}

export interface RpcAsk {
  readonly method: string
  readonly params: readonly unknown[]
}

export interface RpcAnswer {
  readonly ms: number
  readonly result?: unknown
  /** Why there is none. */
  readonly error?: string
}

export interface RpcClient {
  ask(call: RpcAsk): Promise<RpcAnswer>
  /** All at one moment: ms until the last is answered. @throws {Error} where one fails */
  askAll(calls: readonly RpcAsk[]): Promise<number>
  /** Blocks executed since the start. */
  executed(): Promise<number>
  end(): Promise<void>
}

/** Resolves at the first head. */
export async function startRpcClient(
  platform: Platform,
  { network, servers, mode }: RpcClientStart,
): Promise<RpcClient> {
  // The chain stands still while it is asked.
  const client = await startClient({ network, servers, mode, maxHeadAge: Infinity }, platform)
  await client.waitForHead()
  const request = ({ method, params }: RpcAsk) => client.provider.request({ method, params: [...params] as never })
  return {
    async ask(call) {
      const start = performance.now()
      try {
        const result = await request(call)
        return { ms: performance.now() - start, result }
      } catch (error) {
        return { ms: performance.now() - start, error: (error as Error).message }
      }
    },
    async askAll(calls) {
      const start = performance.now()
      await Promise.all(calls.map(request))
      return performance.now() - start
    },
    executed: async () => client.status().beam?.blocks.totals.verified ?? 0,
    end: () => client.close(),
  }
}
