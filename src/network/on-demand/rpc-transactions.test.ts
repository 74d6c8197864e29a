import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { systemClock } from '../../chain/clock.ts'
import { JsonRpc } from '../execution/json-rpc.ts'
import { HttpEndpoint } from '../http/http-endpoint.ts'
import type { Fetch } from '../http/transport.ts'
import { parseServerUrl } from '../http/server-url.ts'
import { RpcServer } from './rpc-server.ts'
import { askRawTransaction, askSubmit } from './rpc-transactions.ts'

/** A server that answers every call so. */
function serverWith(answer: Readonly<Record<string, unknown>>): RpcServer {
  const fetch: Fetch = (_, { body: call }) => {
    const { id } = JSON.parse(call as string) as { readonly id: number }
    const body = JSON.stringify({ jsonrpc: '2.0', id, ...answer })
    return Promise.resolve(new Response(body, { headers: { 'content-type': 'application/json' } }))
  }
  const transport = { fetch, clock: systemClock, origin: undefined }
  const endpoint = new HttpEndpoint(parseServerUrl('https://rpc.example'), transport)
  return new RpcServer(new JsonRpc(endpoint), new AbortController().signal)
}

const error = (code: number, message: string) => ({ error: { code, message } })
const raw = Uint8Array.of(1, 2)

test.each([
  ['taken, whatever hash it names', { result: `0x${'00'.repeat(32)}` }, { kind: 'taken' }],
  ['known to geth and reth', error(-32000, 'already known'), { kind: 'known' }],
  ['known to Nethermind', error(-32010, 'AlreadyKnown'), { kind: 'known' }],
  ['known to Besu', error(-32000, 'Known transaction'), { kind: 'known' }],
  ['known by the code of the specification', error(1000, 'we have that'), { kind: 'known' }],
  ['refused', error(-32000, 'nonce too low'), { kind: 'refused', words: 'nonce too low' }],
])('a transaction is %s', async (_, answer, outcome) => {
  expect(await askSubmit(serverWith(answer), raw)).toEqual(outcome)
})

test.each([
  ['lacks the method', error(-32601, 'no such method'), 'absent'],
  ['is busy', error(-32005, 'too many requests'), 'busy'],
])('a server that %s has refused nothing', async (_, answer, code) => {
  await expect(askSubmit(serverWith(answer), raw)).rejects.toMatchObject({ fault: { code } })
})

test.each([
  ['0x0102', raw],
  ['0x', undefined],
  [null, undefined],
])('bytes by hash: %s', async (result, bytes) => {
  expect(await askRawTransaction(serverWith({ result }), asHash(new Uint8Array(32)))).toEqual(bytes)
})
