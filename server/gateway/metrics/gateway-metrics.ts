/** What the gateway counts, as Prometheus reads it. A registry of its own: two gateways in one process count apart. */
import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { BeaconSource } from '../../beacon-api/beacon-source.ts'
import type { ExecutionSource } from '../../execution/execution-source.ts'
import type { CallRecord } from '../json-rpc/answer.ts'

/** Read when somebody asks. */
export interface MeasuredParts {
  readonly beacon: BeaconSource
  readonly execution: ExecutionSource | undefined
  readonly openConnections: () => number
  readonly eventStreams: () => number
}

/** s. A node by hash takes a millisecond, a witness some hundreds, a hang a minute. */
const SECONDS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60]

export class GatewayMetrics {
  readonly registry = new Registry()
  readonly #requests = new Counter({
    name: 'beamtab_http_requests_total',
    help: 'HTTP requests by route and status; status "none" where the connection was closed without an answer',
    labelNames: ['route', 'status'],
    registers: [this.registry],
  })
  readonly #seconds = new Histogram({
    name: 'beamtab_http_request_seconds',
    help: 'Time from the head of a request to the end of its answer',
    labelNames: ['route'],
    buckets: SECONDS,
    registers: [this.registry],
  })
  readonly #sent = new Counter({
    name: 'beamtab_http_sent_bytes_total',
    help: 'Bytes of answers, heads included',
    labelNames: ['route'],
    registers: [this.registry],
  })
  readonly #received = new Counter({
    name: 'beamtab_http_received_bytes_total',
    help: 'Bytes of requests after their first packet',
    labelNames: ['route'],
    registers: [this.registry],
  })
  readonly #calls = new Counter({
    name: 'beamtab_rpc_calls_total',
    help: 'JSON-RPC calls by method and error code; "0" for success',
    labelNames: ['method', 'code'],
    registers: [this.registry],
  })
  readonly #injected = new Counter({
    name: 'beamtab_injected_faults_total',
    help: 'Faults and losses that were injected, by kind',
    labelNames: ['kind'],
    registers: [this.registry],
  })

  constructor({ beacon, execution, openConnections, eventStreams }: MeasuredParts) {
    this.#gauge('beamtab_open_connections', 'TCP connections that are open', openConnections)
    this.#gauge('beamtab_event_streams', 'Event streams that are open', eventStreams)
    this.#gauge('beamtab_head_slot', 'Slot of the newest beacon block', async () => {
      const { block } = await beacon.head()
      return block.header.slot
    })
    if (execution !== undefined) {
      this.#gauge('beamtab_head_number', 'Number of the newest execution block', async () => {
        const { head } = await execution.status()
        return head.number
      })
    }
    this.#gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss())
  }

  /** Hooks that count every request, whatever becomes of it. To be added first. */
  watch(app: FastifyInstance): void {
    app.addHook('onRequest', (request, { raw }, done) => {
      const route = request.routeNames?.at(-1) ?? 'other'
      const begun = performance.now()
      const { socket } = request.raw
      const [written, read] = [socket.bytesWritten, socket.bytesRead]
      raw.once('close', () => {
        this.#requests.inc({ route, status: raw.headersSent ? String(raw.statusCode) : 'none' })
        this.#seconds.observe({ route }, (performance.now() - begun) / 1_000)
        this.#sent.inc({ route }, Math.max(socket.bytesWritten - written, 0))
        this.#received.inc({ route }, Math.max(socket.bytesRead - read, 0))
      })
      done()
    })
  }

  countCall({ method, errorCode = 0 }: CallRecord): void {
    this.#calls.inc({ method, code: errorCode })
  }

  countInjected(kind: string): void {
    this.#injected.inc({ kind })
  }

  /** A figure that cannot be had now is left out. */
  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        try {
          this.set(await read())
        } catch {
          this.reset()
        }
      },
    })
  }
}
