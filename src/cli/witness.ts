/** `witness`: fetches what executes one block, in any of the forms that servers have, and writes it for `verify`. */
import { bytesToHex } from '@ethereumjs/util'
import { systemClock } from '../chain/clock.ts'
import { NETWORK_NAMES, networkForChainId } from '../chain/network.ts'
import { BlockEncodingError, type RawBlock } from '../execution/block/raw-block.ts'
import { loadWasmCrypto, type WasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import { JsonRpc } from '../network/execution/json-rpc.ts'
import { HttpEndpoint } from '../network/http/http-endpoint.ts'
import { parseServerUrl } from '../network/http/server-url.ts'
import { platformTransport } from '../network/http/transport.ts'
import { RequestError } from '../network/request-server.ts'
import { runCommand, type CommandEnvironment, type ExitCode } from './run-command.ts'
import { writeBlockFile } from './witness/block-file.ts'
import type { BlockSource } from './witness/block-source.ts'
import { gatewayNetwork } from './witness/gateway-network.ts'
import type { Gathered } from './witness/gathered.ts'
import { RpcForms } from './witness/rpc-forms.ts'
import { RpcServer } from './witness/rpc-server.ts'
import { ServiceForms } from './witness/service-forms.ts'
import { countingTransport } from './witness/traffic.ts'
import { WitnessError } from './witness/witness-error.ts'
import { WITNESS_USAGE, witnessCommand, type NetworkRules, type WitnessCommand } from './witness/witness-options.ts'

await runCommand(WITNESS_USAGE, async (argv, environment) => {
  const command = await witnessCommand(argv)
  try {
    return await fetchWitness(command, environment)
  } catch (error) {
    // What went wrong with server or block is all there is to say; anything else is a defect, with its stack.
    const isForeseen =
      error instanceof WitnessError || error instanceof RequestError || error instanceof BlockEncodingError
    if (!isForeseen) throw error
    environment.log(`${error.name}: ${error.message}`)
    return 1
  }
})

async function fetchWitness(command: WitnessCommand, environment: CommandEnvironment): Promise<ExitCode> {
  const { server, form, out } = command
  const { transport, traffic } = countingTransport(platformTransport(systemClock))
  const endpoint = new HttpEndpoint(server, transport)
  const crypto = await loadWasmCrypto()
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
  await write(out, found, server.name, crypto)
  const { block, gathered } = found
  environment.print({
    block: block.header.number,
    hash: bytesToHex(block.header.hash),
    form,
    requests: traffic.requests,
    bytes: traffic.bytes,
    nodes: gathered.nodes.length,
    codes: gathered.codes.length,
    file: out,
  })
  return 0
}

interface Found {
  readonly rules: NetworkRules
  readonly block: RawBlock
  readonly gathered: Gathered
}

async function find(
  { block: selector, server }: WitnessCommand,
  rules: NetworkRules,
  blocks: BlockSource,
  gather: (block: RawBlock) => Promise<Gathered>,
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

function write(out: string, { rules, block, gathered }: Found, source: string, crypto: WasmCrypto): Promise<void> {
  const { name, chainId } = rules.network
  const config = NETWORK_NAMES.includes(name) ? undefined : rules.config
  return writeBlockFile(out, { network: { name, chainId, config }, block, gathered, source }, crypto.keccak)
}
