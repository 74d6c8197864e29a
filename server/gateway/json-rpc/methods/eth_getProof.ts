import type { JsonObject } from '../../../../src/network/json-rpc/json.ts'
import { accountProofJson } from '../../../../src/network/json-rpc/objects/account-proof-json.ts'
import { latestOr } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { address } from '../../../../src/network/json-rpc/params/hex.ts'
import { readStorageKeys, storageKeyList } from '../../../../src/network/json-rpc/params/storage-keys.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'
import { method } from '../method.ts'

/** EIP-1186. How far back states are held is the source's to know. */
export const eth_getProof = method({
  params: [address, storageKeyList, latestOr],
  run: async ({ chain, source, limits }, [address, given, selector]): Promise<JsonObject> => {
    const keys = readStorageKeys(given, limits.proofKeys)
    const block = await chain.getHeader(selector)
    const slots = keys.map(({ slot }) => slot)
    const proof = await source.accountProof(block, address, slots)
    if (proof.storage.length !== keys.length) {
      throw new UnavailableError(
        `the proof at block ${block.number} has ${proof.storage.length} of ${keys.length} slots`,
      )
    }
    return accountProofJson(proof, keys)
  },
})
