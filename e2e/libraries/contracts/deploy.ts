/** What dapps expect of a chain, put on a devnet by transactions of one account: Multicall3, ENS, a token. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bytesToHex, encodeFunctionData, getContractAddress, namehash, parseAbi, type Address, type Hex } from 'viem'
import { initCode } from '../../../server/devnet/execution/assembler.ts'
import { REGISTRY_ABI, REGISTRY_CODE, RESOLVER_ABI, RESOLVER_CODE } from './names.ts'
import { TOKEN_CODE } from './token.ts'
import { universalResolverCode } from './universal-resolver.ts'
import { NAME, NAMED, PRETENDER, type Contracts } from './well-known.ts'

/** A transaction of the deployer; without `to` a creation. */
export interface Step {
  readonly to?: Address
  readonly data: Hex
  /** wei; default: nothing. */
  readonly value?: bigint
}

/** viem has Multicall3's own code, for calls where it is not deployed, and exports it nowhere. */
const require = createRequire(import.meta.url)
const { multicall3Bytecode } = require(join(dirname(require.resolve('viem')), 'constants/contracts.js')) as {
  readonly multicall3Bytecode: Hex
}

/** In the order of their nonces, from 0 on; after them the contracts are there and {@link NAME} is written. */
export function deployment(deployer: Address): { readonly contracts: Contracts; readonly steps: readonly Step[] } {
  const at = (nonce: number): Address => getContractAddress({ from: deployer, nonce: BigInt(nonce) })
  const [multicall3, registry, resolver, universalResolver, token] = [at(0), at(1), at(2), at(3), at(4)]
  const codes = [REGISTRY_CODE, RESOLVER_CODE, universalResolverCode(registry), TOKEN_CODE]
  const steps = [
    { data: multicall3Bytecode },
    ...codes.map((code) => ({ data: bytesToHex(initCode(code)) })),
    ...[NAME, reverseName(NAMED), reverseName(PRETENDER)].map((name) => record(name, { registry, resolver, deployer })),
    {
      to: resolver,
      data: encodeFunctionData({ ...resolverAbi, functionName: 'setAddr', args: [namehash(NAME), NAMED] }),
    },
    ...[NAMED, PRETENDER].map((address) => ({ to: resolver, data: setName(address) })),
  ]
  return { contracts: { multicall3, registry, resolver, universalResolver, token }, steps }
}

const resolverAbi = { abi: parseAbi(RESOLVER_ABI) }

const setName = (address: Address): Hex =>
  encodeFunctionData({ ...resolverAbi, functionName: 'setName', args: [namehash(reverseName(address)), NAME] })

/** EIP-181. */
const reverseName = (address: Address): string => `${address.slice(2).toLowerCase()}.addr.reverse`

interface Names {
  readonly registry: Address
  readonly resolver: Address
  readonly deployer: Address
}

function record(name: string, { registry, resolver, deployer }: Names): Step {
  const args = [namehash(name), deployer, resolver, 0n] as const
  return { to: registry, data: encodeFunctionData({ abi: parseAbi(REGISTRY_ABI), functionName: 'setRecord', args }) }
}
