import type { Method } from '../method.ts'
import { logCriteria } from '../../../../src/network/json-rpc/params/log-filter.ts'
import { flag, readParams } from '../../../../src/network/json-rpc/params/param.ts'
import type { Param } from '../../../../src/network/json-rpc/params/param.ts'
import {
  clipped,
  invalidParams,
  notificationsUnsupported,
  RpcError,
} from '../../../../src/network/json-rpc/rpc-error.ts'
import type { Topic } from '../subscriptions/subscriber.ts'

/** Over connections that stay: new heads, logs, hashes of transactions that the pool took. The id is the answer. */
export const eth_subscribe: Method = {
  call: ({ subscriber }, params) => {
    if (subscriber === undefined) throw notificationsUnsupported()
    return subscriber.subscribe(readTopic(params))
  },
}

/** What the second parameter is depends on the first. */
function readTopic(params: unknown): Topic {
  const [name] = readParams([topicName, anything], params)
  switch (name) {
    case 'newHeads':
      readParams([topicName], params)
      return { kind: 'newHeads' }
    case 'logs':
      return { kind: 'logs', criteria: readParams([topicName, anyLogOr], params)[1] }
    case 'newPendingTransactions': {
      const [, whole] = readParams([topicName, hashesOr], params)
      if (whole) throw invalidParams('invalid argument 1: only hashes of pending transactions are given')
      return { kind: 'newPendingTransactions' }
    }
    default:
      throw new RpcError(-32601, `no "${clipped(name)}" subscription in eth namespace`)
  }
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
