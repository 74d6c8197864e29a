import { builtinModules } from 'node:module'
import { defineConfig, type Plugin } from 'vite'

export default defineConfig({
  plugins: [refuseNodeBuiltins()],
  resolve: {
    // The package's root entry picks a build for Node (it loads a native addon and needs `crypto`), whatever the bundler.
    alias: [{ find: /^@chainsafe\/bls$/, replacement: '@chainsafe/bls/herumi' }],
  },
  build: {
    target: 'es2023',
    sourcemap: true,
    // Wasm crypto comes inlined as base64 and is loaded in workers when first needed: its size delays no first paint.
    chunkSizeWarningLimit: 4096,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es', plugins: () => [refuseNodeBuiltins()] },
  server: { host: '127.0.0.1' },
})

/**
 * Fails the build when browser code imports a Node built-in. Vite replaces such a module by an empty object
 * ("externalized for browser compatibility"), in workers without a word, and the call fails later, far from its cause.
 */
function refuseNodeBuiltins(): Plugin {
  return {
    name: 'beamtab:refuse-node-builtins',
    enforce: 'pre',
    resolveId: {
      filter: { id: new RegExp(`^(node:.*|(${builtinModules.join('|')}))$`) },
      async handler(source, importer, options) {
        const resolved = await this.resolve(source, importer, { ...options, skipSelf: true })
        if (resolved === null || resolved.external !== false || resolved.id.startsWith('__vite-browser-external')) {
          this.error(
            `${importer ?? 'an entry'} imports ${source}, which no browser has. Import a browser build instead.`,
          )
        }
        return resolved
      },
    },
  }
}
