/** Proofs of accounts as the execution API shows them (EIP-1186). */
import type { AccountProof } from '../../../state/account-proof.ts'
import { data, quantity } from '../hex.ts'
import type { JsonObject } from '../json.ts'
import type { StorageKey } from '../params/storage-keys.ts'

/** @param keys of the slots that are proven, in their order */
export function accountProofJson(proof: AccountProof, keys: readonly StorageKey[]): JsonObject {
  return {
    address: data(proof.address),
    accountProof: proof.accountProof.map(data),
    balance: quantity(proof.balance),
    codeHash: data(proof.codeHash),
    nonce: quantity(proof.nonce),
    storageHash: data(proof.storageHash),
    storageProof: proof.storage.map(({ value, proof: nodes }, place) => ({
      key: keys[place]!.echo,
      value: quantity(value),
      proof: nodes.map(data),
    })),
  }
}
