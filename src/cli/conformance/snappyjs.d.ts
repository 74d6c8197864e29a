/** The package brings no types. */
declare module 'snappyjs' {
  /** @throws when the data is no snappy block or announces more than `maxLength` bytes */
  export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array
}
