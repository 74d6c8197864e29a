/** In what form a body came: by its `Content-Type`, and by its first bytes where that says nothing. */

export type BodyForm = 'json' | 'html' | 'bytes'

/**
 * A type that says neither JSON nor HTML nor bytes (none at all, `text/plain`) is not believed: static file servers and
 * proxies send what they like.
 */
export function bodyForm(headers: Headers, bytes: Uint8Array): BodyForm {
  const type = mediaType(headers)
  if (type === 'application/json' || type.endsWith('+json')) return 'json'
  if (type === 'application/octet-stream') return 'bytes'
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html'
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart()
  if (/^(<!doctype|<html|<\?xml|<head)/i.test(start)) return 'html'
  // SSZ begins with a length or an offset, far below what its type holds, so with a zero among its first 8 bytes.
  return /^[[{]/.test(start) && !bytes.subarray(0, 8).includes(0) ? 'json' : 'bytes'
}

/** Type and subtype in lower case, without parameters; empty where there is none. */
export const mediaType = (headers: Headers): string =>
  (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
