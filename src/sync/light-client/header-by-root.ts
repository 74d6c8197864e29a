/** A beacon header that was asked for by its root: right or wrong by its hash alone. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex } from '@ethereumjs/util'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import type { Environment } from '../environment.ts'
import type { Inquiries } from '../inquiries.ts'
import type { SentResponse } from '../module.ts'
import type { LightClientState } from './light-client-state.ts'

/** The header is not the one that was asked for. */
export class WrongHeaderError extends Error {
  override name = 'WrongHeaderError'
}

/** Adds it to the known headers, or says whose lie it is. */
export function takeHeaderByRoot(
  environment: Environment,
  { server, request, response }: SentResponse<'headerByRoot'>,
  state: LightClientState,
  inquiries: Inquiries,
): void {
  const root = BeaconBlockHeaderType.hashTreeRoot(response.header)
  if (byteArrayEquals(root, request.blockRoot)) {
    environment.reportProven(server)
    state.addHeader(response.header)
    return
  }
  const asked = bytesToHex(request.blockRoot)
  inquiries.refuse(asked, server)
  const error = new WrongHeaderError(`${server.name} gave for the header of block ${asked} that of ${bytesToHex(root)}`)
  environment.reportFalse(server, error)
}
