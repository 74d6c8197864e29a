/** Numbers in answers of execution clients. */
import type { RpcAnswer } from './rpc-values.ts'

/** Also with leading zeros, as some clients write them. @throws {WitnessError} for anything but 0x-hex of 32 bytes at most */
export function readQuantity(answer: RpcAnswer): bigint {
  const { json } = answer
  return typeof json === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(json) ? BigInt(json) : answer.fail('no quantity')
}
