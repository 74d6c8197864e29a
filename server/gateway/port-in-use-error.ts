/** Another program listens where the gateway should. */
export class PortInUseError extends Error {
  override name = 'PortInUseError'
  constructor(port: number) {
    super(`port ${port} is in use: end what listens there, or pass --port 0 to pick one`)
  }
}
