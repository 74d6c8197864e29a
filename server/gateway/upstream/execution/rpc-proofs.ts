/** Proofs and codes from execution clients, each proven before it is believed. */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../../../src/chain/bytes.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import type { NamedBlock, RpcServer } from '../../../../src/network/on-demand/rpc-server.ts'
import { WitnessError } from '../../../../src/network/on-demand/witness-error.ts'
import { MalformedValueError } from '../../../../src/state/account-codec.ts'
import { NodeBag } from '../../../../src/state/content-bag.ts'
import { DataFaultError } from '../../../../src/state/data-fault.ts'
import { MalformedNodeError } from '../../../../src/state/trie/malformed-node-error.ts'
import type { AccountProof, ExecutionHeader } from '../../../execution/execution-source.ts'
import { proveAccount } from '../../../execution/state-proofs.ts'

/** geth's limit on keys in a call. */
export const MAX_KEYS = 1_024
/** Of so many paths of nine nodes, as hex. */
const MAX_PROOF_ANSWER = 16_777_216
/** More than any rule has allowed a code to have (EIP-7954: 64 KiB), as hex. */
const MAX_CODE_ANSWER = 4_194_304
/** Nodes in a path. */
const MAX_PATH = 65

/** Under the header's state root. @throws {RequestError} @throws {WitnessError} for what proves nothing there */
export async function fetchProof(
  server: RpcServer,
  block: ExecutionHeader,
  address: AddressBytes,
  slots: readonly Hash[],
  keccak: Keccak,
): Promise<AccountProof> {
  const keys = slots.map((slot) => bytesToHex(slot))
  const params = (name: string) => [bytesToHex(address), keys, name]
  const answer = await server.callAt('eth_getProof', block, params, MAX_PROOF_ANSWER)
  const paths = [
    answer.member('accountProof'),
    ...answer
      .member('storageProof')
      .list(MAX_KEYS)
      .map((item) => item.member('proof')),
  ]
  const nodes = NodeBag.from(
    paths.flatMap((path) => path.list(MAX_PATH).map((node) => node.bytes())),
    keccak,
  )
  try {
    return proveAccount({ root: block.stateRoot, nodes, keccak }, address, slots)
  } catch (error) {
    const isWrong =
      error instanceof DataFaultError || error instanceof MalformedNodeError || error instanceof MalformedValueError
    if (isWrong) throw new WitnessError(`${answer.what}: it proves nothing at block ${block.number}: ${error.message}`)
    throw error
  }
}

/** @throws {RequestError} @throws {WitnessError} for another code */
export async function fetchCode(
  server: RpcServer,
  block: NamedBlock,
  address: AddressBytes,
  codeHash: Hash,
  keccak: Keccak,
): Promise<Uint8Array> {
  const params = (name: string) => [bytesToHex(address), name]
  const answer = await server.callAt('eth_getCode', block, params, MAX_CODE_ANSWER)
  const code = answer.bytes()
  if (equalBytes(keccak(code), codeHash)) return code
  return answer.fail(`this is not the code with the hash ${bytesToHex(codeHash)}`)
}
