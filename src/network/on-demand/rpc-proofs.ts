/**
 * Paths by `eth_getProof` (EIP-1186) and codes by `eth_getCode` of any execution client. What comes is decoded and of
 * bounded size, nothing more: whoever asks proves it.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes } from '../../chain/bytes.ts'
import { RequestError } from '../request-server.ts'
import type { NamedBlock, RpcServer } from './rpc-server.ts'
import type { RpcAnswer } from './rpc-values.ts'

/** geth's limit on keys in a call. */
export const MAX_PROOF_KEYS = 1_024

/** Of so many paths of nine nodes, as hex; a batch has no more keys than a call may have. */
const MAX_PROOF_ANSWER = 16_777_216
/** As many codes as one request names (64), each with the most that any rule has allowed (EIP-7954: 64 KiB), as hex. */
const MAX_CODE_ANSWER = 8_388_608
/** Nodes in a path: one a nibble, and the leaf. */
const MAX_PATH = 65

export interface ProofKeys {
  readonly address: AddressBytes
  /** As the contract names them, not hashed. */
  readonly slots: readonly Uint8Array[]
}

/** The nodes of the account's path and of its slots', one after the other. @throws {RequestError} @throws {WitnessError} */
export async function askProof(server: RpcServer, at: NamedBlock, keys: ProofKeys): Promise<Uint8Array[]> {
  return nodesOf(await server.callAt('eth_getProof', at, proofParams(keys), MAX_PROOF_ANSWER))
}

/**
 * As {@link askProof}, one list for each entry, in one request; an error in the place of what was refused alone.
 * @throws {RequestError} where all are refused @throws {WitnessError}
 */
export async function askProofs(
  server: RpcServer,
  at: NamedBlock,
  keys: readonly ProofKeys[],
): Promise<(Uint8Array[] | RequestError)[]> {
  const answers = await server.batchAt('eth_getProof', at, keys.map(proofParams), MAX_PROOF_ANSWER)
  return answers.map((answer) => (answer instanceof RequestError ? answer : nodesOf(answer)))
}

/** Empty for an account without one, and for none. @throws {RequestError} @throws {WitnessError} */
export async function askCode(server: RpcServer, at: NamedBlock, address: AddressBytes): Promise<Uint8Array> {
  return (await server.callAt('eth_getCode', at, codeParams(address), MAX_CODE_ANSWER)).bytes()
}

/**
 * As {@link askCode}, one for each address, in one request; an error in the place of what was refused alone.
 * @throws {RequestError} where all are refused @throws {WitnessError}
 */
export async function askCodes(
  server: RpcServer,
  at: NamedBlock,
  addresses: readonly AddressBytes[],
): Promise<(Uint8Array | RequestError)[]> {
  const answers = await server.batchAt('eth_getCode', at, addresses.map(codeParams), MAX_CODE_ANSWER)
  return answers.map((answer) => (answer instanceof RequestError ? answer : answer.bytes()))
}

type ParamsAt = (block: string) => readonly unknown[]

function proofParams({ address, slots }: ProofKeys): ParamsAt {
  const keys = slots.map((slot) => bytesToHex(slot))
  return (block) => [bytesToHex(address), keys, block]
}

const codeParams =
  (address: AddressBytes): ParamsAt =>
  (block) => [bytesToHex(address), block]

function nodesOf(answer: RpcAnswer): Uint8Array[] {
  const slots = answer.member('storageProof').list(MAX_PROOF_KEYS)
  const paths = [answer.member('accountProof'), ...slots.map((slot) => slot.member('proof'))]
  return paths.flatMap((path) => path.list(MAX_PATH).map((node) => node.bytes()))
}
