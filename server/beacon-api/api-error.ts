/** A request that is answered with an error: the body is `{code, message}`, as the beacon API has it. */

export class ApiError extends Error {
  override name = 'ApiError'
  constructor(
    readonly status: 400 | 404 | 405 | 406 | 414 | 503,
    message: string,
  ) {
    super(message)
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, message)
export const notFound = (message: string): ApiError => new ApiError(404, message)
