/** Proofs and codes from execution clients, each proven before it is believed. */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../../../src/chain/bytes.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import { askCode, askProof } from '../../../../src/network/on-demand/rpc-proofs.ts'
import type { NamedBlock, RpcServer } from '../../../../src/network/on-demand/rpc-server.ts'
import { WitnessError } from '../../../../src/network/on-demand/witness-error.ts'
import { MalformedValueError } from '../../../../src/state/account-codec.ts'
import { NodeBag } from '../../../../src/state/content-bag.ts'
import { DataFaultError } from '../../../../src/state/data-fault.ts'
import { MalformedNodeError } from '../../../../src/state/trie/malformed-node-error.ts'
import type { AccountProof, ExecutionHeader } from '../../../execution/execution-source.ts'
import { proveAccount } from '../../../execution/state-proofs.ts'

/** Under the header's state root. @throws {RequestError} @throws {WitnessError} for what proves nothing there */
export async function fetchProof(
  server: RpcServer,
  block: ExecutionHeader,
  address: AddressBytes,
  slots: readonly Hash[],
  keccak: Keccak,
): Promise<AccountProof> {
  const nodes = NodeBag.from(await askProof(server, block, { address, slots }), keccak)
  try {
    return proveAccount({ root: block.stateRoot, nodes, keccak }, address, slots)
  } catch (error) {
    const isWrong =
      error instanceof DataFaultError || error instanceof MalformedNodeError || error instanceof MalformedValueError
    if (isWrong)
      throw new WitnessError(`${server.name}: eth_getProof proves nothing at block ${block.number}: ${error.message}`)
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
  const code = await askCode(server, block, address)
  if (equalBytes(keccak(code), codeHash)) return code
  throw new WitnessError(`${server.name}: eth_getCode: this is not the code with the hash ${bytesToHex(codeHash)}`)
}
