/** What a method takes, place by place: readers that give a value or say what is wrong with it. */
import { invalidParams } from '../rpc-error.ts'

export interface Param<T> {
  /** @throws {ParamError} or an {@link RpcError} of its own where the method has words for it */
  readonly read: (value: unknown) => T
  /** What stands for a value that is left out, or null. Without it the value must be there. */
  readonly fallback?: { readonly value: T }
}

/** What a list of readers gives. */
export type Values<Params extends readonly Param<unknown>[]> = {
  readonly [Place in keyof Params]: Params[Place] extends Param<infer T> ? T : never
}

/** The value is not what it should be; the message says what is wrong with it. */
export class ParamError extends Error {
  override name = 'ParamError'
}

export const optional = <T>(param: Param<T>, value: T): Param<T> => ({ ...param, fallback: { value } })

/**
 * @param given positional, as the request has them; missing and null are no values at all, as they are to geth
 * @throws {RpcError} -32602
 */
export function readParams<const Params extends readonly Param<unknown>[]>(
  params: Params,
  given: unknown,
): Values<Params> {
  const values = given ?? []
  if (!Array.isArray(values)) throw invalidParams('non-array args')
  if (values.length > params.length) throw invalidParams(`too many arguments, want at most ${params.length}`)
  return params.map((param, place) => readParam(param, values[place], place)) as Values<Params>
}

function readParam(param: Param<unknown>, value: unknown, place: number): unknown {
  if (value === undefined || value === null) {
    if (param.fallback === undefined) throw invalidParams(`missing value for required argument ${place}`)
    return param.fallback.value
  }
  try {
    return param.read(value)
  } catch (error) {
    if (error instanceof ParamError) throw invalidParams(`invalid argument ${place}: ${error.message}`)
    throw error
  }
}

export const flag: Param<boolean> = {
  read: (value) => {
    if (typeof value === 'boolean') return value
    throw new ParamError('expected true or false')
  },
}

/** @throws {ParamError} unless it is a JSON object */
export function readObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ParamError('expected an object')
}

/** A member of an object; missing and null are the same. @throws {ParamError} that names the member */
export function readMember<T>(
  object: Readonly<Record<string, unknown>>,
  name: string,
  read: (value: unknown) => T,
): T | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  if (value === undefined || value === null) return undefined
  try {
    return read(value)
  } catch (error) {
    if (error instanceof ParamError) throw new ParamError(`${name}: ${error.message}`)
    throw error
  }
}
