/** Bodies onto connections, as a fault has it. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Clock } from '../../src/chain/clock.ts'
import { Line, sendPaced } from '../http/send-paced.ts'
import type { DrawnFaults } from './faults.ts'

/** Bytes of an oversized body that are written at once. */
const PADDING = Buffer.alloc(1 << 16, ' ')

export interface FaultyAnswer {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body: Uint8Array
}

/** Sends the whole answer, and what is wrong with it. */
export function sendFaulty(response: ServerResponse, answer: FaultyAnswer, faults: DrawnFaults, clock: Clock): void {
  const { 'content-length': _, ...headers } = answer.headers
  const garbage = faults.take('garbage')
  if (garbage !== undefined) headers['content-type'] = 'application/json'
  const body = garbage === undefined ? spoiled(answer.body, faults) : Buffer.from(garbage.text)
  const oversized = faults.take('oversized')
  if (oversized !== undefined) {
    response.writeHead(answer.status, headers)
    response.write(body)
    sendPadding(response, oversized.bytes)
    return
  }
  response.writeHead(answer.status, { ...headers, 'content-length': body.length })
  const cut = faults.take('cut')
  if (cut !== undefined) {
    response.write(body.subarray(0, cut.bytes ?? body.length >> 1), () => response.destroy())
    return
  }
  const drip = faults.take('drip')
  if (drip === undefined) response.end(body)
  else sendPaced(response, body, new Line(drip.bytesPerSecond, clock), clock)
}

export function htmlPage(): Buffer {
  return Buffer.from('<!doctype html><title>Sign in</title><p>This network asks you to sign in.</p>\n')
}

function spoiled(body: Uint8Array, faults: DrawnFaults): Uint8Array {
  if (body.length === 0 || faults.take('flipped') === undefined) return body
  const middle = body.length >> 1
  return body.map((byte, i) => (i === middle ? byte ^ 1 : byte))
}

/** As fast as the client reads, so that nothing piles up here. */
function sendPadding(response: ServerResponse, bytes: number): void {
  if (bytes <= 0) {
    response.end()
    return
  }
  const next = () => sendPadding(response, bytes - PADDING.length)
  if (response.destroyed) return
  if (response.write(PADDING.subarray(0, bytes))) setImmediate(next)
  else response.once('drain', next)
}
