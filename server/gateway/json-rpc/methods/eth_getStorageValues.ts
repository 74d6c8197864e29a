import { word } from '../../../../src/network/json-rpc/hex.ts'
import type { Json } from '../../../../src/network/json-rpc/json.ts'
import { method } from '../method.ts'
import { storageValues } from '../objects/storage-values.ts'
import { latestOr } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { readAddress } from '../../../../src/network/json-rpc/params/hex.ts'
import type { Param } from '../../../../src/network/json-rpc/params/param.ts'
import { ParamError, readObject } from '../../../../src/network/json-rpc/params/param.ts'
import { readStorageKey } from '../../../../src/network/json-rpc/params/storage-keys.ts'
import { invalidParams, RpcError } from '../../../../src/network/json-rpc/rpc-error.ts'

/** By address as the caller writes it, and slot. Their number is bounded, all accounts together. */
export const eth_getStorageValues = method({
  params: [wishes(), latestOr],
  run: async ({ chain, source, limits, signal }, [wishes, selector]) => {
    const count = wishes.reduce((sum, { keys }) => sum + keys.length, 0)
    if (count === 0) throw invalidParams('empty request')
    if (count > limits.storageSlots) throw tooMany(count, limits.storageSlots)
    const block = await chain.getHeader(selector)
    const answers: Record<string, Json> = {}
    for (const { name, address, keys } of wishes) {
      signal.throwIfAborted()
      const slots = keys.map((key) => readStorageKey(key).slot)
      answers[name] = (await storageValues(source, block, address, slots)).map(word)
    }
    return answers
  },
})

interface Wish {
  readonly name: string
  readonly address: ReturnType<typeof readAddress>
  /** Not read before they are counted. */
  readonly keys: readonly unknown[]
}

function wishes(): Param<readonly Wish[]> {
  return {
    read: (value) =>
      Object.entries(readObject(value)).map(([name, keys]) => {
        if (!Array.isArray(keys)) throw new ParamError(`expected a list of storage keys for ${name.slice(0, 42)}`)
        return { name, address: readAddress(name), keys: keys as readonly unknown[] }
      }),
  }
}

/** execution-apis: "client limit exceeded". */
const tooMany = (count: number, max: number): RpcError => new RpcError(-38026, `too many slots (${count}), max ${max}`)
