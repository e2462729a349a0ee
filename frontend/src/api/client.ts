// One door to the server. Every failure becomes a Problem that says, in both
// languages, what happened and what to do; the screens never show a code.

import type { Localized } from '../text/language'

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: Localized,
    readonly next: Localized,
    readonly retryAfterSeconds?: number,
  ) {
    super(`${status} ${code}`)
  }
}

interface WireError {
  error?: { code?: string; message?: Partial<Localized>; next?: Partial<Localized>; retry_after?: number }
  retry_after?: number
}

const unreachable = () =>
  new Problem(
    0,
    'unreachable',
    { vi: 'Máy này chưa trả lời.', en: 'This machine is not answering.' },
    {
      vi: 'Xin đợi vài giây rồi bấm Thử lại. Nếu vẫn vậy, xin gọi cán bộ. Những gì đã ghi vẫn còn.',
      en: 'Please wait a few seconds and press Try again. If it stays like this, call an officer. What you entered is kept.',
    },
  )

const unexplained = (status: number) =>
  new Problem(
    status,
    'unexplained',
    { vi: 'Máy chưa làm được việc này.', en: 'The machine could not do this.' },
    {
      vi: 'Xin bấm Thử lại. Nếu vẫn vậy, xin gọi cán bộ. Những gì đã ghi vẫn còn.',
      en: 'Please press Try again. If it stays like this, call an officer. What you entered is kept.',
    },
  )

export interface CallOptions {
  method?: string
  json?: unknown
  body?: BodyInit
  headers?: Record<string, string>
  signal?: AbortSignal
}

export class Client {
  private visit: string | undefined
  private practice = false
  /** called when the server no longer knows the visit or the session, with the code that says so */
  onLost: ((code: string) => void) | undefined

  constructor(private readonly lost: readonly string[] = ['no_visit', 'no_session']) {}

  setVisit(token: string | undefined) {
    this.visit = token
  }

  /** every call of a visit that practises says so: it goes to a book of its own */
  setPractice(practice: boolean) {
    this.practice = practice
  }

  async call(path: string, options: CallOptions = {}): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json', ...options.headers }
    if (this.visit) headers['X-Visit'] = this.visit
    if (this.practice) headers['X-Practice'] = '1'
    if (options.json !== undefined) headers['Content-Type'] = 'application/json'
    let response: Response
    try {
      response = await fetch(path, {
        method: options.method ?? 'GET',
        headers,
        body: options.json === undefined ? options.body : JSON.stringify(options.json),
        signal: options.signal,
        cache: 'no-store',
        credentials: 'same-origin',
      })
    } catch (cause) {
      if (options.signal?.aborted) throw cause
      throw unreachable()
    }
    if (!response.ok) {
      const problem = await readProblem(response)
      if (this.lost.includes(problem.code)) this.onLost?.(problem.code)
      throw problem
    }
    return response
  }

  async json<T>(path: string, options: CallOptions = {}): Promise<T> {
    const response = await this.call(path, options)
    if (response.status === 204) return undefined as T
    const text = await response.text()
    return (text ? JSON.parse(text) : undefined) as T
  }

  async blob(path: string, signal?: AbortSignal): Promise<Blob> {
    return (await this.call(path, { signal, headers: { Accept: '*/*' } })).blob()
  }
}

async function readProblem(response: Response): Promise<Problem> {
  const standard = unexplained(response.status)
  let wire: WireError
  try {
    wire = (await response.json()) as WireError
  } catch {
    return standard
  }
  const error = wire.error
  if (!error) return standard
  const both = (text: Partial<Localized> | undefined, other: Localized): Localized => ({
    vi: text?.vi || other.vi,
    en: text?.en || text?.vi || other.en,
  })
  const header = Number(response.headers.get('Retry-After'))
  const retry = error.retry_after ?? wire.retry_after ?? (Number.isFinite(header) && header > 0 ? header : undefined)
  return new Problem(
    response.status,
    error.code ?? 'unexplained',
    both(error.message, standard.text),
    both(error.next, error.message ? { vi: '', en: '' } : standard.next),
    retry,
  )
}

/** asProblem makes anything thrown showable. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : unexplained(-1)
}

/** contentDigest is the header value for a raw PUT: sha-256=:BASE64:. */
export async function contentDigest(bytes: ArrayBuffer): Promise<string> {
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `sha-256=:${btoa(String.fromCharCode(...sum))}:`
}
