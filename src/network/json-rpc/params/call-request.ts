/** A message call as `eth_createAccessList` takes it (execution-apis, "GenericTransaction"). */
import type { AddressBytes, Hash } from '../../../chain/bytes.ts'
import { equalBytes } from '../../../execution/words.ts'
import type { MessageCall } from '../../on-demand/rpc-access-list.ts'
import { readAddress, readData, readHash, readQuantity } from './hex.ts'
import type { Param } from './param.ts'
import { ParamError, readMember, readObject } from './param.ts'

/** Entries and slots of an access list: more cost more gas than any block has (EIP-2930: 1,900 and up for each). */
const MAX_LIST_ENTRIES = 100_000

/**
 * Fees, nonce and type are read for their form and then left: they decide whether a transaction is taken, not what it
 * reads. @throws {ParamError}
 */
export const callRequest: Param<MessageCall> = {
  read: (value) => {
    const call = readObject(value)
    for (const name of UNUSED) readMember(call, name, readQuantity)
    return {
      from: readMember(call, 'from', readAddress),
      to: readMember(call, 'to', readAddress),
      gas: readMember(call, 'gas', readGas),
      value: readMember(call, 'value', readQuantity) ?? 0n,
      data: readInput(call),
      accessList: readMember(call, 'accessList', readAccessList) ?? [],
    }
  },
}

const UNUSED = ['gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas', 'nonce', 'type', 'chainId']

/** Gas is 64 bits wide in all clients. */
function readGas(value: unknown): bigint {
  const gas = readQuantity(value)
  if (gas >= 2n ** 64n) throw new ParamError('hex number > 64 bits')
  return gas
}

/** Older libraries say `data`; who says both has to say the same. */
function readInput(call: Readonly<Record<string, unknown>>): Uint8Array {
  const [input, data] = [readMember(call, 'input', readData), readMember(call, 'data', readData)]
  if (input !== undefined && data !== undefined && !equalBytes(input, data)) {
    throw new ParamError('both "data" and "input" are set and not equal; use "input"')
  }
  return input ?? data ?? new Uint8Array()
}

function readAccessList(value: unknown): { address: AddressBytes; slots: Hash[] }[] {
  let count = 0
  const bounded = (list: unknown): readonly unknown[] => {
    if (!Array.isArray(list)) throw new ParamError('expected a list')
    count += list.length
    if (count > MAX_LIST_ENTRIES) throw new ParamError(`more than ${MAX_LIST_ENTRIES} entries`)
    return list
  }
  return bounded(value).map((entry) => {
    const access = readObject(entry)
    const address = readMember(access, 'address', readAddress)
    if (address === undefined) throw new ParamError('an entry has no address')
    const slots = readMember(access, 'storageKeys', (keys) => bounded(keys).map(readHash)) ?? []
    return { address, slots }
  })
}
