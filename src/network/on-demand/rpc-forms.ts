/** The forms that any execution client's JSON-RPC has. */
import type { ExecutionNetwork } from '../../chain/network.ts'
import type { RawBlock } from '../../execution/block/raw-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { RequestError } from '../request-server.ts'
import type { ServedWitness, TouchedKeys } from '../state-service/messages.ts'
import { executeOnDemand } from './execute-on-demand.ts'
import { keysOfAccessList } from './likely-keys.ts'
import { ProofFetcher } from './proof-fetcher.ts'
import { askBlockAccessList } from './rpc-block-access-list.ts'
import { RpcBlocks } from './rpc-blocks.ts'
import type { RpcServer } from './rpc-server.ts'
import { askWitness } from './rpc-witness.ts'

export class RpcForms {
  readonly blocks: RpcBlocks

  constructor(
    private readonly rpc: RpcServer,
    private readonly network: ExecutionNetwork,
    private readonly crypto: WasmCrypto,
  ) {
    this.blocks = new RpcBlocks(rpc, network, crypto.keccak)
  }

  /** @throws {RequestError} @throws {WitnessError} */
  async proofs(block: RawBlock): Promise<ServedWitness> {
    const { network, crypto, blocks, rpc } = this
    const { header } = block
    const at = { before: { number: header.number - 1, hash: header.parentHash }, after: header }
    const fetcher = new ProofFetcher(rpc, at, crypto.keccak)
    return executeOnDemand({ network, block, blocks, fetcher, crypto, likely: await this.#likelyKeys(block) })
  }

  /**
   * Takes what clients give: headers as RLP or as objects, lists in any order, keys or none.
   * @throws {RequestError} @throws {WitnessError}
   */
  async rpcWitness({ header }: RawBlock): Promise<ServedWitness> {
    const witness = await askWitness(this.rpc, header, this.crypto.keccak)
    if (witness.headers.length > 0) return witness
    return { ...witness, headers: await this.blocks.headers(header.parentHash, 1) }
  }

  async #likelyKeys({ header }: RawBlock): Promise<readonly TouchedKeys[]> {
    if (header.fieldCount < FIELDS_WITH_ACCESS_LIST) return []
    try {
      const list = await askBlockAccessList(this.rpc, header)
      return list === undefined ? [] : keysOfAccessList(list)
    } catch (error) {
      if (error instanceof RequestError && error.fault.code === 'absent') return []
      throw error
    }
  }
}

/** Amsterdam's: the list's hash, and the slot. */
const FIELDS_WITH_ACCESS_LIST = 22
