/**
 * What a JSON-RPC answer is made of. It has no member that is undefined: between threads such a member would stay, and an answer
 * would not be equal to what it is on a wire. Optional ones come from `presentMembers`, or are spread where they are there.
 */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}
