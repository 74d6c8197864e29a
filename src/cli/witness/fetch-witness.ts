/** Fetches what executes one block, in one of the forms that servers have, and writes it as a stateless block. */
import { bytesToHex } from '@ethereumjs/util'
import { systemClock } from '../../chain/clock.ts'
import { networkForChainId } from '../../chain/network.ts'
import type { RawBlock } from '../../execution/block/raw-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { MissingParentError, writeStatelessBlock } from '../../execution/stateless-block-file.ts'
import { JsonRpc } from '../../network/execution/json-rpc.ts'
import { HttpEndpoint } from '../../network/http/http-endpoint.ts'
import { parseServerUrl } from '../../network/http/server-url.ts'
import { platformTransport } from '../../network/http/transport.ts'
import { writeBlockFile } from './block-file.ts'
import type { BlockSource } from '../../network/on-demand/block-source.ts'
import { gatewayNetwork } from './gateway-network.ts'
import { RpcForms } from '../../network/on-demand/rpc-forms.ts'
import { RpcServer } from '../../network/on-demand/rpc-server.ts'
import type { ServedWitness } from '../../network/state-service/messages.ts'
import { ServiceForms } from './service-forms.ts'
import { countingTransport } from './traffic.ts'
import { WitnessError } from '../../network/on-demand/witness-error.ts'
import type { NetworkRules, WitnessCommand, WitnessForm } from './witness-options.ts'

/** What `witness` prints. */
export interface WitnessLine {
  readonly block: number
  readonly hash: string
  readonly form: WitnessForm
  /** To the server, of all kinds. */
  readonly requests: number
  /** Of answers' bodies. */
  readonly bytes: number
  readonly nodes: number
  readonly codes: number
  readonly file: string
}

/** @throws {WitnessError} @throws {RequestError} that name the server and what it was asked */
export async function fetchWitness(command: WitnessCommand, crypto: WasmCrypto): Promise<WitnessLine> {
  const { server, form, out } = command
  const { transport, traffic } = countingTransport(platformTransport(systemClock))
  const endpoint = new HttpEndpoint(server, transport)
  const signal = new AbortController().signal
  const gateway = await gatewayNetwork(endpoint, signal)
  const rules = command.rules ?? gateway
  const rpc = (): RpcServer => {
    const url = gateway === undefined ? server : parseServerUrl(server.route('/rpc'))
    return new RpcServer(new JsonRpc(new HttpEndpoint(url, transport)), signal)
  }

  let found: Found
  if (form === 'proofs' || form === 'rpc') {
    const calls = rpc()
    const known = rules ?? (await rulesByChainId(calls))
    const forms = new RpcForms(calls, known.network, crypto)
    const gather = (block: RawBlock) => (form === 'proofs' ? forms.proofs(block) : forms.rpcWitness(block))
    found = await find(command, known, forms.blocks, gather)
  } else {
    if (gateway === undefined || rules === undefined) {
      throw new WitnessError(`${server.name} has no /beamtab/network.json, so it is no gateway: it has no ${form} form`)
    }
    const forms = new ServiceForms(endpoint, rules.network, crypto, signal)
    found = await find(command, rules, forms.blocks, (block) => forms[form](block))
  }
  await writeBlockFile(out, fileOf(found, command, crypto))
  const { block, gathered } = found
  return {
    block: block.header.number,
    hash: bytesToHex(block.header.hash),
    form,
    requests: traffic.requests,
    bytes: traffic.bytes,
    nodes: gathered.nodes.length,
    codes: gathered.codes.length,
    file: out,
  }
}

interface Found {
  readonly rules: NetworkRules
  readonly block: RawBlock
  readonly gathered: ServedWitness
}

async function find(
  { block: selector, server }: WitnessCommand,
  rules: NetworkRules,
  blocks: BlockSource,
  gather: (block: RawBlock) => Promise<ServedWitness>,
): Promise<Found> {
  const block = await blocks.block(selector)
  if (block.header.number === 0) {
    throw new WitnessError(`${server.name}: block 0 is the genesis: nothing executes it, so that it has no witness`)
  }
  return { rules, block, gathered: await gather(block) }
}

async function rulesByChainId(rpc: RpcServer): Promise<NetworkRules> {
  const answer = await rpc.call('eth_chainId', [], MAX_QUANTITY_ANSWER)
  const network = networkForChainId(Number(answer.json))
  if (network !== undefined) return { network, config: undefined }
  throw new WitnessError(`${answer.what}: ${String(answer.json)} is no network that is built in; give --network FILE`)
}

/** A number, and what JSON-RPC has around it. */
const MAX_QUANTITY_ANSWER = 4_096

function fileOf({ rules, block, gathered }: Found, { server, form }: WitnessCommand, crypto: WasmCrypto) {
  const { chainId } = rules.network
  // A chain id that is built in stands for its rules, whatever a gateway calls the beacon chain that it put on top.
  const { name } = networkForChainId(chainId) ?? rules.network
  const content = { ...gathered, network: name, chainId, config: rules.config, block: block.rlp }
  try {
    return writeStatelessBlock({ ...content, source: { server: server.name, form } }, crypto.keccak)
  } catch (error) {
    if (!(error instanceof MissingParentError)) throw error
    throw new WitnessError(`${server.name}: form ${form}: ${error.message} of block ${bytesToHex(block.header.hash)}`)
  }
}
