/** Parameters that are wrong by the specification's own schemas (execution-apis, OpenRPC), made of ones that are right. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Json } from '../network/json-rpc/json.ts'

/** As much of JSON Schema as parameters are described with. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly pattern?: string
  readonly enum?: readonly Json[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

export interface MethodSchema {
  readonly name: string
  readonly params: readonly { readonly name: string; readonly required?: boolean; readonly schema: Schema }[]
  readonly examples?: readonly { readonly params: readonly { readonly value: Json }[] }[]
}

export interface Specification {
  readonly methods: ReadonlyMap<string, MethodSchema>
  /** What a reference names. */
  readonly resolve: (schema: Schema) => Schema
}

export function readSpecification(data: string): Specification {
  const folder = join(data, 'chains/execution-apis-schemas')
  const filesOf = (name: string): unknown[] =>
    readdirSync(join(folder, name)).map((file): unknown => parse(readFileSync(join(folder, name, file), 'utf8')))
  const methods = ['debug', 'eth'].flatMap((name) => filesOf(name) as MethodSchema[][]).flat()
  const schemas = Object.assign({}, ...filesOf('schemas')) as Record<string, Schema>
  return {
    methods: new Map(methods.map((method) => [method.name, method])),
    resolve(schema) {
      const seen = new Set<string>()
      let at = schema
      while (at.$ref !== undefined && !seen.has(at.$ref)) {
        seen.add(at.$ref)
        at = schemas[at.$ref.slice(at.$ref.lastIndexOf('/') + 1)] ?? {}
      }
      return at
    },
  }
}

/** JSON of the kinds that callers get wrong, and that are dangerous to whoever reads them carelessly. */
export const ODD_VALUES: readonly Json[] = [
  ...[0, 1, -1, 1.5, 1e308, true, false],
  ...[
    '',
    '0x',
    '0X1',
    '1',
    '0x-1',
    '0x0x1',
    '0xzz',
    ' 0x1',
    '0x1\u0000',
    'latest ',
    'LATEST',
    'constructor',
    '__proto__',
  ],
  ...[
    '0x00',
    '0x01',
    '0x1',
    `0x${'f'.repeat(13)}`,
    `0x${'f'.repeat(16)}`,
    `0x${'f'.repeat(64)}`,
    `0x1${'0'.repeat(64)}`,
  ],
  ...[`0x${'ab'.repeat(19)}`, `0x${'ab'.repeat(20)}`, `0x${'ab'.repeat(32)}`, `0x${'ab'.repeat(33)}`, '0xﬀ', '０x1'],
  [],
  [[]],
  [[[]]],
  [null],
  ['0x1', 7],
  {},
  { length: 1 },
  { toString: 1 },
  { blockHash: 1 },
  { blockNumber: 'latest ' },
  { blockNumber: '0x1', blockHash: `0x${'ab'.repeat(32)}` },
  JSON.parse('{"__proto__":{"blockNumber":"0x1","to":"0x1"}}') as Json,
]

/** Whether the specification has it so. Members that it does not name may be there. */
export function isOf(schema: Schema, value: Json, { resolve }: Pick<Specification, 'resolve'>): boolean {
  const own = resolve(schema)
  const is = (part: Schema, of: Json) => isOf(part, of, { resolve })
  const { type, pattern, enum: values, items, properties = {}, patternProperties = {}, required = [] } = own
  if (own.oneOf !== undefined && !own.oneOf.some((part) => is(part, value))) return false
  if (own.anyOf !== undefined && !own.anyOf.some((part) => is(part, value))) return false
  if (own.allOf !== undefined && !own.allOf.every((part) => is(part, value))) return false
  if (values !== undefined && !values.includes(value)) return false
  const isStructured = Object.keys(properties).length > 0 || Object.keys(patternProperties).length > 0
  const types = type === undefined ? (isStructured ? ['object'] : []) : [type].flat()
  if (types.length > 0 && !types.some((name) => isOfType(name, value))) return false
  if (typeof value === 'string') return pattern === undefined || new RegExp(pattern, 'u').test(value)
  if (Array.isArray(value)) return items === undefined || value.every((item: Json) => is(items, item))
  if (typeof value !== 'object' || value === null) return true
  if (required.some((name) => !Object.hasOwn(value, name))) return false
  return Object.entries(value).every(([name, member]) => {
    // Null is as good as left out, to all clients.
    if (member === undefined || member === null) return true
    if (Object.hasOwn(properties, name)) return is(properties[name]!, member)
    const matching = Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern, 'u').test(name))
    return matching === undefined ? own.additionalProperties !== false : is(matching[1], member)
  })
}

function isOfType(type: string, value: Json): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value)
    case 'null':
      return value === null
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'integer':
      return Number.isSafeInteger(value)
    default:
      return typeof value === type
  }
}

export type Path = readonly (string | number)[]

/** Every place in a value, the value itself first. */
export function placesIn(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const members = Object.entries(value).map(([name, member]) =>
    placesIn(member ?? null, [...path, Array.isArray(value) ? Number(name) : name]),
  )
  return [path, ...members.flat()]
}

/** The same with another value at one place. */
export function replacedAt(value: Json, [step, ...rest]: Path, by: Json): Json {
  if (step === undefined) return by
  const replaced = (member: Json | undefined) => replacedAt(member ?? null, rest, by)
  if (Array.isArray(value)) return value.map((item: Json, at) => (at === step ? replaced(item) : item))
  const object = value as Readonly<Record<string, Json>>
  return Object.fromEntries(
    Object.entries(object).map(([name, member]) => [name, name === step ? replaced(member) : member]),
  )
}

/** The path of the first value that is undefined, which no JSON is. */
export function undefinedIn(value: unknown, path = 'result'): string | undefined {
  if (value === undefined) return path
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    const found = undefinedIn(member, `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}
