/** A beacon header that was asked for by its root: right or wrong by its hash alone. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex } from '@ethereumjs/util'
import type { Root } from '../../chain/bytes.ts'
import { BeaconBlockHeaderType, type BeaconBlockHeader } from '../../consensus/containers/ssz-types.ts'
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
  const error = wrongHeader(server.name, request.blockRoot, response.header)
  if (error === undefined) {
    environment.reportProven(server)
    state.addHeader(response.header)
    return
  }
  inquiries.refuse(bytesToHex(request.blockRoot), server)
  environment.reportFalse(server, error)
}

/** Undefined where the header is the one that was asked for. */
export function wrongHeader(server: string, asked: Root, header: BeaconBlockHeader): WrongHeaderError | undefined {
  const came = BeaconBlockHeaderType.hashTreeRoot(header)
  if (byteArrayEquals(came, asked)) return undefined
  return new WrongHeaderError(`${server} gave for the header of block ${bytesToHex(asked)} that of ${bytesToHex(came)}`)
}
