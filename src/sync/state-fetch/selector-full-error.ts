/** More servers, or more requests, than there may be. */
export class SelectorFullError extends Error {
  override name = 'SelectorFullError'
}
