/** The execution layer of a network as the command line names it: built in, or a network file. */
import { readFile } from 'node:fs/promises'
import { ConfigValue } from '../../../src/chain/config-value.ts'
import { executionConfigOnly, type ExecutionNetwork } from '../../../src/chain/network.ts'
import { holesky } from '../../../src/chain/networks/holesky.ts'
import { hoodi } from '../../../src/chain/networks/hoodi.ts'
import { mainnet } from '../../../src/chain/networks/mainnet.ts'
import { sepolia } from '../../../src/chain/networks/sepolia.ts'

export interface NamedNetwork {
  readonly network: ExecutionNetwork
  /** geth's "config" object, for a network file of the chain that is served. */
  readonly config: Readonly<Record<string, unknown>>
}

const BUILT_IN: ReadonlyMap<string, unknown> = new Map(
  [mainnet, sepolia, hoodi, holesky].map((file) => [file.name, file]),
)

/** @throws {NetworkConfigError} for a file of another shape; and what reading it throws */
export async function namedNetwork(nameOrFile: string): Promise<NamedNetwork> {
  const json = BUILT_IN.get(nameOrFile) ?? (JSON.parse(await readFile(nameOrFile, 'utf8')) as unknown)
  const file = new ConfigValue(json, 'network')
  const config = file.get('execution').object()
  return { network: { ...executionConfigOnly(config), name: file.get('name').text() }, config }
}
