/** The forms that a gateway's state service has. */
import { RequestError } from '../../network/request-server.ts'
import type { ServedWitness, StateAnswerOf } from '../../network/state-service/messages.ts'
import { StateServiceClient } from '../../network/state-service/state-service-client.ts'
import { decodeRawHeader, type RawBlock } from '../../execution/block/raw-block.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { HttpEndpoint } from '../../network/http/http-endpoint.ts'
import { ContentFetcher } from './content-fetcher.ts'
import { executeOnDemand } from '../../network/on-demand/execute-on-demand.ts'
import { keysOfAccessList } from '../../network/on-demand/likely-keys.ts'
import { PathFetcher } from './path-fetcher.ts'
import { ServiceBlocks } from './service-blocks.ts'
import type { StateFetcher } from '../../network/on-demand/state-fetcher.ts'
import { WitnessError } from '../../network/on-demand/witness-error.ts'

export class ServiceForms {
  readonly blocks: ServiceBlocks
  readonly #client: StateServiceClient
  readonly #contents: ContentFetcher

  constructor(
    private readonly endpoint: HttpEndpoint,
    private readonly network: ExecutionNetwork,
    private readonly crypto: WasmCrypto,
    private readonly signal: AbortSignal,
  ) {
    const { name } = endpoint.url
    this.#client = new StateServiceClient(endpoint)
    this.blocks = new ServiceBlocks(name, this.#client, crypto.keccak, signal)
    this.#contents = new ContentFetcher(name, this.#client, crypto.keccak, signal)
  }

  /** @throws {RequestError} @throws {WitnessError}, as all of these */
  witness({ header }: RawBlock): Promise<ServedWitness> {
    return this.#client.ask('witness', { blockHash: header.hash }, this.signal)
  }

  async metadata({ header }: RawBlock): Promise<ServedWitness> {
    const metadata = await this.#client.ask('witnessMetadata', { blockHash: header.hash }, this.signal)
    const headers = await this.blocks.headers(header.parentHash, Math.max(metadata.headers.count, 1))
    return {
      headers: [...headers].reverse(),
      nodes: await this.#contents.get('nodes', metadata.nodes),
      codes: await this.#contents.get('codes', metadata.codes),
      blockHashes: metadata.blockHashes,
      keys: metadata.keys,
    }
  }

  /** Level by level below the keys that are known ahead, the rest node by node. */
  async nodes(block: RawBlock): Promise<ServedWitness> {
    return this.#onDemand(block, this.#contents)
  }

  async paths(block: RawBlock): Promise<ServedWitness> {
    const root = await this.#parentStateRoot(block)
    return this.#onDemand(block, new PathFetcher(root, this.#client, this.#contents, this.crypto.keccak, this.signal))
  }

  async #onDemand(block: RawBlock, fetcher: StateFetcher): Promise<ServedWitness> {
    const { network, crypto, blocks } = this
    const listed = await this.#unlessAbsent('accessList', block)
    const metadata = listed === undefined ? await this.#unlessAbsent('witnessMetadata', block) : undefined
    const likely = listed === undefined ? metadata?.keys : keysOfAccessList(listed.accessList)
    const { blockHashes } = metadata ?? {}
    return executeOnDemand({ network, block, blocks, fetcher, crypto, likely: likely ?? [], blockHashes })
  }

  /** Undefined where the server does not know. */
  async #unlessAbsent<K extends 'accessList' | 'witnessMetadata'>(
    kind: K,
    { header }: RawBlock,
  ): Promise<StateAnswerOf<K> | undefined> {
    try {
      return await this.#client.ask<K>(kind, { blockHash: header.hash }, this.signal)
    } catch (error) {
      if (error instanceof RequestError && error.fault.code === 'absent') return undefined
      throw error
    }
  }

  async #parentStateRoot({ header }: RawBlock) {
    const [parent] = await this.blocks.headers(header.parentHash, 1)
    if (parent === undefined) throw new WitnessError(`${this.endpoint.url.name} does not have the parent's header`)
    return decodeRawHeader(parent, this.crypto.keccak).stateRoot
  }
}
