import { describe, expect, test } from 'vitest'
import { answerDifference } from './io-difference.ts'
import { IoFileError, parseIoFile } from './io-file.ts'

const file = (request: string, answer: string, comment = '') => `${comment}\n>> ${request}\n<< ${answer}\n`
const call = (answer: string, comment = '') => parseIoFile(file('{"id":1,"method":"eth_x"}', answer, comment))[0]!

describe('files', () => {
  test('requests and answers in their order', () => {
    const text = '// one\r\n>> {"id":1,"method":"a"}\r\n<< {"result":1}\r\n>> {"id":2,"method":"b"}\n<< {"result":2}\n'
    const calls = parseIoFile(text)
    expect(calls.map(({ request, response }) => [request.method, response.result])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    expect(calls[0]!.isShapeOnly).toBe(false)
  })
  test.each(['', '>> {}', '<< {}', '>> {}\n<< nothing'])('what is none: %j', (text) => {
    expect(() => parseIoFile(text)).toThrow(IoFileError)
  })
})

describe('answers', () => {
  test('equal ones', () => {
    expect(answerDifference(call('{"result":{"a":[1,null]}}'), { result: { a: [1, null] } })).toBeUndefined()
  })
  test.each([
    ['{"result":"0x1"}', { result: '0x01' }, 'result is "0x01"'],
    ['{"result":{"a":1}}', { result: { a: 1, b: 2 } }, 'result.b is 2, recorded nothing'],
    ['{"result":{"a":1,"b":2}}', { result: { a: 1 } }, 'result.b is nothing'],
    ['{"result":[1]}', { result: [1, 2] }, '2 items, recorded 1'],
    ['{"result":null}', { result: {} }, 'result is {}'],
    ['{"result":1}', { error: { code: -32000, message: 'no' } }, 'failed with -32000 no'],
    ['{"error":{"code":3,"message":"m","data":"0x1"}}', { result: '0x' }, 'recorded is error'],
    ['{"error":{"code":3,"message":"m","data":"0x1"}}', { error: { code: -32000, message: 'm' } }, 'error.code'],
    ['{"error":{"code":3,"message":"m","data":"0x1"}}', { error: { code: 3, message: 'm' } }, 'error.data'],
  ])('%s is not %j', (recorded, answer, said) => {
    expect(answerDifference(call(recorded), answer)).toContain(said)
  })
  test('words of errors are each client’s own', () => {
    const recorded = call('{"error":{"code":-32000,"message":"header not found"}}')
    expect(answerDifference(recorded, { error: { code: -32000, message: 'no such block' } })).toBeUndefined()
  })
  test('of some only the shape is the same', () => {
    const recorded = call('{"result":{"gas":"0x1","list":[{"a":1}]}}', '// speconly: client response is only checked')
    expect(answerDifference(recorded, { result: { gas: '0x2', list: [{ a: 5 }, { a: 6 }] } })).toBeUndefined()
    expect(answerDifference(recorded, { result: { gas: '0x2', list: [{ b: 5 }] } })).toContain('result.list[0]')
    expect(answerDifference(recorded, { result: { gas: 2, list: [] } })).toContain('result.gas')
  })
})
