/**
 * Files of the execution-apis project (`tests/<method>/<case>.io`): comments begin with `//`, each request with `>>`, each
 * answer with `<<`. `// speconly:` says that only the answer's shape is the same in every client.
 */
export interface RecordedCall {
  readonly request: { readonly id: number; readonly method: string; readonly params?: unknown }
  readonly response: RecordedAnswer
  readonly isShapeOnly: boolean
}

export interface RecordedAnswer {
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export class IoFileError extends Error {
  override readonly name = 'IoFileError'
}

/** In their order. @throws {IoFileError} for a request without an answer, and for what is no JSON */
export function parseIoFile(text: string): readonly RecordedCall[] {
  const lines = text.split(/\r?\n/)
  const of = (mark: string) => lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length))
  const requests = of('>>')
  const answers = of('<<')
  if (requests.length !== answers.length || requests.length === 0)
    throw new IoFileError(`${requests.length} requests and ${answers.length} answers: each request has one`)
  const isShapeOnly = lines.some((line) => /^\/\/\s*speconly/.test(line))
  return requests.map((request, at) => ({
    request: parse(request) as RecordedCall['request'],
    response: parse(answers[at]!) as RecordedAnswer,
    isShapeOnly,
  }))
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new IoFileError(`a line is no JSON: ${line.slice(0, 80)}`, { cause: error })
  }
}
