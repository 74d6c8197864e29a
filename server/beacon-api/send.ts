/** Bodies onto connections, whole or as a fault has it. */
import type { ServerResponse } from 'node:http'
import type { ApiError } from './api-error.ts'
import type { DrawnFaults } from './faults.ts'

/** Bytes of an oversized body that are written at once. */
const PADDING = Buffer.alloc(1 << 16, ' ')

/** @param error undefined: something broke here, which is nobody else's business */
export function sendError(response: ServerResponse, error: ApiError | undefined, status = error?.status ?? 500): void {
  const body = Buffer.from(JSON.stringify({ code: status, message: error?.message ?? 'the server failed' }))
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  response.end(body)
}

export function sendHtml(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end('<!doctype html><title>Sign in</title><p>This network asks you to sign in.</p>\n')
}

export interface Body {
  readonly body: Uint8Array
  readonly type: string
  readonly isHead: boolean
}

export function sendBody(response: ServerResponse, { body: whole, type, isHead }: Body, faults: DrawnFaults): void {
  const garbage = faults.find('garbage')
  const body = garbage === undefined ? spoiled(whole, faults) : Buffer.from(garbage.text)
  const oversized = faults.find('oversized')
  const length = oversized === undefined ? { 'Content-Length': body.length } : {}
  response.writeHead(200, { 'Content-Type': garbage === undefined ? type : 'application/json', ...length })
  if (isHead) {
    response.end()
    return
  }
  const cut = faults.find('cut')
  if (cut !== undefined) {
    response.write(body.subarray(0, cut.bytes), () => response.destroy())
    return
  }
  if (oversized === undefined) {
    response.end(body)
    return
  }
  response.write(body)
  sendPadding(response, oversized.bytes)
}

function spoiled(body: Uint8Array, faults: DrawnFaults): Uint8Array {
  if (faults.find('flipped') === undefined) return body
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
