/** Block access lists (EIP-7928) of any execution client; the block's header commits to them. */
import type { NamedBlock, RpcServer } from './rpc-server.ts'

/** EIP-7928: 150 kB on average at 60 Mgas; as hex. */
const MAX_ANSWER = 16_777_216

/** RLP, to be compared with the header's hash; undefined where the client says that it has none. @throws {RequestError} @throws {WitnessError} */
export async function askBlockAccessList(server: RpcServer, block: NamedBlock): Promise<Uint8Array | undefined> {
  const answer = await server.callAt('debug_getRawBlockAccessList', block, (name) => [name], MAX_ANSWER)
  return answer.isAbsent ? undefined : answer.bytes()
}
