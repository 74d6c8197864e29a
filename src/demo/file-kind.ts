/** Which kind a dropped file is of, told by its content: names are the sender's choice. */

export type FileKind = 'block' | 'light-client'

/** How much is looked at in one go, in bytes: small enough to keep the page answering, and most files are smaller. */
const SLICE = 1024 * 1024

/** The format's mark with any white space JSON allows around the colon, of which nobody writes more than a line. */
const MARK = /"format"\s{0,64}:\s{0,64}"stateless-block\/1"/

/** Bytes by which slices overlap, so that a mark across their border is seen: the longest mark. */
const OVERLAP = 160

/**
 * A stateless block is gzip, or JSON that holds `"format":"stateless-block/1"`; anything else is taken for a light-client
 * object, whose reader says what is wrong with it. Reads `blob` piece by piece, all of it only for JSON without the mark.
 *
 * @throws {DOMException} when the blob cannot be read
 */
export async function fileKind(blob: Blob): Promise<FileKind> {
  const head = new Uint8Array(await blob.slice(0, 64).arrayBuffer())
  if (head[0] === 0x1f && head[1] === 0x8b) return 'block'
  if (!isJsonObject(head)) return 'light-client'
  const decoder = new TextDecoder('latin1')
  for (let start = 0; start < blob.size; start += SLICE) {
    const slice = await blob.slice(start, start + SLICE + OVERLAP).arrayBuffer()
    if (MARK.test(decoder.decode(slice))) return 'block'
  }
  return 'light-client'
}

/** Whether the first character after white space (and a byte-order mark) opens an object. */
function isJsonObject(head: Uint8Array): boolean {
  return new TextDecoder().decode(head).trimStart().startsWith('{')
}
