/** Values in the JSON that servers answer with. */
import { bytesOfDigits } from '../json-rpc/hex.ts'
import { WitnessError } from './witness-error.ts'

/** Reads one answer; an error names the server, the request, and the part of the answer. */
export class RpcAnswer {
  constructor(
    readonly what: string,
    readonly json: unknown,
  ) {}

  /** Of an object. */
  member(name: string): RpcAnswer {
    const { json } = this
    if (typeof json !== 'object' || json === null || Array.isArray(json)) this.fail('no object')
    return new RpcAnswer(`${this.what}.${name}`, (json as Readonly<Record<string, unknown>>)[name])
  }

  /** The name of a member, where names are values: keys of a state. */
  name(name: string): RpcAnswer {
    return new RpcAnswer(`${this.what}: the name ${name.slice(0, 80)}`, name)
  }

  get isAbsent(): boolean {
    return this.json === undefined || this.json === null
  }

  list(most: number): RpcAnswer[] {
    if (!Array.isArray(this.json)) this.fail('no list')
    const items = this.json as readonly unknown[]
    if (items.length > most) this.fail(`${items.length} items, at most ${most} are taken`)
    return items.map((item, index) => new RpcAnswer(`${this.what}[${index}]`, item))
  }

  bytes(): Uint8Array {
    const { json } = this
    const isPrefixed = typeof json === 'string' && json.startsWith('0x')
    return (isPrefixed ? bytesOfDigits(json, 2) : undefined) ?? this.fail('no 0x-hex')
  }

  bytesOf(length: number): Uint8Array {
    const bytes = this.bytes()
    return bytes.length === length ? bytes : this.fail(`${bytes.length} bytes, not ${length}`)
  }

  fail(problem: string): never {
    throw new WitnessError(`${this.what}: ${problem}`)
  }
}
