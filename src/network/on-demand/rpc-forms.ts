/** The forms that any execution client's JSON-RPC has. */
import { bytesToHex } from '@ethereumjs/util'
import { asHash, type Hash } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { decodeRawHeader, type RawBlock, type RawHeader } from '../../execution/block/raw-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { headerRlpFromJson } from '../execution/header-json.ts'
import { RequestError } from '../request-server.ts'
import type { TouchedKeys } from '../state-service/messages.ts'
import { executeOnDemand } from './execute-on-demand.ts'
import type { Gathered } from './gathered.ts'
import { keysOfAccessList } from './likely-keys.ts'
import { ProofFetcher } from './proof-fetcher.ts'
import { RpcBlocks } from './rpc-blocks.ts'
import type { RpcServer } from './rpc-server.ts'
import type { RpcAnswer } from './rpc-values.ts'

/** Of a witness as hex in JSON: 64 MiB of bytes, and what is around them. */
const MAX_WITNESS_ANSWER = 142_606_336
const MAX_WITNESS_ITEMS = 262_144
/** BLOCKHASH's reach. */
const MAX_ANCESTORS = 256
/** EIP-7928: 150 kB on average at 60 Mgas; as hex. */
const MAX_ACCESS_LIST_ANSWER = 16_777_216

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
  async proofs(block: RawBlock): Promise<Gathered> {
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
  async rpcWitness({ header }: RawBlock): Promise<Gathered> {
    const answer = await this.rpc.callAt('debug_executionWitness', header, (block) => [block], MAX_WITNESS_ANSWER)
    const given = optionalList(answer.member('headers'), MAX_ANCESTORS).map((item) => this.#header(item))
    const linked = chainBefore(header, given)
    const headers = linked.length > 0 ? linked.map(({ rlp }) => rlp) : await this.blocks.headers(header.parentHash, 1)
    return {
      headers: [...headers].reverse(),
      nodes: answer
        .member('state')
        .list(MAX_WITNESS_ITEMS)
        .map((item) => item.bytes()),
      codes: optionalList(answer.member('codes'), MAX_WITNESS_ITEMS).map((item) => item.bytes()),
      blockHashes: blockHashesIn(answer.member('blockHashes')),
      keys: undefined,
    }
  }

  async #likelyKeys({ header }: RawBlock): Promise<readonly TouchedKeys[]> {
    if (header.fieldCount < FIELDS_WITH_ACCESS_LIST) return []
    try {
      const method = 'debug_getRawBlockAccessList'
      const answer = await this.rpc.callAt(method, header, (block) => [block], MAX_ACCESS_LIST_ANSWER)
      return answer.isAbsent ? [] : keysOfAccessList(answer.bytes())
    } catch (error) {
      if (error instanceof RequestError && error.fault.code === 'absent') return []
      throw error
    }
  }

  #header(item: RpcAnswer): RawHeader {
    try {
      const rlp = typeof item.json === 'string' ? item.bytes() : headerRlpFromJson(item.json)
      return decodeRawHeader(rlp, this.crypto.keccak)
    } catch (error) {
      if (error instanceof DecodeError) item.fail(error.message)
      throw error
    }
  }
}

/** Amsterdam's: the list's hash, and the slot. */
const FIELDS_WITH_ACCESS_LIST = 22

const optionalList = (answer: RpcAnswer, most: number): RpcAnswer[] => (answer.isAbsent ? [] : answer.list(most))

/** From the parent back, as far as they hang together; the rest is of no use. */
function chainBefore({ parentHash }: RawHeader, headers: readonly RawHeader[]): RawHeader[] {
  const byHash = new Map(headers.map((header) => [bytesToHex(header.hash), header]))
  const chain: RawHeader[] = []
  let next = byHash.get(bytesToHex(parentHash))
  while (next !== undefined && chain.length < MAX_ANCESTORS) {
    chain.push(next)
    next = byHash.get(bytesToHex(next.parentHash))
  }
  return chain
}

/** A member of our own gateways only, where headers of recorded blocks do not reach. */
function blockHashesIn(answer: RpcAnswer): Map<number, Hash> {
  if (answer.isAbsent) return new Map()
  const entries = Object.keys(answer.json as object).slice(0, MAX_ANCESTORS)
  return new Map(entries.map((name) => [Number(name), asHash(answer.member(name).bytes())]))
}
