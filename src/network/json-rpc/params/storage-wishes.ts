/** What `eth_getStorageValues` asks for: slots by the address of their account. */
import type { AddressBytes } from '../../../chain/bytes.ts'
import { invalidParams, RpcError } from '../rpc-error.ts'
import { readAddress } from './hex.ts'
import type { Param } from './param.ts'
import { ParamError, readObject } from './param.ts'
import { readStorageKey, type StorageKey } from './storage-keys.ts'

export interface StorageWish<Key = StorageKey> {
  /** The address as the caller writes it. */
  readonly name: string
  readonly address: AddressBytes
  readonly keys: readonly Key[]
}

/** Their keys are not read before they are counted: {@link readWishes}. */
export const storageWishes: Param<readonly StorageWish<unknown>[]> = {
  read: (value) =>
    Object.entries(readObject(value)).map(([name, keys]) => {
      if (!Array.isArray(keys)) throw new ParamError(`expected a list of storage keys for ${name.slice(0, 42)}`)
      return { name, address: readAddress(name), keys: keys as readonly unknown[] }
    }),
}

/** @param max slots of all accounts together. @throws {RpcError} */
export function readWishes(wishes: readonly StorageWish<unknown>[], max: number): StorageWish[] {
  const count = wishes.reduce((sum, { keys }) => sum + keys.length, 0)
  if (count === 0) throw invalidParams('empty request')
  if (count > max) throw tooMany(count, max)
  return wishes.map(({ keys, ...wish }) => ({ ...wish, keys: keys.map(readKey) }))
}

function readKey(value: unknown): StorageKey {
  try {
    return readStorageKey(value)
  } catch (error) {
    if (error instanceof ParamError) throw invalidParams(`invalid argument 0: storage key: ${error.message}`)
    throw error
  }
}

/** execution-apis: "client limit exceeded". */
const tooMany = (count: number, max: number): RpcError => new RpcError(-38026, `too many slots (${count}), max ${max}`)
