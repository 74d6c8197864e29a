/** What a JSON-RPC answer is made of. `undefined` members are left out by `JSON.stringify`. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json | undefined
}
