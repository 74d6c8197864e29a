/** The arguments of `witness`. */
import { hexToBytes } from '@ethereumjs/util'
import { asHash, type Hex } from '../../chain/bytes.ts'
import { NETWORK_NAMES, type ExecutionNetwork } from '../../chain/network.ts'
import { parseServerUrl, ServerUrlError, type ServerUrl } from '../../network/http/server-url.ts'
import { integerOption, parseCommandLine, UsageError } from '../args.ts'
import type { BlockSelector } from '../../network/on-demand/block-source.ts'
import { networkFileOption } from '../network-option.ts'

export const WITNESS_FORMS = ['witness', 'metadata', 'nodes', 'paths', 'proofs', 'rpc'] as const
export type WitnessForm = (typeof WITNESS_FORMS)[number]

export const WITNESS_USAGE = `usage: npm run -s witness -- --server URL --block N|HASH --form FORM --out FILE [--network NAME|FILE]
  --server   a gateway; for the forms proofs and rpc any JSON-RPC server
  --block    a block number, or a block hash as 0x-hex
  --form     witness   all that execution needs, in one answer
             metadata  its hashes, then each node and code by its hash
             nodes     node by node, as executing the block comes to need them
             paths     paths of the accounts and slots that the block touches
             proofs    eth_getProof and eth_getCode
             rpc       debug_executionWitness
  --out      the file to write, for verify; gzipped where it ends in .gz
  --network  the chain's rules; default: the gateway's own, else by the server's chain id`

export interface NetworkRules {
  readonly network: ExecutionNetwork
  /** The geth genesis "config" object of a network that is not built in, as it was given. */
  readonly config: object | undefined
}

export interface WitnessCommand {
  readonly server: ServerUrl
  readonly block: BlockSelector
  readonly form: WitnessForm
  readonly out: string
  /** Undefined: the server says, or its chain id does. */
  readonly rules: NetworkRules | undefined
}

/** @throws {UsageError} */
export async function witnessCommand(argv: readonly string[]): Promise<WitnessCommand> {
  const { options, positionals } = parseCommandLine(argv, {
    server: 'string',
    block: 'string',
    form: 'string',
    out: 'string',
    network: 'string',
  })
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} belongs to no option`)
  const { server, block, form, out } = options
  if (server === undefined) throw new UsageError('--server is missing')
  if (block === undefined) throw new UsageError('--block is missing')
  if (out === undefined || out === '') throw new UsageError('--out is missing')
  return {
    server: serverFrom(server),
    block: blockFrom(block),
    form: formFrom(form),
    out,
    rules: options.network === undefined ? undefined : await rulesFrom(options.network),
  }
}

async function rulesFrom(nameOrFile: string): Promise<NetworkRules> {
  const { network, file } = await networkFileOption(nameOrFile)
  return { network, config: NETWORK_NAMES.includes(nameOrFile) ? undefined : (file['execution'] as object) }
}

function serverFrom(text: string): ServerUrl {
  try {
    return parseServerUrl(text)
  } catch (error) {
    if (error instanceof ServerUrlError) throw new UsageError(`--server: ${error.message}`)
    throw error
  }
}

function blockFrom(text: string): BlockSelector {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return { kind: 'hash', hash: asHash(hexToBytes(text as Hex)) }
  return { kind: 'number', number: integerOption('block', text, { min: 0, max: Number.MAX_SAFE_INTEGER }) }
}

function formFrom(text: string | undefined): WitnessForm {
  const form = WITNESS_FORMS.find((one) => one === text)
  if (form !== undefined) return form
  const given = text === undefined ? 'is missing' : JSON.stringify(text)
  throw new UsageError(`--form ${given}: expected one of ${WITNESS_FORMS.join(', ')}`)
}
