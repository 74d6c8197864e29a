import { data, quantity } from '../../../../src/network/json-rpc/hex.ts'
import type { JsonObject } from '../../../../src/network/json-rpc/json.ts'
import { method } from '../method.ts'
import { latestOr } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { address } from '../../../../src/network/json-rpc/params/hex.ts'
import type { Param } from '../../../../src/network/json-rpc/params/param.ts'
import { ParamError } from '../../../../src/network/json-rpc/params/param.ts'
import { readStorageKey } from '../../../../src/network/json-rpc/params/storage-keys.ts'
import { invalidParams } from '../../../../src/network/json-rpc/rpc-error.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'

/** EIP-1186. How far back states are held is the source's to know. */
export const eth_getProof = method({
  params: [address, list(), latestOr],
  run: async ({ chain, source, limits }, [address, given, selector]): Promise<JsonObject> => {
    if (given.length > limits.proofKeys) throw tooMany(given.length, limits.proofKeys)
    const keys = given.map(readStorageKey)
    const block = await chain.getHeader(selector)
    const proof = await source.accountProof(
      block,
      address,
      keys.map(({ slot }) => slot),
    )
    if (proof.storage.length !== keys.length) {
      throw new UnavailableError(
        `the proof at block ${block.number} has ${proof.storage.length} of ${keys.length} slots`,
      )
    }
    return {
      address: data(address),
      accountProof: proof.accountProof.map(data),
      balance: quantity(proof.balance),
      codeHash: data(proof.codeHash),
      nonce: quantity(proof.nonce),
      storageHash: data(proof.storageHash),
      storageProof: proof.storage.map(({ value, proof }, place) => ({
        key: keys[place]!.echo,
        value: quantity(value),
        proof: proof.map(data),
      })),
    }
  },
})

/** Its items are read once they are counted. */
function list(): Param<readonly unknown[]> {
  return {
    read: (value) => {
      if (Array.isArray(value)) return value as readonly unknown[]
      throw new ParamError('expected a list of storage keys')
    },
  }
}

const tooMany = (count: number, max: number) =>
  invalidParams(`too many keys requested: ${count}, maximum allowed is ${max}`)
