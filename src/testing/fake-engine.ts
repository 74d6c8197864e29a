/**
 * An execution client as seen through its Engine API, over real HTTP: checks tokens, keeps blocks, executes nothing. It
 * takes a payload whose parent it has, says SYNCING to others, and INVALID to those it is told to.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeBlock {
  readonly number: number
  readonly parentHash: string
}

export interface EngineCall {
  readonly method: string
  readonly params: readonly unknown[]
}

/** What happens to a call instead of its answer. */
export type EngineMishap =
  | 'stall'
  | 'drop'
  | { readonly status: number; readonly body: string }
  /** Of JSON-RPC. */
  | { readonly error: { readonly code: number; readonly message: string } }

export interface FakeEngineOptions {
  readonly secret: Uint8Array
  readonly genesis: { readonly hash: string } & FakeBlock
  /** Seconds since 1970; tokens must have been issued within 60 s of it. Default: the machine's clock. */
  readonly now?: () => number
}

const ZERO_HASH = `0x${'00'.repeat(32)}`

/** Seconds that a token's time may be off (execution-apis, authentication). */
const MAX_DRIFT = 60

export class FakeEngine {
  /** Those it was told of and took, by hash. */
  readonly blocks = new Map<string, FakeBlock>()
  /** In the order in which they came. */
  readonly calls: EngineCall[] = []
  /** Hashes it calls INVALID, and their descendants. */
  readonly invalid = new Set<string>()
  head: string
  finalized = ZERO_HASH
  /** What it says of a payload whose parent it lacks; the second is what @ethereumjs/client says. */
  lacking: 'SYNCING' | 'ACCEPTED' = 'SYNCING'
  /** Asked before each call with an answer is given. */
  mishap: (call: EngineCall) => EngineMishap | undefined = () => undefined
  /** Calls under way at once, at most. */
  mostAtOnce = 0
  refusedTokens = 0
  #underWay = 0
  #port = 0
  #server: Server | undefined

  constructor(private readonly options: FakeEngineOptions) {
    this.blocks.set(options.genesis.hash, options.genesis)
    this.head = options.genesis.hash
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** On the port it had before, where it had one. */
  start(): Promise<void> {
    const server = createServer((request, response) => {
      void this.#answer(request).then((answer) => {
        if (answer === 'drop') return response.destroy()
        if (answer === 'stall') return
        response.writeHead(answer.status, { 'content-type': 'application/json' })
        response.end(answer.body)
      })
    })
    this.#server = server
    return new Promise((resolve) =>
      server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (server.address() as AddressInfo).port
        resolve()
      }),
    )
  }

  stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    server?.closeAllConnections()
    return new Promise((resolve) => (server === undefined ? resolve() : server.close(() => resolve())))
  }

  /** What a client that was not shut down properly has lost. */
  forgetAllBut(hashes: readonly string[]): void {
    for (const hash of this.blocks.keys()) {
      if (hash !== this.options.genesis.hash && !hashes.includes(hash)) this.blocks.delete(hash)
    }
    if (!this.blocks.has(this.head)) this.head = this.options.genesis.hash
  }

  callsOf(method: RegExp): readonly EngineCall[] {
    return this.calls.filter((call) => method.test(call.method))
  }

  async #answer(request: IncomingMessage): Promise<Exclude<EngineMishap, { error: unknown }>> {
    this.#underWay += 1
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay)
    try {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      if (!this.#isAuthorized(request.headers.authorization ?? '')) {
        this.refusedTokens += 1
        return { status: 401, body: 'Unauthorized: stale or wrong token' }
      }
      const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as EngineCall & { id: number }
      const call = { method, params }
      this.calls.push(call)
      const mishap = this.mishap(call)
      if (mishap === 'stall' || mishap === 'drop' || (mishap !== undefined && 'status' in mishap)) return mishap
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, ...(mishap ?? this.#handle(call)) }) }
    } catch {
      return 'drop'
    } finally {
      this.#underWay -= 1
    }
  }

  #isAuthorized(authorization: string): boolean {
    const [header = '', claims = '', signature = ''] = authorization.replace('Bearer ', '').split('.')
    const expected = createHmac('sha256', this.options.secret).update(`${header}.${claims}`).digest()
    const given = Buffer.from(signature, 'base64url')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false
    const { iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number }
    return Math.abs(iat - (this.options.now?.() ?? Date.now() / 1000)) <= MAX_DRIFT
  }

  #handle({ method, params }: EngineCall): object {
    if (method === 'engine_exchangeCapabilities') return { result: ['engine_newPayloadV2'] }
    if (method === 'eth_blockNumber') {
      return { result: `0x${(this.blocks.get(this.head)?.number ?? 0).toString(16)}` }
    }
    if (method === 'eth_getBlockByHash') return { result: this.#blockJson(params[0] as string) }
    if (method.startsWith('engine_newPayload')) return { result: this.#newPayload(params[0] as NewPayload) }
    if (method.startsWith('engine_forkchoiceUpdated')) return this.#forkchoice(params[0] as Forkchoice)
    return { error: { code: -32601, message: 'Method not found' } }
  }

  #blockJson(hash: string): object | null {
    const block = this.blocks.get(hash)
    return block === undefined ? null : { hash, ...block, number: `0x${block.number.toString(16)}` }
  }

  #newPayload({ blockHash, parentHash, blockNumber }: NewPayload): object {
    if (this.invalid.has(blockHash) || this.invalid.has(parentHash)) {
      this.invalid.add(blockHash)
      return {
        status: 'INVALID',
        latestValidHash: this.blocks.has(parentHash) ? parentHash : null,
        validationError: 'made up',
      }
    }
    if (!this.blocks.has(parentHash)) return { ...SYNCING, status: this.lacking }
    this.blocks.set(blockHash, { number: Number(blockNumber), parentHash })
    return { status: 'VALID', latestValidHash: blockHash, validationError: null }
  }

  #forkchoice({ headBlockHash, safeBlockHash, finalizedBlockHash }: Forkchoice): object {
    if (!this.blocks.has(headBlockHash)) return { result: { payloadStatus: SYNCING, payloadId: null } }
    for (const hash of [safeBlockHash, finalizedBlockHash]) {
      if (hash !== ZERO_HASH && !this.#isAncestor(hash, headBlockHash)) {
        return { error: { code: -38002, message: 'Invalid forkchoice state' } }
      }
    }
    this.head = headBlockHash
    this.finalized = finalizedBlockHash
    return {
      result: {
        payloadStatus: { status: 'VALID', latestValidHash: headBlockHash, validationError: null },
        payloadId: null,
      },
    }
  }

  #isAncestor(hash: string, of: string): boolean {
    for (let at: string | undefined = of; at !== undefined; at = this.blocks.get(at)?.parentHash) {
      if (at === hash) return true
    }
    return false
  }
}

interface NewPayload {
  readonly blockHash: string
  readonly parentHash: string
  readonly blockNumber: string
}

interface Forkchoice {
  readonly headBlockHash: string
  readonly safeBlockHash: string
  readonly finalizedBlockHash: string
}

const SYNCING = { status: 'SYNCING', latestValidHash: null, validationError: null }
