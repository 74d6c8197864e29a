import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { copyJson, JsonCopyError, type JsonBounds } from './json-copy.ts'

const BOUNDS: JsonBounds = { depth: 8, values: 1_000, characters: 10_000 }
const copy = (value: unknown, bounds: Partial<JsonBounds> = {}) =>
  copyJson(value, { ...BOUNDS, ...bounds }, 'params').json

describe('a copy', () => {
  test('of JSON is what JSON says of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(JSON.stringify(copy(value))).toEqual(JSON.stringify(value))
      }),
    )
  })

  test('leaves members out that are undefined, and says null of items', () => {
    expect(copy({ a: undefined, b: [undefined, 1] })).toEqual({ b: [null, 1] })
  })

  test('takes names that mean something to JavaScript as data', () => {
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    ) as object
    const copied = copy(hostile) as Record<string, unknown>
    expect(Object.getPrototypeOf(copied)).toBe(Object.prototype)
    expect(JSON.stringify(copied)).toBe(JSON.stringify(hostile))
    expect(copied['polluted']).toBeUndefined()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(JSON.stringify(structuredClone(copied))).toBe(JSON.stringify(hostile))
  })

  test('has the own members of an instance, and shares nothing with it', () => {
    class Call {
      to = '0x'
      nested = { gas: '0x1' }
    }
    const call = new Call()
    const copied = copy(call) as unknown as Call
    call.nested.gas = '0x2'
    expect(copied).toEqual({ to: '0x', nested: { gas: '0x1' } })
    expect(copied).not.toBeInstanceOf(Call)
  })
})

describe('refused, with the path,', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = { again: cycle }
  const throwing = {
    get secret(): never {
      throw new Error('do not look')
    },
  }
  const unreadable = Object.defineProperty(new Error(), 'message', {
    get() {
      throw new Error('nor at this')
    },
  })
  const rudest = {
    get secret(): never {
      throw unreadable
    },
  }
  const deep = JSON.parse(`${'['.repeat(9)}${']'.repeat(9)}`) as unknown
  test.each([
    ['a function', [() => 1], 'params[0] is a function'],
    ['a symbol', { a: Symbol('s') }, 'params.a is a symbol'],
    ['a BigInt', [{ value: 1n }], 'params[0].value is a BigInt'],
    ['NaN', [Number.NaN], 'params[0] is NaN'],
    ['a cycle', cycle, 'params.self.again contains itself'],
    ['a getter that throws', [throwing], 'params cannot be read: do not look'],
    ['a getter that throws what cannot be read', [rudest], 'params cannot be read'],
    ['a revoked proxy', [revoked()], 'params cannot be read'],
    ['a map', [new Map()], 'params[0] is of the form Map'],
    ['bytes', [new Uint8Array(2)], 'params[0] is of the form Uint8Array'],
    ['a date', [new Date(0)], 'params[0] is of the form Date'],
    ['an object with a JSON form of its own', [{ toJSON: () => 1 }], 'params[0] has a toJSON'],
    ['what is too deep', deep, 'nested deeper than 8'],
    ['an array of holes', [new Array(4_000_000_000)], 'params[0] has 4000000000 items'],
    ['holes by the list', Array.from({ length: 900 }, () => new Array<number>(90)), 'values are taken in all'],
    ['many holes', [new Array(600), new Array(600)], 'params[1] has 600 items'],
    ['a list whose length is no number', [longer()], 'params[0] has a length that is no number'],
    ['too many values', Array.from({ length: 900 }, () => [1, 2]), 'one value too many'],
    ['too long a string', ['x'.repeat(10_001)], 'params[0] ends past 10000 characters'],
    ['too long a name', [{ ['x'.repeat(10_001)]: undefined }], 'ends past 10000 characters'],
  ])('%s', (_, value, message) => {
    expect(() => copy(value)).toThrow(JsonCopyError)
    expect(() => copy(value)).toThrow(message)
  })

  test('what has no end', () => {
    const endless: object = new Proxy(
      {},
      {
        get: () => endless,
        ownKeys: () => ['more'],
        getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
      },
    )
    expect(() => copy(endless)).toThrow(JsonCopyError)
  })

  test('whatever it is, and in no other way', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withNullPrototype: true,
          withSparseArray: true,
          withTypedArray: true,
          withObjectString: true,
          withBoxedValues: true,
          withSet: true,
        }),
        (value) => {
          let copied: unknown
          try {
            copied = copy(value)
          } catch (error) {
            expect(error).toBeInstanceOf(JsonCopyError)
            return
          }
          expect(copy(copied)).toEqual(copied)
          expect(structuredClone(copied)).toEqual(copied)
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** A list that is longer each time its length is looked at, and empty. */
function longer(): unknown {
  let length = 0
  return new Proxy([], {
    get: (target, name) =>
      name === 'length' ? { valueOf: () => ++length % 10_000 } : (Reflect.get(target, name) as unknown),
  })
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
