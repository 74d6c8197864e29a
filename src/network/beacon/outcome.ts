/** What became of a request, as a value. */
import { RequestError } from '../request-server.ts'
import { messageOf } from '../../chain/thrown.ts'

export type Outcome<T> =
  { readonly kind: 'answer'; readonly answer: T } | { readonly kind: 'error'; readonly error: RequestError }

/** Never rejects. @param server its name */
export async function outcomeOf<T>(promise: Promise<T>, server: string): Promise<Outcome<T>> {
  try {
    return { kind: 'answer', answer: await promise }
  } catch (error) {
    return { kind: 'error', error: asRequestError(error, server) }
  }
}

/** What is no {@link RequestError} is a defect of ours: it is told as one of the server, which shows it, and harms nothing else. */
export function asRequestError(error: unknown, server: string): RequestError {
  if (error instanceof RequestError) return error
  const why = messageOf(error)
  return new RequestError({ code: 'unreachable' }, `${server}: its answer could not be dealt with: ${why}`, {
    cause: error,
  })
}

export const isAbsent = ({ fault }: RequestError): boolean => fault.code === 'absent'
