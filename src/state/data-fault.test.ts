import { expect, test } from 'vitest'
import { asAddress, asHash } from '../chain/bytes.ts'
import { DataFaultError, describeFault } from './data-fault.ts'
import type { DataFault } from './data-fault.ts'

const hash = asHash(new Uint8Array(32).fill(0xab))
const owner = asHash(new Uint8Array(32).fill(0xcd))
const account = asAddress(new Uint8Array(20).fill(0xef))
const slot = new Uint8Array(32).fill(1)
const node: DataFault = { kind: 'node', hash, owner, path: Uint8Array.of(1, 15), account, slot }

test('a fault says what is missing, where, and what it was wanted for', () => {
  expect(describeFault(node)).toBe(
    `missing node 0x${'ab'.repeat(32)} of the storage trie of 0x${'cd'.repeat(32)} at path [1f] (wanted for account 0x${'ef'.repeat(20)}, slot 0x${'01'.repeat(32)})`,
  )
  expect(describeFault({ kind: 'node', hash, path: new Uint8Array(0) })).toMatch(/of the account trie at path \[\]$/)
  expect(describeFault({ kind: 'code', hash, account })).toMatch(/^missing code 0xabab.*account 0xefef/)
  expect(describeFault({ kind: 'header', number: 7 })).toBe('missing header of block 7')
})

test('an error names the first fault and counts the others of the same operation', () => {
  const others: DataFault[] = [{ kind: 'header', number: 8 }]
  const error = new DataFaultError({ kind: 'header', number: 7 }, others)
  expect(error).toMatchObject({ fault: { number: 7 }, others })
  expect(error.message).toBe('missing header of block 7, and 1 more')
  expect(new DataFaultError(node).others).toEqual([])
})
