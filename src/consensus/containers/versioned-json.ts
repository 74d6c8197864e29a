/** The beacon API's envelope around an object: `{version, data}`, with or without further words. */
import { FORK_NAMES, type ForkName } from '../../chain/network.ts'
import { DecodeError } from './decode-error.ts'

/** The version is undefined where none is said; a bare object is its own data. @throws {DecodeError} unsupportedFork */
export function unwrapVersioned(json: unknown, what: string): { version: ForkName | undefined; data: unknown } {
  const data = fieldOf(json, 'data')
  const version = fieldOf(json, 'version')
  if (data === undefined) return { version: undefined, data: json }
  if (version === undefined || FORK_NAMES.includes(version as ForkName)) {
    return { version: version as ForkName | undefined, data }
  }
  throw new DecodeError('unsupportedFork', what, `version ${JSON.stringify(version)} is no fork that is supported`)
}

/** Undefined where there is no such field, or no object. */
export function fieldOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>)[name] : undefined
}
