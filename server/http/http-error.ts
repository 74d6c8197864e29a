/** A request that is answered with an error: the body is `{code, message}`, as the beacon API has it. */

export class HttpError extends Error {
  override name = 'HttpError'
  constructor(
    readonly status: 400 | 403 | 404 | 405 | 406 | 409 | 413 | 414 | 415 | 429 | 500 | 503,
    message: string,
  ) {
    super(message)
  }
}

export const badRequest = (message: string): HttpError => new HttpError(400, message)
export const notFound = (message: string): HttpError => new HttpError(404, message)
