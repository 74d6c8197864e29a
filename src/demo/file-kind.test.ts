import * as fc from 'fast-check'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { fileKind } from './file-kind.ts'

const kindOf = (...parts: BlobPart[]) => fileKind(new Blob(parts))

test('gzip and JSON with the mark are blocks, whatever they are called', async () => {
  expect(await kindOf(gzipSync('{}'))).toBe('block')
  expect(await kindOf('{"format":"stateless-block/1","network":"mainnet"}')).toBe('block')
  expect(await kindOf('\ufeff\n { "network": "mainnet",\n  "format" : "stateless-block/1" }')).toBe('block')
})

test('all else is for the light client, which says what is wrong with it', async () => {
  expect(await kindOf('{"version":"capella","data":{}}')).toBe('light-client')
  expect(await kindOf('[{"data":{}}]')).toBe('light-client')
  expect(await kindOf('{"format":"stateless-block/2"}')).toBe('light-client')
  expect(await kindOf(new Uint8Array(600))).toBe('light-client')
  expect(await kindOf()).toBe('light-client')
})

test('the mark is found wherever it is, across the pieces in which a file is read too', async () => {
  const mark = '"format"  :  "stateless-block/1"'
  const border = 1024 * 1024
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -40, max: 40 }), async (shift) => {
      expect(await kindOf(`{"a":"${'x'.repeat(border + shift)}",${mark}}`)).toBe('block')
    }),
    { numRuns: 20 },
  )
})

test('bytes of any kind are sorted without an error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect(['block', 'light-client']).toContain(await kindOf(Uint8Array.from(bytes)))
    }),
  )
})
