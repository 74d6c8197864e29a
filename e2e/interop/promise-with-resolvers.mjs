// What the foreign beacon node's networking needs of Node 22, for Node 20. Preloaded into its process.
Promise.withResolvers ??= function withResolvers() {
  let settle
  const promise = new this((resolve, reject) => (settle = { resolve, reject }))
  return { promise, ...settle }
}
