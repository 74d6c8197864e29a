import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadListing, parseListing } from './data-listing.ts'

const BLOCK = { kind: 'block', name: 'mainnet-1.json.gz', path: '/data/witness-blocks/mainnet-1.json.gz', bytes: 4 }
const FILE = { name: 'updates.ssz', path: '/data/lightclient/a/updates.ssz', bytes: 5 }
const CHAIN = { kind: 'light-client', name: 'a', path: '/data/lightclient/a/', bytes: 5, files: [FILE] }

const answering = (body: string, init: ResponseInit) => () => Promise.resolve(new Response(body, init))
const json = { headers: { 'content-type': 'application/json' } }

test('blocks and folders are offered', () => {
  expect(parseListing([BLOCK, CHAIN])).toEqual({ kind: 'listed', blocks: [BLOCK], chains: [CHAIN] })
})

test('entries that do not say where on this server, or lack a name or size, are ignored', () => {
  const wrong = [
    { ...BLOCK, path: 'https://elsewhere.example/block' },
    { ...BLOCK, path: '//elsewhere.example/data/block' },
    { ...BLOCK, bytes: 'many' },
    { ...BLOCK, name: undefined },
    { ...CHAIN, files: [] },
    { ...CHAIN, files: [{ ...FILE, path: '/etc/passwd' }] },
    { kind: 'something else' },
    null,
  ]
  expect(parseListing(wrong)).toEqual({ kind: 'none' })
})

test('any JSON gives a listing, bounded', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => void expect(parseListing(value).kind).toMatch(/none|failed/)))
  const many = parseListing(Array.from({ length: 100_000 }, () => BLOCK))
  expect(many.kind === 'listed' && many.blocks.length).toBe(512)
})

test('a server without data, or with its start page for every path, has no list', async () => {
  expect(await loadListing(answering('no such file', { status: 404 }))).toEqual({ kind: 'none' })
  expect(await loadListing(answering('<!doctype html>', { headers: { 'content-type': 'text/html' } }))).toEqual({
    kind: 'none',
  })
})

test('a broken list is said, never thrown', async () => {
  expect((await loadListing(answering('[{', json))).kind).toBe('failed')
  expect((await loadListing(answering('[]', { status: 500, ...json }))).kind).toBe('failed')
  expect((await loadListing(() => Promise.reject(new TypeError('offline')))).kind).toBe('failed')
})
