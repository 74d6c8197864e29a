import { describe, expect, test } from 'vitest'
import { RequestError, type RequestFault } from '../request-server.ts'
import { RETRY_AFTER_DEFAULT_MS } from './constants.ts'
import type { HttpAnswer } from './http-endpoint.ts'
import { bodyForm } from './media-type.ts'
import { oneLine } from './one-line.ts'
import { refusalOf } from './refusal.ts'
import { retryAfterMs, serverTime } from './retry-after.ts'

const NOW = Date.parse('Sat, 21 Nov 2026 10:00:00 GMT')

function answer(status: number, body = '', headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    status,
    headers: new Headers(headers),
    bytes: new TextEncoder().encode(body),
    failure: (fault: RequestFault, detail: string) => new RequestError(fault, detail),
  }
}

const json = { 'content-type': 'application/json; charset=utf-8' }

describe('a refusal', () => {
  test.each([
    [204, 'absent'],
    [400, 'absent'],
    [404, 'absent'],
    [405, 'absent'],
    [406, 'absent'],
    [410, 'absent'],
    [501, 'absent'],
    [206, 'unreachable'],
    [302, 'unreachable'],
    [401, 'unreachable'],
    [403, 'unreachable'],
    [408, 'unreachable'],
    [500, 'unreachable'],
    [502, 'unreachable'],
    [503, 'unreachable'],
    [520, 'unreachable'],
  ])('with status %i is %s', (status, code) => {
    const error = refusalOf(answer(status), NOW)
    expect(error.fault).toEqual({ code })
    expect(error.message).toContain(`HTTP ${status}`)
  })

  test('passes on what the beacon API says of an error', () => {
    expect(refusalOf(answer(404, '{"code":404,"message":"LCBootstrapUnavailable"}', json), NOW).message).toBe(
      'HTTP 404 (not found): LCBootstrapUnavailable',
    )
    expect(refusalOf(answer(500, '{"statusCode":500,"error":"Internal Server Error"}', json), NOW).message).toBe(
      'HTTP 500 (internal error): Internal Server Error',
    )
  })

  test('with a page says so instead of quoting it', () => {
    const error = refusalOf(answer(502, '<html><body>nginx', { 'content-type': 'text/html' }), NOW)
    expect(error.message).toBe('HTTP 502 (bad gateway): an HTML page')
  })

  test('speaks in one line without control characters, and not for long', () => {
    const error = refusalOf(answer(500, `{"message":"a\\u001b[2J\\n\\u202eb${'c'.repeat(999)}"}`, json), NOW)
    expect(error.message).toMatch(/^HTTP 500 \(internal error\): a \[2J bc+…$/)
    expect(error.message.length).toBeLessThan(240)
  })

  test.each([
    [429, { 'retry-after': '7' }, 7_000],
    [429, {}, RETRY_AFTER_DEFAULT_MS],
    [429, { 'retry-after': 'soon' }, RETRY_AFTER_DEFAULT_MS],
    [429, { 'retry-after': '-5' }, RETRY_AFTER_DEFAULT_MS],
    [503, { 'retry-after': 'Sat, 21 Nov 2026 10:00:30 GMT' }, 30_000],
    [503, { 'retry-after': 'Sat, 21 Nov 2026 09:00:00 GMT' }, 0],
  ])('with status %i and %j is a wish to be left alone', (status, headers, expected) => {
    expect(refusalOf(answer(status, '', headers), NOW).fault).toEqual({ code: 'busy', retryAfterMs: expected })
  })
})

test('a date to come back at is compared with the server’s own clock', () => {
  const headers = new Headers({
    date: 'Sat, 21 Nov 2020 10:00:00 GMT',
    'retry-after': 'Sat, 21 Nov 2020 10:00:05 GMT',
  })
  expect(retryAfterMs(headers, NOW)).toBe(5_000)
})

test('the server’s time is that of its answer, not of a cache’s', () => {
  const date = 'Sat, 21 Nov 2026 10:00:00 GMT'
  expect(serverTime(new Headers({ date }))).toBe(NOW)
  expect(serverTime(new Headers({ date, age: '12' }))).toBeUndefined()
  expect(serverTime(new Headers({ date: 'noon' }))).toBeUndefined()
  expect(serverTime(new Headers())).toBeUndefined()
})

test.each([
  ['application/json', 'x', 'json'],
  ['application/problem+json', 'x', 'json'],
  ['application/octet-stream', '{}', 'bytes'],
  ['text/html; charset=utf-8', '{}', 'html'],
  ['text/plain', ' {"a":1}', 'json'],
  ['text/plain', '<!DOCTYPE html>', 'html'],
  ['', '[]', 'json'],
  ['', '{\u0000\u0000\u0000', 'bytes'],
  ['', '', 'bytes'],
])('a body of type "%s" that begins %j is %s', (type, body, form) => {
  const headers = new Headers(type === '' ? {} : { 'content-type': type })
  expect(bodyForm(headers, new TextEncoder().encode(body))).toBe(form)
})

test('a line is cut at its most', () => {
  expect(oneLine(' a\r\n b ', 10)).toBe('a b')
  expect(oneLine('abcdef', 3)).toBe('abc…')
})
