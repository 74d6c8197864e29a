/** Bodies sent no faster than a line carries them. */
import type { ServerResponse } from 'node:http'
import type { Clock } from '../../src/chain/clock.ts'

/** Pieces that a line carries in a second: fine enough to look steady, few enough to cost nothing. */
const PIECES_PER_SECOND = 20

/** Bytes of a piece on a fast line, so that several answers share it fairly. */
const MAX_PIECE = 1 << 16

/** A line of limited width: what is sent over it goes one after the other. */
export class Line {
  #freeAt = 0

  constructor(
    readonly bytesPerSecond: number,
    private readonly clock: Clock,
  ) {}

  get pieceBytes(): number {
    return Math.min(Math.max(Math.floor(this.bytesPerSecond / PIECES_PER_SECOND), 1), MAX_PIECE)
  }

  /** Takes the line for so many bytes; ms from now until they are over it. */
  reserve(bytes: number): number {
    const now = this.clock.now()
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes * 1_000) / this.bytesPerSecond
    return this.#freeAt - now
  }
}

/** Sends a body and ends the response, piece by piece as the line and the client take it. Headers are out, or implied. */
export function sendPaced(response: ServerResponse, body: Uint8Array, line: Line, clock: Clock): void {
  let offset = 0
  let cancel = (): void => undefined
  response.once('close', () => cancel())
  const next = (): void => {
    if (response.destroyed) return
    if (offset >= body.length) {
      response.end()
      return
    }
    const piece = body.subarray(offset, offset + line.pieceBytes)
    cancel = clock.after(line.reserve(piece.length), () => {
      offset += piece.length
      if (response.write(piece)) next()
      else response.once('drain', next)
    })
  }
  next()
}
