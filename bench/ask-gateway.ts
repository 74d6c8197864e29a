/** One call of a gateway's JSON-RPC, for what a benchmark has to know of its chain. @throws {Error} with its refusal */
export async function asked<T>(url: string, method: string, params: readonly unknown[]): Promise<T> {
  const response = await fetch(`${url}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = (await response.json()) as { readonly result?: T; readonly error?: object }
  if (result === undefined) throw new Error(`${method} of ${url}: ${JSON.stringify(error)}`)
  return result
}
