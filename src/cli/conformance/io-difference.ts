/** Where an answer is another than the recorded one. */
import type { RecordedAnswer, RecordedCall } from './io-file.ts'

/** Characters of a value in a message. */
const SHOWN = 200

/** Undefined where they agree. Of errors, code and data are compared: every client has its own words. */
export function answerDifference({ response, isShapeOnly }: RecordedCall, answer: RecordedAnswer): string | undefined {
  if (response.error !== undefined) {
    if (answer.error === undefined)
      return `answered ${shown(answer.result)}, recorded is error ${shown(response.error)}`
    return (
      difference('error.code', answer.error.code, response.error.code) ??
      difference('error.data', answer.error.data, response.error.data)
    )
  }
  if (answer.error !== undefined)
    return `failed with ${answer.error.code} ${answer.error.message}, recorded is ${shown(response.result)}`
  return isShapeOnly
    ? shapeDifference('result', answer.result, response.result)
    : difference('result', answer.result, response.result)
}

function difference(path: string, answer: unknown, recorded: unknown): string | undefined {
  if (Array.isArray(answer) && Array.isArray(recorded)) {
    if (answer.length !== recorded.length) return `${path} has ${answer.length} items, recorded ${recorded.length}`
    return firstOf(recorded.keys(), (at) => difference(`${path}[${at}]`, answer[at], recorded[at]))
  }
  if (isObject(answer) && isObject(recorded)) {
    const keys = new Set([...Object.keys(answer), ...Object.keys(recorded)])
    return firstOf(keys, (key) => difference(`${path}.${key}`, answer[key], recorded[key]))
  }
  return Object.is(answer, recorded) ? undefined : `${path} is ${shown(answer)}, recorded ${shown(recorded)}`
}

/** Names of members and kinds of values are compared, of the first item where there are many. */
function shapeDifference(path: string, answer: unknown, recorded: unknown): string | undefined {
  if (Array.isArray(answer) && Array.isArray(recorded)) {
    if (answer.length === 0 || recorded.length === 0) return undefined
    return shapeDifference(`${path}[0]`, answer[0], recorded[0])
  }
  if (isObject(answer) && isObject(recorded)) {
    const keys = new Set([...Object.keys(answer), ...Object.keys(recorded)])
    return firstOf(keys, (key) => shapeDifference(`${path}.${key}`, answer[key], recorded[key]))
  }
  return kindOf(answer) === kindOf(recorded) ? undefined : `${path} is ${shown(answer)}, recorded ${shown(recorded)}`
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
