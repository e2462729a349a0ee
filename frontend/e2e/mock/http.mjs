// A small server for the built screens with the pages' real policy.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { extname, join, normalize } from 'node:path'

export const dist = process.env.BENDO_DIST ? `${process.env.BENDO_DIST}/` : fileURLToPath(new URL('../../dist/', import.meta.url))
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.woff': 'font/woff' }
export const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export class Refusal extends Error {
  constructor(status, code, vi, en, next = { vi: 'Xin gọi cán bộ.', en: 'Please call an officer.' }) {
    super(code)
    this.status = status
    this.body = { error: { code, message: { vi, en }, next } }
  }
}

/** serve answers routes ("GET /api/x/{id}") and pages; route handlers return JSON or {bytes,type}. */
export async function serve(routes, page, port = 0) {
  const table = Object.entries(routes).map(([pattern, handler]) => {
    const [method, path] = pattern.split(' ')
    const names = []
    const source = path.replace(/[.]/g, '\\.').replace(/\{(\w+)\}/g, (_, name) => (names.push(name), '([^/]+)'))
    return { method, test: new RegExp(`^${source}$`), names, handler }
  })
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://x')
    response.setHeader('Content-Security-Policy', policy)
    response.setHeader('Permissions-Policy', 'camera=(self), microphone=(self), geolocation=(), payment=(), usb=()')
    response.setHeader('Cache-Control', 'no-store')
    try {
      for (const route of table) {
        const match = route.method === request.method && route.test.exec(url.pathname)
        if (!match) continue
        const chunks = []
        for await (const chunk of request) chunks.push(chunk)
        const raw = Buffer.concat(chunks)
        const isJSON = request.headers['content-type']?.startsWith('application/json')
        const params = Object.fromEntries(route.names.map((n, i) => [n, decodeURIComponent(match[i + 1])]))
        const out = await route.handler({ params, query: url.searchParams, raw, body: isJSON && raw.length ? JSON.parse(raw) : undefined, headers: request.headers, response })
        if (out === undefined) return void response.writeHead(204).end()
        if (out.bytes) return void response.writeHead(200, { 'Content-Type': out.type }).end(out.bytes)
        return void response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(out))
      }
      if (url.pathname.startsWith('/api/')) throw new Refusal(404, 'no_route', `Chưa có ${url.pathname}`, `No ${url.pathname}`)
      const name = /^\/(assets\/|icon\.svg)/.test(url.pathname) ? url.pathname : `/${page(url.pathname)}`
      const bytes = await readFile(join(dist, normalize(name)))
      response.writeHead(200, { 'Content-Type': types[extname(name)] ?? 'application/octet-stream' }).end(bytes)
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'internal', String(error), String(error))
      if (!(error instanceof Refusal)) console.error(error)
      response.writeHead(refusal.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(refusal.body))
    }
  })
  await new Promise((done) => server.listen(port, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((done) => { server.closeAllConnections(); server.close(done) }) }
}
