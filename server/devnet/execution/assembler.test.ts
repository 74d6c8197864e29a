import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assemble, AssemblyError, initCode, selector, topic } from './assembler.ts'

const hex = (source: string): string => bytesToHex(assemble(source))

test('words become bytes', () => {
  expect(hex('STOP ADD PUSH0 DUP16 SWAP1 SELFDESTRUCT')).toBe('0x00015f8f90ff')
  expect(hex('0 1 255 256 0x00ff')).toBe('0x5f600160ff61010061' + '00ff')
  expect(hex('a: @b JUMP b: @a JUMP')).toBe('0x5b610005565b61000056')
  expect(hex('1 ; ADD and MUL are not here\n 2')).toBe('0x60016002')
})

test('signatures become selectors and topics', () => {
  expect(bytesToHex(selector('transfer(address,uint256)'))).toBe('0xa9059cbb')
  expect(hex('#transfer(address,uint256)')).toBe('0x63a9059cbb')
  expect(hex('##Transfer(address,address,uint256)')).toBe(
    `0x7f${bytesToHex(topic('Transfer(address,address,uint256)')).slice(2)}`,
  )
})

test('numbers are pushed with as few bytes as they need', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 2n ** 256n - 1n), (number) => {
      const [push, ...digits] = assemble(`${number}`)
      expect(push).toBe(0x5f + digits.length)
      expect(digits[0]).not.toBe(0)
      expect(BigInt(bytesToHex(Uint8Array.from(digits)))).toBe(number)
    }),
  )
})

test.each([
  ['PUSH1', 'PUSH1'],
  ['add', 'add'],
  ['0x123', '0x123'],
  ['@nowhere', 'nowhere'],
  ['here: here:', 'here'],
  [`${2n ** 256n}`, '33 bytes'],
])('%s is refused', (source, named) => {
  expect(() => assemble(source)).toThrow(AssemblyError)
  expect(() => assemble(source)).toThrow(named)
})

test('init code is a prefix and the program, whatever its length', () => {
  for (const length of [1, 255, 256, 24_576]) {
    const code = initCode(new Uint8Array(length).fill(0xfe))
    const prefix = code.subarray(0, -length)
    // ... length DUP1 start PUSH0 CODECOPY PUSH0 RETURN
    expect(prefix.at(-5)).toBe(prefix.length)
    expect(prefix.subarray(-4)).toEqual(hexToBytes('0x5f395ff3'))
  }
})
