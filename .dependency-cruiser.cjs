/**
 * Which room may import which. Rooms and reasons: docs/architecture.md. Everything that is not allowed here is an error.
 *
 * Type imports count: a type that points the wrong way drags its room's ideas along, and a cycle of types is a cycle.
 * Tests (`x.test.ts`, their `x.fixtures.ts`, `x-fixtures.ts` or `fixtures.ts`, and what lies in e2e/, bench/ and src/testing/) may import anything.
 */

/** Files that the product does not consist of. */
const TESTS = '\\.(test|spec)\\.tsx?$|[./-]fixtures\\.tsx?$|^src/testing/|^(e2e|bench|\\.ci)/'

/** Imports of each room besides itself, nearest first. A room not named here may import everything below it (demo, cli). */
const BELOW = {
  chain: [],
  consensus: ['chain'],
  state: ['chain'],
  execution: ['state', 'chain'],
  network: ['execution', 'consensus', 'state', 'chain'],
  sync: ['network', 'execution', 'consensus', 'state', 'chain'],
  rpc: ['sync', 'network', 'execution', 'consensus', 'state', 'chain'],
  provider: ['rpc', 'sync', 'network', 'execution', 'consensus', 'state', 'chain'],
  client: ['provider', 'rpc', 'sync', 'network', 'execution', 'consensus', 'state', 'chain'],
}

/** Everything below client/: what a worker may be made of. */
const BELOW_CLIENT = BELOW.client

const rooms = (names) => `^src/(${names.join('|')})/`

/** One rule per room: an import from it that reaches another part of the project than those below it. */
const roomRules = Object.entries(BELOW).map(([room, below]) => ({
  name: `room-${room}`,
  severity: 'error',
  comment: `src/${room}/ may import ${below.length === 0 ? 'no other room' : below.join(', ')}: imports run one way`,
  from: { path: rooms([room]), pathNot: TESTS },
  to: { path: '^(src|server|extension)/', pathNot: rooms([room, ...below]) },
}))

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'room-demo-extension',
      severity: 'error',
      comment: 'the page and the extension use the client; the command line is not theirs, nor is each other',
      from: { path: '^(src/demo|extension)/', pathNot: TESTS },
      to: { path: '^(src|server|extension)/', pathNot: [rooms(['demo', 'client', ...BELOW_CLIENT]), '^extension/'] },
    },
    {
      name: 'room-extension-page',
      severity: 'error',
      comment: 'page and extension stand side by side: what both need belongs to the client',
      from: { path: '^(src/demo|extension)/', pathNot: TESTS },
      to: { path: '^(src/demo|extension)/', pathNot: '^$1/' },
    },
    {
      name: 'room-cli',
      severity: 'error',
      comment: 'a command line needs no page; it may start what server/ holds',
      from: { path: '^src/cli/', pathNot: TESTS },
      to: { path: '^(src/demo|extension)/' },
    },
    {
      name: 'room-workers',
      severity: 'error',
      comment: 'a worker is made of rooms below client/, which composes it',
      from: { path: '^workers/', pathNot: TESTS },
      to: { path: '^(src|server|extension)/', pathNot: rooms(BELOW_CLIENT) },
    },
    {
      name: 'room-server',
      severity: 'error',
      comment: 'server/ speaks the wire formats and runs chains; it has no part of a client in it',
      from: { path: '^server/', pathNot: TESTS },
      to: {
        path: '^(src|workers|extension)/',
        pathNot: rooms(['network', 'execution', 'consensus', 'state', 'chain']),
      },
    },
    {
      name: 'workers-by-url-only',
      severity: 'error',
      comment: "a worker runs in its own thread: start it with new URL('../../workers/x.worker.ts', import.meta.url)",
      // A worker of the benchmarks is a worker too, and shares how the others are served.
      from: { pathNot: '^workers/|^bench/.*\\.worker\\.ts$' },
      to: { path: '^workers/' },
    },
    {
      name: 'testing-from-tests-only',
      severity: 'error',
      comment:
        'src/testing/ and fixtures know vitest and the data folder; a product file that needs them is a test in disguise',
      from: { pathNot: TESTS },
      to: { path: '^src/testing/|[./-]fixtures\\.tsx?$' },
    },
    {
      name: 'tests-are-leaves',
      severity: 'error',
      comment: 'what two tests share lives in src/testing/ or in x.fixtures.ts, so that no test runs twice',
      from: {},
      to: { path: '\\.(test|spec)\\.tsx?$' },
    },
    {
      name: 'product-without-tools',
      severity: 'error',
      comment: 'bench/, e2e/ and .ci/ measure the product, which must not know them',
      // A conformance suite measures too, and asks the provider of a tab.
      from: { pathNot: '^(bench|e2e|\\.ci|src/cli/conformance)/|^[^/]+$|\\.test\\.tsx?$' },
      to: { path: '^(bench|e2e|\\.ci)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment:
        'two modules that run each other are one module, or a third is hidden in them; types may know each other: a machine and its operations do, and nothing of that is left at run time',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-utils',
      severity: 'error',
      comment: 'a helper lives with the thing it helps',
      from: { path: '(^|/)(utils?|helpers|common|misc)/', pathNot: 'node_modules' },
      to: {},
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'nothing imports it and it imports nothing: dead, or misplaced',
      from: { path: '^(src|server|workers)/', orphan: true, pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'dependencies-only',
      severity: 'error',
      comment: 'what the product imports must be installed with it: devDependencies are for tests and tools',
      // The conformance suites read the formats of others' test vectors (YAML), which the product never does.
      from: { path: '^(src|workers|server|extension)/', pathNot: `${TESTS}|^src/cli/conformance/` },
      to: { dependencyTypes: ['npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'an import that resolves to nothing is not checked by any rule above',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-node-in-rooms',
      severity: 'error',
      comment: 'rooms run in a browser tab: Node is for command lines, the server, tests, and files named node-*.ts',
      from: { path: rooms(['demo', 'client', ...BELOW_CLIENT]), pathNot: `${TESTS}|/node-[^/]+\\.ts$` },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|test-results|playwright-report)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'browser', 'default', 'types'] },
  },
}
