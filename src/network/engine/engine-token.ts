/** The token that proves to an execution client that a call comes from its own consensus client (execution-apis, `engine/authentication.md`). */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@ethereumjs/util'
import { LengthError } from '../../chain/bytes.ts'

/** Bytes of the secret: "a hex-encoded key of 256 bits". */
const SECRET_LENGTH = 32

/**
 * A JWT signed with HMAC-SHA256 (RFC 7515, 7518). An execution client takes one that was issued within 60 s of its own
 * time, so each call carries a fresh one.
 * @param secret 32 bytes
 * @param issuedAt seconds since 1970; whole ones are sent
 * @throws {LengthError} for a secret of another length
 */
export function engineToken(secret: Uint8Array, issuedAt: number): string {
  if (secret.length !== SECRET_LENGTH) {
    throw new LengthError(`the engine's secret is ${secret.length} bytes long, expected ${SECRET_LENGTH}`)
  }
  const claims = base64Url(utf8ToBytes(JSON.stringify({ iat: Math.floor(issuedAt) })))
  const signed = `${HEADER}.${claims}`
  return `${signed}.${base64Url(hmac(sha256, secret, utf8ToBytes(signed)))}`
}

/** RFC 4648, section 5, without padding. */
function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

const HEADER = base64Url(utf8ToBytes(JSON.stringify({ alg: 'HS256', typ: 'JWT' })))
