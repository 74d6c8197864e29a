/** Which nodes and codes a request to a gateway asks for by their hashes. */
import { bytesToHex } from '@ethereumjs/util'
import { STATE_SERVICE_PATH } from '../../src/network/state-service/constants.ts'
import { decodeRequest } from '../../src/network/state-service/request-codec.ts'
import { WireError } from '../../src/network/state-service/wire-error.ts'

const KINDS: ReadonlySet<string> = new Set(['nodes', 'codes'].map((kind) => `${STATE_SERVICE_PATH}/${kind}`))

/** None for a body that is no request: gateways refuse it. @param target as in the request's first line */
export function askedContents(method: string, target: string, body: Uint8Array): readonly string[] {
  const { pathname, searchParams } = new URL(target, 'http://gateway')
  if (!KINDS.has(pathname)) return []
  if (method === 'GET') return searchParams.getAll('hash')
  if (method !== 'POST') return []
  try {
    const { kind, request } = decodeRequest(body)
    return kind === 'nodes' || kind === 'codes' ? request.hashes.map((hash) => bytesToHex(hash)) : []
  } catch (error) {
    if (error instanceof WireError) return []
    throw error
  }
}
