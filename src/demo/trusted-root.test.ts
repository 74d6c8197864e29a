import { expect, test } from 'vitest'
import { HASH_A } from './fixtures.ts'
import { parseTrustedRoot } from './trusted-root.ts'

test('a root is 32 bytes in hex, with white space around it, with or without 0x', () => {
  const given = { kind: 'given', root: HASH_A }
  expect(parseTrustedRoot(HASH_A)).toEqual(given)
  expect(parseTrustedRoot(`  ${HASH_A.slice(2).toUpperCase()}\n`)).toEqual(given)
})

test('nothing typed is no root; anything else is wrong and says how', () => {
  expect(parseTrustedRoot('  ')).toEqual({ kind: 'none' })
  const short = parseTrustedRoot('0x1234')
  expect(short.kind === 'invalid' && short.reason).toContain('4 hex digits')
  expect(parseTrustedRoot(`${HASH_A.slice(0, -1)}g`)).toMatchObject({ kind: 'invalid' })
  expect(parseTrustedRoot(`${HASH_A}00`)).toMatchObject({ kind: 'invalid' })
})
