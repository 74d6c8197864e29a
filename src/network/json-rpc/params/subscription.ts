/** What `eth_subscribe` takes, as geth and all wallets have it (it is in no specification). */
import { invalidParams, clipped, RpcError } from '../rpc-error.ts'
import { logCriteria, type LogCriteria } from './log-filter.ts'
import { flag, ParamError, readParams, type Param } from './param.ts'

export type Topic =
  | { readonly kind: 'newHeads' }
  | { readonly kind: 'syncing' }
  | { readonly kind: 'newPendingTransactions' }
  | { readonly kind: 'logs'; readonly criteria: LogCriteria }

/** What the second parameter is depends on the first. @throws {RpcError} */
export function readTopic(params: unknown): Topic {
  const [name] = readParams([topicName, anything], params)
  switch (name) {
    case 'newHeads':
    case 'syncing':
      readParams([topicName], params)
      return { kind: name }
    case 'logs':
      return { kind: 'logs', criteria: readParams([topicName, anyLogOr], params)[1] }
    case 'newPendingTransactions': {
      const [, whole] = readParams([topicName, hashesOr], params)
      if (whole) throw invalidParams('invalid argument 1: only hashes of pending transactions are given')
      return { kind: 'newPendingTransactions' }
    }
    default:
      throw noSuchTopic(name)
  }
}

export const noSuchTopic = (name: string): RpcError =>
  new RpcError(-32601, `no "${clipped(name)}" subscription in eth namespace`)

/** Of a subscription or a filter. */
export const listenerId: Param<string> = {
  read: (value) => {
    if (typeof value === 'string') return value
    throw new ParamError('expected an id')
  },
}

const topicName: Param<string> = {
  read: (value) => {
    if (typeof value === 'string') return value
    throw invalidParams('non-string subscription name')
  },
}
const anything: Param<unknown> = { read: (value) => value, fallback: { value: undefined } }
const anyLogOr = { ...logCriteria, fallback: { value: { addresses: undefined, topics: [] } } }
const hashesOr = { ...flag, fallback: { value: false } }
