/**
 * Copies what somebody else made into plain JSON, or says why it is none. A dapp's value may have getters, proxies, cycles
 * and no end; its copy has none of these, and is what is used from then on: it is read once, so it cannot change its mind.
 */

import type { Json, JsonObject } from '../network/json-rpc/json.ts'

export type { Json, JsonObject }

/** What may be copied at most. */
export interface JsonBounds {
  /** Containers in one another. */
  readonly depth: number
  /** Values, containers counted too. */
  readonly values: number
  /** UTF-16 units of all strings and names together. */
  readonly characters: number
}

/** The value is no JSON, or too much of it; the message begins with the path of what is at fault. */
export class JsonCopyError extends Error {
  override name = 'JsonCopyError'
}

export interface JsonCopy {
  readonly json: Json
  readonly characters: number
}

/**
 * Names such as `__proto__` and `constructor` are data like any other: own members of the copy, never looked up or merged.
 * Class instances are copied by their own members, as `JSON.stringify` does; what has a form of its own (`Map`, `Date`,
 * bytes, a big number's `toJSON`) is refused, because its members are not what was meant.
 *
 * @param path what the value is called in messages: "params"
 * @throws {JsonCopyError} and nothing else, whatever the value does while it is read
 */
export function copyJson(value: unknown, bounds: JsonBounds, path: string): JsonCopy {
  const copying: Copying = { bounds, values: 0, characters: 0, within: new Set() }
  try {
    return { json: copied(value, path, copying), characters: copying.characters }
  } catch (thrown) {
    if (thrown instanceof JsonCopyError) throw thrown
    throw new JsonCopyError(`${path} cannot be read: ${whatWasThrown(thrown)}`)
  }
}

interface Copying {
  readonly bounds: JsonBounds
  values: number
  characters: number
  /** Containers around the value in hand. */
  readonly within: Set<object>
}

function copied(value: unknown, path: string, copying: Copying): Json {
  copying.values += 1
  if (copying.values > copying.bounds.values) {
    throw new JsonCopyError(`${path} is one value too many: at most ${copying.bounds.values} are taken`)
  }
  switch (typeof value) {
    case 'string':
      countCharacters(value, path, copying)
      return value
    case 'boolean':
      return value
    case 'number':
      if (Number.isFinite(value)) return value
      throw new JsonCopyError(`${path} is ${value}, which JSON cannot say`)
    case 'bigint':
      throw new JsonCopyError(`${path} is a BigInt, which JSON cannot say: pass a hex quantity such as "0x10"`)
    case 'object':
      return value === null ? null : copiedContainer(value, path, copying)
    case 'undefined':
    case 'function':
    case 'symbol':
      throw new JsonCopyError(
        `${path} is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}, not JSON`,
      )
  }
}

function copiedContainer(value: object, path: string, copying: Copying): Json {
  if (copying.within.has(value)) throw new JsonCopyError(`${path} contains itself`)
  if (copying.within.size >= copying.bounds.depth) {
    throw new JsonCopyError(`${path} is nested deeper than ${copying.bounds.depth}`)
  }
  copying.within.add(value)
  const copy = Array.isArray(value) ? copiedArray(value, path, copying) : copiedObject(value, path, copying)
  copying.within.delete(value)
  return copy
}

function copiedArray(value: readonly unknown[], path: string, copying: Copying): Json {
  const { length } = value
  // A proxy says what it likes, each time that it is asked.
  if (typeof length !== 'number') throw new JsonCopyError(`${path} has a length that is no number`)
  // Before anything is read of it: an array of nothing but holes is as long as it says.
  if (length > copying.bounds.values - copying.values) {
    throw new JsonCopyError(`${path} has ${length} items: at most ${copying.bounds.values} values are taken in all`)
  }
  const copy: Json[] = []
  for (let index = 0; index < length; index++) {
    const item = value[index]
    // As JSON says it: an item cannot be left out. Holes are values too, or a few long lists of them would fill the memory.
    copy.push(copied(item === undefined ? null : item, `${path}[${index}]`, copying))
  }
  return copy
}

function copiedObject(value: object, path: string, copying: Copying): Json {
  const form = Object.prototype.toString.call(value).slice('[object '.length, -1)
  if (form !== 'Object') {
    throw new JsonCopyError(`${path} is of the form ${form.slice(0, MAX_QUOTED)}, not a plain object`)
  }
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    throw new JsonCopyError(`${path} has a toJSON of its own: pass what it gives, such as a hex quantity`)
  }
  const copy: Record<string, Json> = {}
  for (const name of Object.keys(value)) {
    const memberPath = `${path}.${name.slice(0, MAX_QUOTED)}`
    countCharacters(name, memberPath, copying)
    const member = (value as Record<string, unknown>)[name]
    if (member !== undefined) setOwn(copy, name, copied(member, memberPath, copying))
  }
  return copy
}

/** Assigning to `__proto__` would call its setter. */
function setOwn(target: Record<string, Json>, name: string, value: Json): void {
  if (name !== '__proto__') target[name] = value
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

function countCharacters(text: string, path: string, copying: Copying): void {
  copying.characters += text.length
  if (copying.characters > copying.bounds.characters) {
    throw new JsonCopyError(`${path} ends past ${copying.bounds.characters} characters, the most that is taken`)
  }
}

/** What was thrown is somebody else's too, and may throw again when it is looked at. */
function whatWasThrown(thrown: unknown): string {
  try {
    const text = thrown instanceof Error ? thrown.message : thrown
    return typeof text === 'string' ? text.slice(0, MAX_QUOTED) : `a ${typeof text} was thrown`
  } catch {
    return 'what was thrown cannot be read either'
  }
}

/** Characters of others that a message repeats: enough to find the place by. */
const MAX_QUOTED = 120
