/** Genesis blocks of public networks, known by their hashes: no server keeps a proof that leads there from a head of today. */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { asHash, type Hash } from './bytes.ts'
import { networkByName, type Network } from './network.ts'

/** go-ethereum, params/config.go. They are part of the fork hashes (EIP-2124) by which nodes find one another. */
const GENESIS_HASHES: Readonly<Record<string, PrefixedHexString>> = {
  mainnet: '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3',
  sepolia: '0x25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9',
  hoodi: '0xbbe312868b376a3001692a646dd2d7d1e4406380dfd86b98aa8a34d1557c971b',
}

/** Undefined for other networks, also for those that only call themselves like one: the beacon chain's genesis tells. */
export function genesisHashOf({ name, chainId, genesisValidatorsRoot }: Network): Hash | undefined {
  const hash = Object.hasOwn(GENESIS_HASHES, name) ? GENESIS_HASHES[name] : undefined
  if (hash === undefined) return undefined
  const own = networkByName(name)
  const isOwn =
    own.chainId === chainId && own.genesisValidatorsRoot.every((byte, at) => byte === genesisValidatorsRoot[at])
  return isOwn ? asHash(hexToBytes(hash)) : undefined
}
